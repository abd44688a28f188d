"""Pictures in pieces: written once, read as they are needed, gone when they are deleted."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest
from sqlalchemy import func, select, text

from bot.domain import PIECE_BYTES, Picture
from bot.errors import DatabaseUnavailable
from storage.database import Database
from storage.stored_pictures import StoredPicture
from storage.tables import ImageBytesRow

LARGE = Picture(bytes(range(256)) * 8192, "image/jpeg", 1, 1)
"""Two pieces and a half."""


async def kept(database: Database) -> Picture:
    async with database.transaction() as repos:
        await repos.users.ensure(1)
        await repos.reference_photos.add(1, "me.jpg", LARGE)
    return LARGE


async def stored_in(database: Database, picture: Picture) -> StoredPicture:
    async with database.snapshot() as repos:
        return (await database.pictures(repos, [picture.sha256]))[picture.sha256]


async def test_a_picture_comes_back_whole_and_in_pieces(store: Database) -> None:
    picture = await kept(store)

    async with store.snapshot() as repos:
        loaded = await repos.images.load([picture.sha256, "ff" * 32])
        stored = await store.pictures(repos, [picture.sha256, "ff" * 32])

    assert loaded == {picture.sha256: picture}
    assert stored.keys() == {picture.sha256}
    assert stored[picture.sha256].byte_size == len(picture.data)
    pieces = await asyncio.to_thread(list, stored[picture.sha256].pieces())
    assert b"".join(pieces) == picture.data
    assert max(map(len, pieces)) == PIECE_BYTES


async def test_deleting_it_deletes_every_piece(store: Database) -> None:
    picture = await kept(store)
    stored = await stored_in(store, picture)

    async with store.transaction() as repos:
        await repos.users.delete(1)

    async with store.engine.connect() as connection:
        assert await connection.scalar(select(func.count()).select_from(ImageBytesRow)) == 0
    with pytest.raises(KeyError):
        await asyncio.to_thread(list, stored.pieces())


async def test_writing_it_costs_little_more_than_its_bytes(database: Database, tmp_path: Path) -> None:
    async with database.engine.connect() as connection:
        await connection.execution_options(begin="BEGIN")
        await connection.execute(text("SELECT count(*) FROM users"))  # a reader keeps the log from being cut
        log = tmp_path / "bot.db-wal"
        before = log.stat().st_size

        await kept(database)

        assert log.stat().st_size - before < 1.05 * len(LARGE.data)


async def test_a_damaged_file_is_a_database_that_does_not_do_its_part(database: Database, tmp_path: Path) -> None:
    picture = await kept(database)
    stored = await stored_in(database, picture)
    await database.empty_log()
    with (tmp_path / "bot.db").open("r+b") as file:
        file.write(bytes(100))

    with pytest.raises(DatabaseUnavailable):
        await asyncio.to_thread(list, stored.pieces())


async def test_nobody_opens_a_closed_database_again(database: Database) -> None:
    picture = await kept(database)
    pieces = (await stored_in(database, picture)).pieces()
    await asyncio.to_thread(next, pieces)

    await database.close()

    with pytest.raises(DatabaseUnavailable):
        await asyncio.to_thread(next, pieces)
