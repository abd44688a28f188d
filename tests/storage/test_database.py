"""The engine's promises: all or nothing, one sentence when it cannot, a schema that matches the tables."""

from __future__ import annotations

import asyncio
import resource
import sqlite3
from contextlib import AsyncExitStack
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import Connection, func, select, text

from bot.domain import Ask, ImageSettings, Picture, Place, TurnKind, TurnState
from bot.errors import DatabaseUnavailable, InvalidSetting
from bot.servers import Ceilings
from bot.services.limits import Limits
from storage.database import Database
from storage.tables import Base, TurnRow
from storage.turns import BY_MESSAGE
from storage.waiting import TO_DO


async def test_what_fails_half_way_leaves_nothing(database: Database) -> None:
    with pytest.raises(ZeroDivisionError):
        async with database.transaction() as repos:
            await repos.users.ensure(1)
            1 / 0  # noqa: B018

    async with database.snapshot() as repos:
        assert not await repos.users.exists(1)


async def test_the_migrated_schema_is_the_one_that_the_tables_describe(store: Database) -> None:
    def differences(connection: Connection) -> list[object]:
        return list(compare_metadata(MigrationContext.configure(connection), Base.metadata))

    async with store.engine.connect() as connection:
        assert await connection.run_sync(differences) == []


async def test_migrating_twice_changes_nothing(database: Database) -> None:
    async with database.transaction() as repos:
        await repos.users.ensure(1)

    await database.migrate()

    async with database.snapshot() as repos:
        assert await repos.users.exists(1)


async def test_the_folder_of_the_file_is_made(tmp_path: Path) -> None:
    database = Database(f"sqlite+aiosqlite:///{tmp_path}/new/folder/bot.db")

    await database.migrate()
    await database.close()

    assert (tmp_path / "new/folder/bot.db").exists()


async def test_foreign_keys_wal_and_full_synchronous_are_on(database: Database) -> None:
    async with database.engine.connect() as connection:
        settings = [
            await connection.scalar(text(f"PRAGMA {name}")) for name in ("foreign_keys", "journal_mode", "synchronous")
        ]

    assert settings == [1, "wal", 2]


async def test_readers_do_not_wait_for_a_writer(database: Database) -> None:
    async with database.transaction() as writing:
        await writing.users.ensure(1)
        async with database.snapshot() as reading:
            assert not await reading.users.exists(1)


async def test_a_locked_database_is_one_sentence(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("storage.database.BUSY_TIMEOUT_SECONDS", 0.05)
    database = Database(f"sqlite+aiosqlite:///{tmp_path}/bot.db")
    await database.migrate()
    other = sqlite3.connect(tmp_path / "bot.db", isolation_level=None)
    other.execute("BEGIN IMMEDIATE")

    with pytest.raises(DatabaseUnavailable) as caught:
        async with database.transaction() as repos:
            await repos.users.ensure(1)

    other.execute("ROLLBACK")
    other.close()
    assert "memory" in caught.value.user_message
    async with database.transaction() as repos:
        await repos.users.ensure(1)
    await database.close()


async def test_more_at_once_than_there_are_connections_is_one_sentence(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(database.engine.sync_engine.pool, "_timeout", 0.01)
    with pytest.raises(DatabaseUnavailable):
        async with AsyncExitStack() as reading:
            for user_id in range(100):
                repos = await reading.enter_async_context(database.snapshot())
                await repos.users.exists(user_id)

    async with database.snapshot() as repos:
        assert not await repos.users.exists(1)


async def test_writers_wait_in_line_however_long_each_takes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("storage.database.BUSY_TIMEOUT_SECONDS", 0.01)
    database = Database(f"sqlite+aiosqlite:///{tmp_path}/bot.db")
    await database.migrate()

    async def write(user_id: int) -> None:
        async with database.transaction() as repos:
            await repos.users.ensure(user_id)
            await asyncio.sleep(0.1)

    await asyncio.gather(*map(write, range(1, 5)))

    async with database.snapshot() as repos:
        assert [await repos.users.exists(user_id) for user_id in range(1, 5)] == [True] * 4
    await database.close()


async def test_a_log_that_the_disk_does_not_take_is_emptied_later(tmp_path: Path) -> None:
    database = Database(f"sqlite+aiosqlite:///{tmp_path}/bot.db")
    await database.migrate()
    await database.empty_log()
    async with database.transaction() as repos:
        await repos.users.ensure(1)
        await repos.reference_photos.add(1, "me.png", Picture(bytes(1_500_000), "image/png", 1, 1))
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (1_000_000, limits[1]))
    try:
        with pytest.raises(DatabaseUnavailable):
            await database.empty_log()
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)

    await database.mend_log()

    assert (tmp_path / "bot.db-wal").stat().st_size == 0
    await database.close()


@pytest.mark.parametrize("url", ["sqlite+aiosqlite", "postgresql+asyncpg://host:notaport/db", "nothing+at+all://x"])
def test_a_url_that_cannot_be_read_is_named_as_a_setting(url: str) -> None:
    with pytest.raises(InvalidSetting, match="DATABASE_URL"):
        Database(url)


async def test_deleted_bytes_are_not_left_in_the_file(database: Database, tmp_path: Path) -> None:
    secret = b"the bytes of somebody's photo " * 4000
    async with database.transaction() as repos:
        await repos.users.ensure(1)
        await repos.reference_photos.add(1, "me.png", Picture(secret, "image/png", 1, 1))

    async with database.transaction() as repos:
        await repos.users.delete(1)
    await database.close()  # the last connection brings the write-ahead log into the file

    assert b"somebody's photo" not in (tmp_path / "bot.db").read_bytes()


async def test_a_folder_that_cannot_be_made_is_one_sentence(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    database = Database(f"sqlite+aiosqlite:///{tmp_path}/file/bot.db")

    with pytest.raises(DatabaseUnavailable):
        await database.migrate()

    await database.close()


async def test_parameters_stay_out_of_errors(database: Database) -> None:
    """A prompt is a parameter, and errors reach the log."""
    with pytest.raises(Exception, match="no such table") as caught:
        async with database.engine.connect() as connection:
            await connection.execute(text("INSERT INTO nowhere VALUES (:prompt)"), {"prompt": "a secret wish"})

    assert "a secret wish" not in str(caught.value)


async def test_a_start_reads_what_is_new_of_an_index_alone(database: Database) -> None:
    here = (TurnRow.thread_id, TurnRow.user_id)
    query = select(*here, func.max(TurnRow.source_id), func.max(TurnRow.reply_message_id)).group_by(*here)
    async with database.engine.connect() as connection:
        words = query.where(BY_MESSAGE).compile(dialect=database.engine.dialect, compile_kwargs={"literal_binds": True})
        plan = await connection.execute(text(f"EXPLAIN QUERY PLAN {words}"))
        assert [row.detail for row in plan] == ["SCAN turns USING COVERING INDEX ix_turns_home"]


async def test_what_is_to_be_done_is_found_without_looking_at_every_turn(database: Database) -> None:
    queries = (
        select(func.min(TurnRow.id)).where(TO_DO).group_by(TurnRow.user_id),
        select(TurnRow.id).where(TurnRow.user_id == 1, TO_DO).order_by(TurnRow.id),
    )
    async with database.engine.connect() as connection:
        for query in queries:
            words = query.compile(dialect=database.engine.dialect, compile_kwargs={"literal_binds": True})
            plan = await connection.execute(text(f"EXPLAIN QUERY PLAN {words}"))
            assert ["ix_turns_queue" in row.detail for row in plan] == [True]


async def test_a_log_that_could_not_be_emptied_while_somebody_read_is_emptied_later(
    database: Database, tmp_path: Path
) -> None:
    async with database.transaction() as repos:
        await repos.users.ensure(1)
    log = tmp_path / "bot.db-wal"
    async with database.snapshot() as reading:
        await reading.users.exists(1)
        async with database.transaction() as repos:
            await repos.users.delete(1)
        await database.empty_log()
        held = log.stat().st_size

    await database.mend_log()

    assert held > 0
    assert log.stat().st_size == 0


async def test_two_who_ask_at_once_do_not_both_get_the_last_picture(store: Database) -> None:
    """On PostgreSQL as on SQLite: neither may count before the other has reserved."""
    limits = Limits(Ceilings(user_pictures_a_day=None, server_pictures_a_day=1))
    for user_id in (1, 2, 3):
        async with store.transaction() as repos:
            await repos.users.ensure(user_id)

    async def take(user_id: int) -> bool:
        async with store.transaction() as repos:
            return await limits.take(repos, ask(user_id)) is not None

    outcomes = await asyncio.gather(*map(take, (1, 2, 3)), return_exceptions=True)

    assert sorted(type(each).__name__ for each in outcomes) == ["ServerLimitReached", "ServerLimitReached", "bool"]


def ask(user_id: int) -> Ask:
    return Ask(
        kind=TurnKind.ONCE,
        user_id=user_id,
        asked_by=user_id,
        source_id=1000 + user_id,
        reply_to_message_id=None,
        place=Place(7, 8, 9),
        prompt="",
        user_content={"role": "user", "parts": [{"text": "paint"}]},
        photos=(),
        image=ImageSettings("gemini-3.1-flash-image", "1:1", "512"),
    )


async def test_what_is_held_cannot_be_withdrawn_meanwhile(postgresql: Database) -> None:
    """SQLite has one writer anyway."""
    async with postgresql.transaction() as repos:
        await repos.users.ensure(1)
        turn = await repos.turns.take(ask(1))
    assert turn is not None
    async with postgresql.transaction() as holding:
        await holding.turns.hold(turn.id)
        withdrawing = asyncio.ensure_future(withdraw(postgresql, turn.id))
        done, _ = await asyncio.wait({withdrawing}, timeout=0.2)
        await holding.turns.ended(turn.id, TurnState.FAILED, "no picture")

    assert not done
    assert not await withdrawing


async def withdraw(database: Database, turn_id: int) -> bool:
    async with database.transaction() as repos:
        return await repos.turns.withdraw(turn_id)
