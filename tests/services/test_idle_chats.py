"""Chats that nobody uses are removed, and their threads told before."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import update

from bot.announcing import DiscordAnnouncer
from bot.demo.local_gemini import Fault
from bot.errors import DiscordUnavailable
from bot.services.idle_chats import IdleChats
from bot.services.patience import GEMINI_ATTEMPTS
from stage import Stage, chat_of, last, own, pictures, until
from storage.tables import TurnRow

NOW = datetime.now(UTC)


def sweeper(stage: Stage, days: int | None = 30) -> IdleChats:
    return IdleChats(stage.database, DiscordAnnouncer(stage.bot), stage.bot.patience, days)


async def has_chat(stage: Stage) -> bool:
    return await chat_of(stage, stage.alice) is not None


async def test_a_week_before_its_end_the_thread_is_told_once(stage: Stage) -> None:
    await stage.start()
    sweep = sweeper(stage)

    await sweep.sweep(NOW + timedelta(days=22))
    early = last(stage.thread)
    await sweep.sweep(NOW + timedelta(days=24))
    told = last(stage.thread)
    await sweep.sweep(NOW + timedelta(days=25))

    assert "for a long time" not in early
    assert f"{stage.alice.mention}, nobody has written here for a long time" in told
    assert sum("for a long time" in message.content for message in stage.thread.history()) == 1
    assert await has_chat(stage)


async def test_a_warning_that_discord_does_not_take_is_given_the_next_time(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    await stage.start()
    sweep = sweeper(stage)

    async def away(*_: object, **_options: object) -> None:
        raise DiscordUnavailable

    with monkeypatch.context() as outage:
        outage.setattr(stage.bot.patience, "with_discord", away)
        await sweep.sweep(NOW + timedelta(days=24))
    await sweep.sweep(NOW + timedelta(days=29))
    told = last(stage.thread)
    await sweep.sweep(NOW + timedelta(days=31))

    assert "for a long time" in told
    assert await has_chat(stage)


async def test_it_is_removed_when_the_week_is_over_and_its_posts_stay(stage: Stage) -> None:
    await stage.start()
    sweep = sweeper(stage)
    await sweep.sweep(NOW + timedelta(days=24))

    await sweep.sweep(NOW + timedelta(days=30, hours=23))
    before = await has_chat(stage)
    await sweep.sweep(NOW + timedelta(days=31, hours=1))

    assert before
    assert not await has_chat(stage)
    assert "is deleted, as nobody used it" in last(stage.thread)
    assert len(pictures(stage.thread)) == 1


async def test_a_prompt_takes_the_warning_back_and_so_does_another_try(stage: Stage) -> None:
    for again in (False, True):
        await stage.start()
        async with stage.database.transaction() as repos:
            chat = await repos.chats.of_user(stage.alice.id)
            assert chat is not None
            await repos.chats.warned(chat.id, datetime.now(UTC))
        if again:
            await stage.alice.slash(stage.studio, "identity again")
        else:
            await stage.alice.send(stage.thread, "warmer")

        await sweeper(stage, days=30).sweep(NOW + timedelta(days=31))

        assert await has_chat(stage)
        assert "for a long time" in last(stage.thread)  # told anew, before it is removed


async def test_a_start_that_waits_is_not_lost_with_the_old_chat(stage: Stage) -> None:
    await stage.start()
    sweep = sweeper(stage)
    await sweep.sweep(NOW + timedelta(days=24))
    stage.gemini.hold()
    starting = asyncio.create_task(stage.start(identity="The Explorer", description="in a jungle"))
    await until(lambda: len(stage.gemini.requests) == 2)

    await sweep.sweep(NOW + timedelta(days=32))
    stage.gemini.release()
    await starting

    assert "The Explorer" in pictures(stage.thread)[0].content
    assert await has_chat(stage)


async def test_after_long_idleness_it_is_told_first_all_the_same(stage: Stage) -> None:
    """As when the setting is new: nobody loses a chat without a word."""
    await stage.start()
    sweep = sweeper(stage)

    await sweep.sweep(NOW + timedelta(days=400))
    told = await has_chat(stage)
    await sweep.sweep(NOW + timedelta(days=408))

    assert told
    assert not await has_chat(stage)


async def test_without_the_setting_chats_stay_for_ever(stage: Stage) -> None:
    await stage.start()

    await sweeper(stage, days=None).sweep(NOW + timedelta(days=4000))

    assert await has_chat(stage)


async def test_trying_a_failed_prompt_again_is_use(stage: Stage) -> None:
    await stage.start()
    stage.gemini.fail_next(Fault.SERVER_ERROR, times=GEMINI_ATTEMPTS)
    await stage.alice.send(stage.thread, "warmer")
    async with stage.database.engine.begin() as connection:
        await connection.execute(update(TurnRow).values(asked_at=NOW - timedelta(days=24)))
    await sweeper(stage).sweep(NOW)
    assert "for a long time" in last(stage.thread)
    async with stage.database.snapshot() as repos:
        failed = await repos.turns.newest_of_user(stage.alice.id)
    assert failed is not None

    await stage.bot.services.versions.try_again(failed.id, own(stage.alice))
    await until(lambda: len(pictures(stage.thread)) == 2)
    await sweeper(stage).sweep(NOW + timedelta(days=8))

    assert await has_chat(stage)


async def test_the_bot_itself_looks_for_them(stage: Stage) -> None:
    await stage.start()
    async with stage.database.engine.begin() as connection:
        await connection.execute(update(TurnRow).values(asked_at=datetime.now(UTC) - timedelta(days=40)))

    await stage.restart(chat_idle_days=30)
    await stage.env.settle()

    assert "for a long time" in last(stage.thread)
