"""A database of the first release, with data in it, brought up to date."""

from __future__ import annotations

import asyncio
import sqlite3
import sys
from asyncio.subprocess import PIPE
from collections.abc import AsyncIterator
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import pytest
from alembic import command
from alembic.config import Config
from sqlalchemy import Connection, column, insert, table, text

import storage
from bot.domain import TurnState
from storage.database import Database

ALICE = 11
REPOSITORY = Path(__file__).parents[2]


@pytest.fixture
async def old(tmp_path: Path) -> AsyncIterator[Database]:
    """Alice's chat of two pictures, after a prompt that failed, as the first schema keeps it."""
    database = Database(f"sqlite+aiosqlite:///{tmp_path}/old.db")
    async with database.engine.begin() as connection:
        await connection.run_sync(first_schema)
        for name, row in ROWS:
            await connection.execute(insert(table(name, *map(column, row))).values(row))
        await connection.execute(text("UPDATE identity_image_chats SET head_turn_id = 3"))
    yield database
    await database.close()


async def test_everything_is_there_afterwards(old: Database) -> None:
    await old.migrate()

    async with old.snapshot() as repos:
        chat = await repos.chats.of_user(ALICE)
        assert chat is not None
        path = await repos.turns.path(chat.head_turn_id)
        pictures = await repos.images.load([PICTURE])
        photos = await repos.reference_photos.of_user(ALICE)
    assert [(turn.version, turn.prompt) for turn in path] == [(1, "paints all day"), (2, "warmer")]
    assert path[0].user_content == {"role": "user", "parts": [{"text": "paints all day"}]}
    assert pictures[PICTURE].data == DATA
    assert [photo.name for photo in photos] == ["me.png"]


async def test_a_chat_begins_with_nothing_to_redo(old: Database) -> None:
    await old.migrate()

    async with old.snapshot() as repos:
        chat = await repos.chats.of_user(ALICE)
    assert chat is not None
    assert chat.tip_turn_id == chat.head_turn_id == 3


async def test_what_was_told_before_is_not_told_again(old: Database) -> None:
    await old.migrate()

    async with old.snapshot() as repos:
        failed = await repos.turns.get(2)
        assert await repos.waiting.next_of_users() == []
    assert failed is not None
    assert (failed.state, failed.retryable, failed.attempt) == (TurnState.FAILED, False, 1)


async def test_pictures_that_were_there_count_as_used(old: Database) -> None:
    await old.migrate()

    async with old.snapshot() as repos:
        times = await repos.uses.pictures_of_user(ALICE, 1, datetime(2026, 1, 1, tzinfo=UTC))
        await repos.servers.settings(1)
    assert len(times) == 2


HALF_WAY = """
import asyncio, sys, time
from sqlalchemy import Engine, event
from storage.database import Database

@event.listens_for(Engine, "after_cursor_execute")
def stop_half_way(connection, cursor, statement, *rest):
    if "ALTER TABLE turns" in statement:
        print(statement, flush=True)
        time.sleep(600)

asyncio.run(Database(sys.argv[1]).migrate())
"""


async def test_killed_half_way_nothing_has_happened_and_the_next_start_migrates(old: Database, tmp_path: Path) -> None:
    before = dump(tmp_path / "old.db")
    url = f"sqlite+aiosqlite:///{tmp_path}/old.db"
    upgrading = await asyncio.create_subprocess_exec(sys.executable, "-c", HALF_WAY, url, cwd=REPOSITORY, stdout=PIPE)
    assert upgrading.stdout is not None
    altered = await upgrading.stdout.readline()
    upgrading.kill()
    await upgrading.wait()
    left = dump(tmp_path / "old.db")

    await old.migrate()

    assert altered
    assert left == before
    async with old.snapshot() as repos:
        assert [turn.version for turn in await repos.turns.path(3)] == [1, 2]


def dump(file: Path) -> list[str]:
    """The whole database as SQL, its schema included."""
    with closing(sqlite3.connect(file)) as connection:
        return list(connection.iterdump())


def first_schema(connection: Connection) -> None:
    config = Config()
    config.set_main_option("script_location", str(Path(storage.__file__ or "").parent / "migrations"))
    config.attributes["connection"] = connection
    command.upgrade(config, "0001")


PICTURE = "ab" * 32
DATA = bytes(range(256)) * 4096
"""More than one piece of a picture as it is stored today."""
NOW = datetime(2026, 11, 1, tzinfo=UTC).isoformat(" ")
PLACE = {"guild_id": 1, "channel_id": 2, "thread_id": 3}
IMAGE = {"model": "gemini-nano-banana-2.1", "aspect_ratio": "16:9", "image_size": "1K"}


def turn(turn_id: int, **more: object) -> dict[str, object]:
    prompt = more["prompt"]
    return {
        "id": turn_id,
        "kind": "edit",
        "state": "posted",
        "user_id": ALICE,
        "asked_by": ALICE,
        "chat_id": 1,
        "source_id": 100 + turn_id,
        "identity_name": "The Artist",
        "user_content": f'{{"role": "user", "parts": [{{"text": "{prompt}"}}]}}',
        "asked_at": NOW,
        **PLACE,
        **IMAGE,
        **more,
    }


ROWS: list[tuple[str, dict[str, object]]] = [
    ("users", {"id": ALICE, "created_at": NOW}),
    ("images", {"sha256": PICTURE, "mime_type": "image/png", "width": 4, "height": 5, "byte_size": len(DATA)}),
    ("image_bytes", {"sha256": PICTURE, "data": DATA}),
    ("reference_photos", {"id": 1, "user_id": ALICE, "sha256": PICTURE, "name": "me.png", "added_at": NOW}),
    (
        "identity_image_chats",
        {"id": 1, "user_id": ALICE, "identity_name": "The Artist", "started_at": NOW, **PLACE, **IMAGE},
    ),
    ("turns", turn(1, kind="start", prompt="paints all day", version=1, picture_sha256=PICTURE, model_content="{}")),
    ("turns", turn(2, state="failed", prompt="darker", problem="Gemini has trouble of its own.")),
    ("turns", turn(3, prompt="warmer", parent_id=1, version=2, picture_sha256=PICTURE, model_content="{}")),
    ("turn_images", {"turn_id": 1, "sha256": PICTURE}),
    ("turn_images", {"turn_id": 3, "sha256": PICTURE}),
]
