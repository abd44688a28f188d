"""The record of a chat: one per user, with what hangs on it."""

from __future__ import annotations

from itertools import count

import pytest
from sqlalchemy import func, select
from sqlalchemy.exc import IntegrityError

from bot.domain import Ask, IdentityImageChat, ImageSettings, Picture, Place, Turn, TurnKind
from bot.gemini.chat_history import user_content
from storage.database import Database
from storage.tables import ImageBytesRow, ImageRow, TurnImageRow, TurnRow

ALICE, BOB = 11, 12
PLACE = Place(guild_id=1, channel_id=2, thread_id=3)
IMAGE = ImageSettings(model="gemini-nano-banana-2.1", aspect_ratio="16:9", image_size="4K")
SOURCES = count(1000)


async def new_chat(database: Database, user_id: int = ALICE, identity_id: int | None = None) -> IdentityImageChat:
    async with database.transaction() as repos:
        await repos.users.ensure(user_id)
        return await repos.chats.create(
            user_id, identity_id=identity_id, identity_name="The Artist", place=PLACE, image=IMAGE
        )


async def ask(database: Database, chat: IdentityImageChat, *photos: bytes) -> Turn:
    pictures = tuple(Picture(data, "image/png", 1, 1) for data in photos)
    async with database.transaction() as repos:
        turn = await repos.turns.take(
            Ask(
                kind=TurnKind.EDIT,
                user_id=chat.user_id,
                asked_by=chat.user_id,
                source_id=next(SOURCES),
                reply_to_message_id=None,
                place=PLACE,
                prompt="warmer",
                user_content=user_content("warmer", pictures),
                photos=pictures,
                image=IMAGE,
                chat_id=chat.id,
            )
        )
    assert turn is not None
    return turn


async def rows(database: Database, table: type) -> int:
    async with database.engine.connect() as connection:
        return await connection.scalar(select(func.count()).select_from(table)) or 0


async def test_create_chat_record(store: Database) -> None:
    created = await new_chat(store)

    async with store.snapshot() as repos:
        stored = await repos.chats.of_user(ALICE)
    assert stored == created
    assert (created.user_id, created.place, created.image) == (ALICE, PLACE, IMAGE)
    assert created.head_turn_id is None


async def test_one_to_one_constraint(store: Database) -> None:
    first = await new_chat(store)

    with pytest.raises(IntegrityError):
        await new_chat(store)

    async with store.snapshot() as repos:
        assert await repos.chats.of_user(ALICE) == first


async def test_identity_nullable(store: Database) -> None:
    async with store.transaction() as repos:
        await repos.users.ensure(ALICE)
        identity = await repos.identities.create(ALICE, "The Artist", "paints")
    await new_chat(store, identity_id=identity.id)

    async with store.transaction() as repos:
        await repos.identities.delete(identity.id)

    async with store.snapshot() as repos:
        chat = await repos.chats.of_user(ALICE)
    assert chat is not None
    assert chat.identity_id is None
    assert chat.identity_name == "The Artist"


async def test_cascade_delete_with_user(store: Database) -> None:
    await ask(store, await new_chat(store), b"one", b"both")
    await ask(store, await new_chat(store, BOB), b"both")

    async with store.transaction() as repos:
        assert await repos.users.delete(ALICE)

    async with store.snapshot() as repos:
        assert await repos.chats.of_user(ALICE) is None
        assert set(await repos.images.load([Picture(each, "", 1, 1).sha256 for each in (b"one", b"both")])) == {
            Picture(b"both", "", 1, 1).sha256
        }
    assert await rows(store, TurnRow) == 1
    assert await rows(store, ImageBytesRow) == 1


async def test_chat_history_default_empty(store: Database) -> None:
    chat = await new_chat(store)

    async with store.snapshot() as repos:
        assert await repos.turns.path(chat.head_turn_id) == []
        assert await repos.turns.count_pictures(chat.id) == 0


async def test_str_representation(store: Database) -> None:
    chat = await new_chat(store)

    assert str(chat) == f"chat {chat.id} of user 11 in thread 3"


async def test_deleting_a_chat_keeps_bytes_that_a_reference_photo_names(store: Database) -> None:
    chat = await new_chat(store)
    kept = Picture(b"kept", "image/png", 1, 1)
    async with store.transaction() as repos:
        await repos.reference_photos.add(ALICE, "me.png", kept)
    await ask(store, chat, b"kept", b"only here")

    async with store.transaction() as repos:
        await repos.chats.delete(chat)

    async with store.snapshot() as repos:
        assert set(await repos.images.load([kept.sha256])) == {kept.sha256}
    assert await rows(store, ImageRow) == 1
    assert await rows(store, TurnImageRow) == 0


async def test_the_same_bytes_are_stored_once(store: Database) -> None:
    chat = await new_chat(store)
    await ask(store, chat, b"same")
    await ask(store, chat, b"same")

    assert await rows(store, ImageBytesRow) == 1


async def test_the_same_source_is_never_taken_twice(store: Database) -> None:
    chat = await new_chat(store)
    turn = await ask(store, chat)

    async with store.transaction() as repos:
        again = await repos.turns.take(
            Ask(
                kind=TurnKind.EDIT,
                user_id=ALICE,
                asked_by=ALICE,
                source_id=turn.source_id,
                reply_to_message_id=None,
                place=PLACE,
                prompt="warmer",
                user_content=user_content("warmer", ()),
                photos=(),
                image=IMAGE,
                chat_id=chat.id,
            )
        )

    assert again is None
    assert await rows(store, TurnRow) == 1


async def test_a_former_thread_is_remembered_until_a_chat_lives_there_again(store: Database) -> None:
    chat = await new_chat(store)
    async with store.transaction() as repos:
        await repos.chats.delete(chat)
    async with store.snapshot() as repos:
        assert await repos.chats.lived_in(ALICE, PLACE.thread_id)

    await new_chat(store)

    async with store.snapshot() as repos:
        assert not await repos.chats.lived_in(ALICE, PLACE.thread_id)
