"""Threads that were opened right before the bot crashed, so that nothing began in them."""

from __future__ import annotations

from crash_points import crash, start_again
from stage import Stage, bot_messages, last

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

    assert bot_messages(stage.thread) == []
