"""Each statement is one visit to the connection's thread, and gives all that SQLAlchemy asks for."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import pytest
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncConnection

from storage import sqlite_connection
from storage.database import Database


@pytest.fixture
def visits(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What was done in the threads of connections, in order."""
    visits: list[str] = []
    execute = sqlite_connection.Connection._execute

    async def noted(self: sqlite_connection.Connection, function: Any, *arguments: Any, **options: Any) -> Any:
        visits.append(function.__name__)
        return await execute(self, function, *arguments, **options)  # type: ignore[no-untyped-call]

    monkeypatch.setattr(sqlite_connection.Connection, "_execute", noted)
    return visits


@pytest.fixture
async def connection(database: Database) -> AsyncIterator[AsyncConnection]:
    async with database.engine.connect() as connection:
        await connection.execute(text("CREATE TABLE notes (id INTEGER PRIMARY KEY, text TEXT UNIQUE)"))
        yield connection


async def test_a_statement_is_one_visit(connection: AsyncConnection, visits: list[str]) -> None:
    await connection.execute(text("INSERT INTO notes (text) VALUES ('one')"))
    assert (await connection.execute(text("SELECT text FROM notes"))).all() == [("one",)]

    assert len(visits) == 2


async def test_results_tell_rows_columns_counts_and_ids(connection: AsyncConnection) -> None:
    many = await connection.execute(text("INSERT INTO notes (text) VALUES (:t)"), [{"t": "one"}, {"t": "two"}])
    assert many.rowcount == 2
    one = await connection.execute(text("INSERT INTO notes (text) VALUES (:t)"), {"t": "three"})
    assert (one.rowcount, one.lastrowid) == (1, 3)

    returned = await connection.execute(text("UPDATE notes SET text = text || '!' WHERE id < 3 RETURNING id, text"))
    assert [each._asdict() for each in returned] == [{"id": 1, "text": "one!"}, {"id": 2, "text": "two!"}]
    assert (await connection.execute(text("SELECT * FROM notes WHERE id = 9"))).all() == []


async def test_after_an_error_the_connection_is_as_good_as_before(connection: AsyncConnection) -> None:
    await connection.execute(text("INSERT INTO notes (text) VALUES ('one')"))
    with pytest.raises(IntegrityError):
        await connection.execute(text("INSERT INTO notes (text) VALUES ('one')"))

    assert (await connection.execute(text("SELECT count(*) FROM notes"))).scalar() == 1
