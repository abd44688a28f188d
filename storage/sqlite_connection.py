"""A connection to SQLite that does a statement in one visit to the thread it lives in: run, fetched and closed.

aiosqlite makes four visits of it for SQLAlchemy, and each costs the event loop more than most statements cost SQLite.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass
from functools import partial
from typing import Any, Self

import aiosqlite


@dataclass(frozen=True)
class Result:
    """What a statement gave, by the names of PEP 249."""

    rows: list[tuple[Any, ...]]
    description: tuple[Any, ...] | None
    rowcount: int
    lastrowid: int | None


def connect(database: str, **options: Any) -> Connection:
    """As `aiosqlite.connect`: to be awaited, which raises sqlite3.Error when the file cannot be opened."""
    return Connection(partial(sqlite3.connect, database, **options))


class Connection(aiosqlite.Connection):
    """An aiosqlite connection with cursors for SQLAlchemy, which asks for all rows of each statement."""

    def __init__(self, connector: Callable[[], sqlite3.Connection]) -> None:
        super().__init__(connector, iter_chunk_size=64)
        self._thread.daemon = True  # it never keeps the process from ending, as SQLAlchemy has it

    def cursor(self) -> Cursor:  # type: ignore[override]
        return Cursor(self)

    async def run(self, method: str, statement: str, parameters: Any) -> Result:
        """Runs it by the named method of `sqlite3.Cursor`. Raises sqlite3.Error."""
        result: Result = await self._execute(self._run, method, statement, parameters)  # type: ignore[no-untyped-call]
        return result

    def _run(self, method: str, statement: str, parameters: Any) -> Result:
        with closing(self._conn.cursor()) as cursor:
            getattr(cursor, method)(statement, parameters)
            return Result(cursor.fetchall(), cursor.description, cursor.rowcount, cursor.lastrowid)


class Cursor:
    """What SQLAlchemy uses of an asynchronous cursor."""

    arraysize = 1

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._result = Result([], None, -1, None)

    async def __aenter__(self) -> Self:
        return self

    async def execute(self, statement: str, parameters: Any = ()) -> None:
        self._result = await self._connection.run("execute", statement, parameters)

    async def executemany(self, statement: str, parameters: Any) -> None:
        self._result = await self._connection.run("executemany", statement, parameters)

    async def fetchall(self) -> list[tuple[Any, ...]]:
        return self._result.rows

    async def close(self) -> None:
        """Nothing is open any more once a statement has run."""

    @property
    def description(self) -> tuple[Any, ...] | None:
        return self._result.description

    @property
    def rowcount(self) -> int:
        return self._result.rowcount

    @property
    def lastrowid(self) -> int | None:
        return self._result.lastrowid
