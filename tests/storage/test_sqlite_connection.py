"""Each statement is one visit to the connection's thread, and gives all that SQLAlchemy asks for; so is each end."""

from __future__ import annotations

import asyncio
import gc
import sqlite3
import threading
from collections.abc import AsyncIterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError, OperationalError
from sqlalchemy.ext.asyncio import AsyncConnection

from storage import sqlite_connection
from storage.database import Database


@pytest.fixture
def visits(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What was done in the threads of connections, in order."""
    visits: list[str] = []
    execute, leave = sqlite_connection.Connection._execute, sqlite_connection.Connection._leave_to_thread

    async def noted(self: sqlite_connection.Connection, function: Any, *arguments: Any, **options: Any) -> Any:
        visits.append(function.__name__)
        return await execute(self, function, *arguments, **options)

    def noted_too(self: sqlite_connection.Connection, function: Any) -> None:
        visits.append(function.__name__)
        leave(self, function)

    monkeypatch.setattr(sqlite_connection.Connection, "_execute", noted)
    monkeypatch.setattr(sqlite_connection.Connection, "_leave_to_thread", noted_too)
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


async def test_a_transaction_begins_with_its_first_statement(database: Database, visits: list[str]) -> None:
    async with database.engine.connect():
        visits.clear()

    async with database.transaction() as repos:
        await repos.users.exists(1)
    assert visits == ["_run", "commit"]

    visits.clear()
    async with database.snapshot() as repos:
        await repos.users.exists(1)
    assert visits == ["_run", "rollback"]


async def test_what_asks_nothing_visits_nobody(database: Database, visits: list[str]) -> None:
    async with database.snapshot() as repos:
        await repos.users.exists(1)
    visits.clear()

    async with database.transaction(), database.snapshot():
        pass

    assert visits == []


async def test_a_transaction_that_is_cut_off_is_rolled_back(connection: AsyncConnection) -> None:
    """Also when the cut comes before its thread has come to it, and nothing is seen to have begun."""
    await connection.commit()
    raw: Any = (await connection.get_raw_connection()).driver_connection
    busy = threading.Event()
    held_up = asyncio.create_task(raw._execute(busy.wait))
    raw.begin("BEGIN IMMEDIATE")
    cut_off = asyncio.create_task(raw.run("execute", "SELECT 1", ()))
    await asyncio.sleep(0)
    cut_off.cancel()

    rolled_back = asyncio.create_task(raw.rollback())
    await asyncio.sleep(0)
    busy.set()
    await asyncio.gather(held_up, rolled_back)
    await raw.run("execute", "SELECT 1", ())

    assert cut_off.cancelled()
    assert not raw.in_transaction


async def test_what_was_read_is_let_go_of_without_waiting(connection: AsyncConnection) -> None:
    await connection.commit()
    raw: Any = (await connection.get_raw_connection()).driver_connection
    await connection.execute(text("SELECT 1"))
    busy = threading.Event()
    held_up = asyncio.create_task(raw._execute(busy.wait))
    await asyncio.sleep(0)

    try:
        async with asyncio.timeout(10):
            await raw.rollback()
        assert not held_up.done()
    finally:
        busy.set()
        await held_up
    await raw.run("execute", "SELECT 1", ())
    assert not raw.in_transaction


async def test_all_rules_for_a_prompt_are_one_visit(database: Database, visits: list[str]) -> None:
    async with database.engine.connect():
        visits.clear()

    async with database.snapshot() as repos:
        await repos.servers.block_of(1, 2)
        await repos.servers.settings(1)
        await repos.servers.allowance_of(1, 2)
        assert visits == ["_run"]


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


async def test_after_a_begin_that_failed_nothing_is_committed_by_itself(
    connection: AsyncConnection, database_file: Path
) -> None:
    await connection.commit()
    await connection.execute(text("PRAGMA busy_timeout = 20"))
    await connection.rollback()
    with closing(sqlite3.connect(database_file, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(OperationalError, match="locked"):
            await connection.execute(text("INSERT INTO notes (text) VALUES ('one')"))
        other.execute("ROLLBACK")

        await connection.execute(text("INSERT INTO notes (text) VALUES ('two')"))
        await connection.rollback()

        assert other.execute("SELECT count(*) FROM notes").fetchone() == (0,)


async def test_a_thread_keeps_no_rows(connection: AsyncConnection) -> None:
    """It remembers its last result until the next statement: a picture would stay in memory as long."""
    await connection.commit()
    await connection.execute(text("SELECT zeroblob(1000000)"))

    gc.collect()  # of other tests there can be some in cycles that nobody has broken yet
    kept = [each for each in gc.get_objects() if isinstance(each, sqlite_connection.Result)]

    assert kept
    assert all(each.rows == [] for each in kept)
