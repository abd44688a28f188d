"""All that the services ask of a database in a conversation: SQLite and PostgreSQL answer alike."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import timedelta
from itertools import count

import pytest

from bot.demo.local_gemini import Fault, LocalGemini
from bot.domain import TurnState
from bot.errors import NoChat
from bot.rule_errors import Blocked
from bot.services.orders import ChatOrder
from bot.services.patience import GEMINI_ATTEMPTS
from stage import BLUE, GREEN, photo
from storage.database import Database
from workshop import Wall, Workshop

GUILD, MODERATOR = 1, 12


@pytest.fixture
async def workshop(store: Database, gemini: LocalGemini) -> AsyncIterator[Workshop]:
    workshop = Workshop(store, gemini.url, Wall(), count(1000))
    await workshop.open()
    yield workshop
    await workshop.close()


async def test_pictures_are_made_undone_and_made_again(workshop: Workshop) -> None:
    await workshop.start(photo())
    await workshop.edit("warmer")  # it waits for the chat
    await workshop.idle()
    await workshop.edit("darker", photo(GREEN))
    await workshop.idle()
    undone = await workshop.versions.undo(workshop.own())
    await workshop.versions.again(workshop.own(), workshop.next_source())
    await workshop.idle()

    seen = await workshop.chats.overview(workshop.own())
    assert undone.version == 2
    assert seen.pictures == 4
    assert seen.head is not None
    assert (seen.head.version, seen.head.state, seen.head.prompt) == (4, TurnState.POSTED, "warmer")
    async with workshop.database.snapshot() as repos:
        assert [turn.version for turn in await repos.turns.path(seen.head.id)] == [1, 4]


async def test_a_refusal_changes_nothing_and_a_failure_can_be_tried_again(
    workshop: Workshop, gemini: LocalGemini
) -> None:
    await workshop.start(photo())
    await workshop.idle()
    gemini.fail_next(Fault.PROMPT_BLOCKED)
    await workshop.edit("warmer")
    await workshop.idle()
    gemini.fail_next(Fault.SERVER_ERROR, times=GEMINI_ATTEMPTS)
    await workshop.edit("darker")
    await workshop.idle()

    failed = (await workshop.chats.overview(workshop.own())).newest
    assert failed is not None
    await workshop.versions.try_again(failed.id, workshop.own())
    await workshop.idle()

    seen = await workshop.chats.overview(workshop.own())
    assert seen.head is not None
    assert (seen.pictures, seen.head.id, seen.head.attempt) == (2, failed.id, 2)


async def test_a_start_replaces_the_chat_and_an_end_leaves_nothing(workshop: Workshop) -> None:
    await workshop.start(photo())
    await workshop.idle()
    await workshop.start(photo(BLUE))
    await workshop.idle()
    async with workshop.database.snapshot() as repos:
        assert len(await repos.chats.former_threads(workshop.USER)) == 1
        assert len(await repos.reference_photos.of_user(workshop.USER)) == 2

    await workshop.chats.end(workshop.own())

    with pytest.raises(NoChat):
        await workshop.edit("warmer")
    assert await workshop.privacy.delete_everything(workshop.USER)
    async with workshop.database.snapshot() as repos:
        assert not await repos.users.exists(workshop.USER)


async def test_who_is_blocked_asks_for_nothing(workshop: Workshop) -> None:
    await workshop.start(photo())
    await workshop.idle()
    async with workshop.database.transaction() as repos:
        await repos.users.ensure(workshop.USER, GUILD)

    await workshop.moderation.block(
        ChatOrder(user_id=workshop.USER, asked_by=MODERATOR, guild_id=GUILD), "spam", timedelta(hours=1)
    )

    with pytest.raises(Blocked):
        await workshop.edit("warmer")
