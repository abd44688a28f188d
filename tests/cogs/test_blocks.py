"""Members who are blocked on a server, and those who are not any more."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from cogs.moderating import time_span
from moderators import admin
from stage import Stage, bot_messages, count, last, pictures, said, until
from storage.tables import BlockRow


async def test_a_blocked_member_reads_why_and_until_when(stage: Stage) -> None:
    await stage.start()
    blocked = await admin(stage, "block", reason="too many hats", lasts="2h")

    by_command = await stage.alice.slash(stage.studio, "identity undo")
    await stage.alice.send(stage.thread, "one more hat")

    assert "is blocked until" in said(blocked)
    for sentence in (said(by_command), last(stage.thread)):
        assert "has blocked you from using me: too many hats. That ends <t:" in sentence
    assert len(stage.gemini.requests) == 1


async def test_a_block_is_ended_by_a_moderator(stage: Stage) -> None:
    await stage.start()
    await admin(stage, "block")
    unblocked = await admin(stage, "unblock")
    await stage.alice.send(stage.thread, "warmer")

    assert "may use me again" in said(unblocked)
    assert len(pictures(stage.thread)) == 2


async def test_a_block_ends_by_itself_and_nothing_is_kept_of_it_then(stage: Stage) -> None:
    await stage.start()
    await admin(stage, "block", lasts="30m")
    now = datetime.now(UTC)
    async with stage.database.snapshot() as repos:
        block = await repos.servers.block_of(stage.guild.id, stage.alice.id)
    assert block is not None
    assert block.until is not None
    assert timedelta(minutes=29) < block.until - now <= timedelta(minutes=30)

    await stage.bot.services.moderation.forget_past_blocks(block.until - timedelta(seconds=1))
    before = await count(stage, BlockRow)
    async with stage.database.transaction() as repos:
        await repos.servers.block(replace(block, until=now))
    await stage.alice.send(stage.thread, "warmer")
    await stage.bot.sweep.coro(stage.bot)

    assert len(pictures(stage.thread)) == 2
    assert (before, await count(stage, BlockRow)) == (1, 0)


async def test_a_block_outlasts_the_deletion_of_all_that_is_kept(stage: Stage) -> None:
    await stage.start()
    await admin(stage, "block")
    await stage.bot.services.privacy.delete_everything(stage.alice.id)

    result = await stage.start()

    assert "has blocked you" in said(result)


async def test_who_is_not_blocked_cannot_be_unblocked(stage: Stage) -> None:
    assert said(await admin(stage, "unblock")) == f"{stage.alice.mention} is not blocked."


async def test_oneself_bots_and_the_owner_cannot_be_blocked(stage: Stage) -> None:
    helper = stage.guild.add_member(stage.env.create_user("helper", bot=True))

    assert "You yourself cannot be blocked" in said(await admin(stage, "block", user=stage.mona))
    assert "A bot cannot be blocked" in said(await admin(stage, "block", user=helper))
    assert "The owner of this server cannot be blocked" in said(await admin(stage, "block", user=stage.guild.owner))


@pytest.mark.parametrize("text", ["soon", "-1h", "0d", "5 years", "9999999d", "60w"])
async def test_a_time_that_is_none_is_told_so(stage: Stage, text: str) -> None:
    assert "is no time I know" in said(await admin(stage, "block", lasts=text))
    async with stage.database.snapshot() as repos:
        assert await repos.servers.block_of(stage.guild.id, stage.alice.id) is None


def test_times_as_moderators_write_them() -> None:
    spans = [time_span(text) for text in ("30m", "12 h", "7D", "2w")]

    assert spans == [timedelta(minutes=30), timedelta(hours=12), timedelta(days=7), timedelta(weeks=2)]


async def test_the_prompts_of_a_blocked_member_are_cancelled(stage: Stage) -> None:
    await stage.start()
    stage.gemini.latency_seconds = 600
    stage.env.backend.create_message(stage.thread.id, stage.alice.id, "warmer")
    stage.env.backend.create_message(stage.thread.id, stage.alice.id, "darker")
    await until(lambda: len(stage.gemini.requests) == 2)

    await admin(stage, "block", reason="too many hats")
    stage.gemini.latency_seconds = 0
    await stage.env.settle()

    assert len(pictures(stage.thread)) == 1
    told = [each.content for each in bot_messages(stage.thread)[1:]]
    assert ["has blocked you from using me: too many hats" in each for each in told] == [True, True]
    async with stage.database.snapshot() as repos:
        assert await repos.waiting.of_user(stage.alice.id) == []
