"""A database that refuses: troubles as SQLite itself has them, for as long as a block runs."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager, suppress
from enum import StrEnum
from pathlib import Path
from typing import Any

from sqlalchemy import Engine, event

from storage.database import Database


class Trouble(StrEnum):
    LOCKED = "locked"
    """Somebody else writes, for longer than anyone waits."""
    FULL = "full"
    """The file cannot grow."""
    READ_ONLY = "read_only"
    GONE = "gone"
    """The folder is not there: a disk that is not mounted."""


@asynccontextmanager
async def trouble(kind: Trouble, database: Database, file: Path) -> AsyncIterator[list[BaseException]]:
    """Hands out what the database has refused so far."""
    refused: list[BaseException] = []
    engine = database.engine.sync_engine

    def note(context: Any) -> None:
        refused.append(context.original_exception)

    event.listen(engine, "handle_error", note)
    if kind is Trouble.LOCKED:
        async with _locked(file):
            yield refused
    elif kind is Trouble.GONE:
        await database.engine.dispose()
        with _gone(file.parent):
            yield refused
    else:
        with pragma(engine, *PRAGMAS[kind]):
            yield refused
    event.remove(engine, "handle_error", note)


PRAGMAS = {
    Trouble.FULL: ("max_page_count = 1", "max_page_count = 1073741823"),  # no fewer than there are
    Trouble.READ_ONLY: ("query_only = ON", "query_only = OFF"),
}


@contextmanager
def pragma(engine: Engine, on: str, off: str, when: Callable[[], bool] = lambda: True) -> Iterator[None]:
    """Sets it in every connection that is taken into use meanwhile."""
    within = True

    def prepare(connection: Any, *_: object) -> None:
        cursor = connection.cursor()
        cursor.execute(f"PRAGMA {on if within and when() else off}")
        cursor.close()

    event.listen(engine, "checkout", prepare)
    yield
    within = False


@asynccontextmanager
async def _locked(file: Path) -> AsyncIterator[None]:
    other = sqlite3.connect(file, isolation_level=None, timeout=0)
    while not other.in_transaction:
        with suppress(sqlite3.OperationalError):  # the bot is writing: it goes on while nobody blocks the event loop
            other.execute("BEGIN IMMEDIATE")
        await asyncio.sleep(0.001)
    yield
    other.execute("ROLLBACK")
    other.close()


@contextmanager
def _gone(folder: Path) -> Iterator[None]:
    elsewhere = folder.with_name("unmounted")
    folder.rename(elsewhere)
    yield
    elsewhere.rename(folder)
