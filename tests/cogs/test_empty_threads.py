"""Threads in which nothing began: the bot crashed right after it had opened them, or the start was turned down."""

from __future__ import annotations

from typing import Any

import discord
import pytest

from bot.servers import ServerSettings
from crash_points import crash, start_again
from stage import Stage, bot_messages, last, said

OPENED = "after POST /channels/{channel_id}/threads"


async def test_an_empty_thread_is_told_once_that_nothing_began_there(stage: Stage) -> None:
    await crash(stage, OPENED, stage.start)

    await start_again(stage)
    await stage.restart()

    assert "use your command again" in last(stage.thread)
    assert len(bot_messages(stage.thread)) == 1


async def test_an_empty_thread_that_takes_no_message_is_told_another_time(stage: Stage) -> None:
    await crash(stage, OPENED, stage.start)
    stage.env.inject_error("POST", "/channels/*/messages", status=503)

    await start_again(stage)
    silent = len(bot_messages(stage.thread))
    await stage.restart()

    assert silent == 0
    assert len(bot_messages(stage.thread)) == 1


async def test_a_member_s_own_empty_thread_is_left_alone(stage: Stage) -> None:
    stage.env.backend.create_thread(stage.studio.id, "chatter", stage.bob.id)
    stage.env.backend.advance_clock(1)

    await stage.restart()

    assert not bot_messages(stage.thread)


@pytest.mark.parametrize("may_delete", [True, False])
async def test_a_thread_that_was_opened_for_nothing_goes_or_says_why(
    stage: Stage, monkeypatch: pytest.MonkeyPatch, may_delete: bool
) -> None:
    """The last picture of the server was given away while the thread was opened."""
    await stage.start()
    create_thread = discord.TextChannel.create_thread

    async def too_late(channel: discord.TextChannel, **options: Any) -> discord.Thread:
        async with stage.database.transaction() as repos:
            await repos.servers.choose(ServerSettings(stage.guild.id, server_pictures_a_day=1))
        return await create_thread(channel, **options)

    monkeypatch.setattr(discord.TextChannel, "create_thread", too_late)
    if not may_delete:
        stage.env.inject_error("DELETE", "/channels/*", status=403, code=50013)

    answer = said(await stage.start(stage.bob))

    assert "is one picture a day, and it is reached" in answer
    assert len(stage.studio.threads) == (1 if may_delete else 2)
    assert may_delete or last(stage.thread) == answer
