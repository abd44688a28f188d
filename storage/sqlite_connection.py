"""A connection to SQLite that does a statement in one visit to the thread it lives in: run, fetched and closed.

aiosqlite makes four visits of it for SQLAlchemy, and each costs the event loop more than most statements cost SQLite.
A transaction begins in the visit of its first statement, and is rolled back only where one is open.
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


_SETTINGS = (
    "journal_mode = WAL",
    "synchronous = FULL",  # in WAL mode NORMAL can lose the last commits at a power cut
    "foreign_keys = ON",
    "secure_delete = ON",  # what a user deletes is overwritten, not just unlinked
)


def connect(database: str, **options: Any) -> Connection:
    """As `aiosqlite.connect`: to be awaited, which raises sqlite3.Error when the file cannot be opened."""
    return Connection(partial(opened, database, options))


def opened(database: str, options: dict[str, Any]) -> sqlite3.Connection:
    """A connection as all of ours are. Raises sqlite3.Error when the file cannot be opened."""
    options = {**options, "isolation_level": None}  # no transaction begins by itself
    connection: sqlite3.Connection = sqlite3.connect(database, **options)
    try:
        for each in _SETTINGS:
            connection.execute(f"PRAGMA {each}")
    except sqlite3.Error:
        connection.close()
        raise
    return connection


class Connection(aiosqlite.Connection):
    """An aiosqlite connection with cursors for SQLAlchemy, which asks for all rows of each statement."""

    def __init__(self, connector: Callable[[], sqlite3.Connection]) -> None:
        super().__init__(connector, iter_chunk_size=64)
        self._thread.daemon = True  # it never keeps the process from ending, as SQLAlchemy has it
        self._to_begin: str | None = None
        self._idle = True
        """The thread has done all that was asked of it, and without an error."""
        self._ended = False
        """It is to roll back whatever there is, and nothing was asked of it since."""

    def cursor(self) -> Cursor:  # type: ignore[override]
        return Cursor(self)

    def begin(self, statement: str) -> None:
        """Runs `statement`, which begins a transaction, right before the next one: that raises for both."""
        self._to_begin = statement

    async def run(self, method: str, statement: str, parameters: Any) -> Result:
        """Runs it by the named method of `sqlite3.Cursor`. Raises sqlite3.Error."""
        begin, self._to_begin = self._to_begin, None
        try:
            result: Result = await self._execute(self._run, begin, method, statement, parameters)
        except sqlite3.Error:
            if not self.in_transaction:  # nor may what comes next be committed by itself
                self._to_begin = begin
            raise
        return result

    async def create_function(self, *arguments: Any, **options: Any) -> None:
        """Visits nobody: it looks at no file, and nothing else is done while a connection is opened."""
        self._conn.create_function(*arguments, **options)

    async def commit(self) -> None:
        if not self._is_untouched():
            await super().commit()

    async def rollback(self) -> None:
        """Does not wait for it: whatever is asked of the thread next comes after it."""
        if not self._is_untouched():
            self._ended = True
            self._leave_to_thread(self._conn.rollback)

    async def _execute(self, fn: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
        self._idle = self._ended = False
        answer = await super()._execute(fn, *args, **kwargs)  # type: ignore[no-untyped-call]
        self._idle = True
        return answer

    def _leave_to_thread(self, function: Callable[[], object]) -> None:
        """Has it done in its turn, whatever comes of it."""
        self._tx.put_nowait((None, function))

    def _is_untouched(self) -> bool:
        """Whether there is no transaction to end, nor can be one by what still runs."""
        self._to_begin = None
        return self._ended or (self._idle and not self.in_transaction)

    def _run(self, begin: str | None, method: str, statement: str, parameters: Any) -> Result:
        with closing(self._conn.cursor()) as cursor:
            if begin is not None:
                cursor.execute(begin)
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
        """The rows, once: the connection's thread remembers its last result, and would keep a picture with it."""
        rows = self._result.rows.copy()
        self._result.rows.clear()
        return rows

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
