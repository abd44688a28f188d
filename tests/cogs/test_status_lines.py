"""The line below a prompt while its picture is waited for, and Cancel."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Awaitable, Callable

import discord
import pytest
from sqlalchemy import update

from bot.buttons import cancel_button
from bot.domain import TurnState
from crash_points import crash, start_again
from stage import Stage, bot_messages, newest_turn, own, pictures, said, until
from storage.tables import TurnRow

FOR_EVER = 600.0
"""Seconds for a picture which nobody waits for."""


def lines(stage: Stage) -> list[discord.Message]:
    """The lines that are shown in Alice's thread, oldest first."""
    return [each for each in bot_messages(stage.thread) if each.content.startswith(("Drawing", "In line"))]


def places(stage: Stage) -> list[str]:
    """What the lines say, but for since when."""
    return [line.content.split(" <")[0] for line in lines(stage)]


def write(stage: Stage, text: str) -> int:
    """A message of Alice's that nobody waits for."""
    return stage.env.backend.create_message(stage.thread.id, stage.alice.id, text).id


async def cancel(stage: Stage, line: discord.Message) -> None:
    """What Cancel does, while others are still at work: SimCord's own click would wait for them."""
    (turn_id,) = re.findall(r"cancel:(\d+)", str(line.components[0].to_dict()))
    async with stage.database.snapshot() as repos:
        turn = await repos.turns.get(int(turn_id))
    assert turn is not None
    await stage.bot.services.versions.cancel(turn, own(stage.alice))


async def test_the_line_of_what_a_moderator_asked_for_names_them(stage: Stage) -> None:
    await stage.start()
    stage.gemini.latency_seconds = FOR_EVER
    asking = asyncio.create_task(
        stage.mona.slash(stage.studio, "identity-admin continue", user=stage.alice, prompt="darker")
    )
    await until(lambda: len(stage.gemini.requests) == 2)

    (line,) = lines(stage)
    stage.gemini.latency_seconds = 0
    await cancel(stage, line)
    await asking

    assert f"asked by {stage.mona.mention}" in line.content


async def test_a_line_says_since_when_it_is_drawn_and_goes_when_the_picture_is_there(stage: Stage) -> None:
    await stage.start()
    stage.gemini.hold()
    prompt = write(stage, "warmer")
    await until(lambda: len(stage.gemini.requests) == 2 and bool(lines(stage)))

    (line,) = lines(stage)
    stage.gemini.release()
    await stage.env.settle()

    assert re.fullmatch(r"Drawing since <t:\d+:R>\.", line.content)
    assert line.reference is not None
    assert line.reference.message_id == prompt
    assert lines(stage) == []
    assert len(bot_messages(stage.thread)) == 2


async def test_several_prompts_show_their_places_and_move_up(stage: Stage) -> None:
    await stage.start()
    stage.gemini.latency_seconds = FOR_EVER
    for prompt in ("warmer", "darker", "sepia"):
        write(stage, prompt)
    await until(lambda: len(lines(stage)) == 3)

    before = places(stage)
    await cancel(stage, lines(stage)[0])
    await until(lambda: places(stage) == before[:2])
    stage.gemini.latency_seconds = 0
    await cancel(stage, lines(stage)[0])
    await stage.env.settle()

    assert before == [
        "Drawing since",
        "In line: one prompt of yours comes first.",
        "In line: 2 prompts of yours come first.",
    ]
    assert lines(stage) == []
    assert len(pictures(stage.thread)) == 2


async def test_prompts_move_up_when_a_picture_is_there(stage: Stage) -> None:
    await stage.start()
    stage.gemini.hold()
    for prompt in ("warmer", "darker", "sepia"):
        write(stage, prompt)
    await until(lambda: len(lines(stage)) == 3 and len(stage.gemini.requests) == 2)

    before = places(stage)
    stage.gemini.release()
    stage.gemini.hold()  # the next one
    await until(lambda: places(stage) == before[:2])
    stage.gemini.release()
    await stage.env.settle()

    assert lines(stage) == []
    assert len(pictures(stage.thread)) == 4


async def test_who_waits_for_others_is_told_so(stage: Stage) -> None:
    await stage.restart(gemini_concurrency=1)
    await stage.start()
    await stage.start(stage.bob)
    stage.gemini.hold()
    hers, his = stage.studio.threads
    stage.env.backend.create_message(hers.id, stage.alice.id, "warmer")
    await until(lambda: len(stage.gemini.requests) == 3)

    stage.env.backend.create_message(his.id, stage.bob.id, "warmer")
    await until(lambda: any("others come first" in each.content for each in bot_messages(his)))
    stage.gemini.release()
    await stage.env.settle()

    assert len(pictures(his)) == 2


async def test_cancel_while_it_is_drawn_leaves_the_chat_as_it_was(stage: Stage) -> None:
    await stage.start()
    stage.gemini.latency_seconds = FOR_EVER
    message = write(stage, "warmer")
    await until(lambda: len(stage.gemini.requests) == 2)

    await cancel(stage, *lines(stage))
    stage.gemini.latency_seconds = 0
    await until(lambda: lines(stage) == [])
    await stage.alice.send(stage.thread, "darker")

    assert len(stage.gemini.requests[-1].contents) == 3
    assert len(pictures(stage.thread)) == 2
    async with stage.database.snapshot() as repos:
        turn = await repos.turns.of_source(message)
    assert turn is not None
    assert turn.state is TurnState.CANCELLED
    assert turn.status_message_id is None


async def test_cancelling_a_start_leaves_the_former_chat(stage: Stage) -> None:
    await stage.start()
    former = stage.thread
    stage.gemini.latency_seconds = FOR_EVER
    starting = asyncio.ensure_future(stage.start(identity="The Sailor"))
    await until(lambda: len(stage.gemini.requests) == 2)

    await cancel(stage, *lines(stage))
    stage.gemini.latency_seconds = 0
    await starting
    await stage.alice.send(former, "warmer")

    assert len(pictures(former)) == 2


async def test_the_button_answers_in_private(stage: Stage) -> None:
    await stage.start()
    stage.gemini.latency_seconds = 5
    write(stage, "warmer")
    await until(lambda: len(lines(stage)) == 1)

    result = await stage.alice.click(lines(stage)[0], label="Cancel")

    assert result.ephemeral
    assert said(result) == "Cancelled. Nothing was changed."
    assert lines(stage) == []


async def test_too_late_to_cancel_says_so(stage: Stage) -> None:
    await stage.start()
    line = await stage.bot.get_partial_messageable(stage.thread.id).send(
        "Drawing", view=cancel_button(await newest_turn(stage))
    )

    result = await stage.alice.click(line, label="Cancel")

    assert "Too late" in said(result)


async def test_a_line_left_by_a_crash_goes_at_the_next_start(stage: Stage) -> None:
    await stage.start()
    line = await stage.bot.get_partial_messageable(stage.thread.id).send("Drawing since long ago.")
    left = await newest_turn(stage)
    async with stage.database.engine.begin() as connection:
        await connection.execute(update(TurnRow).where(TurnRow.id == left.id).values(status_message_id=line.id))

    await stage.restart()

    assert lines(stage) == []


@pytest.mark.parametrize("command", ["identity end", "privacy delete"])
async def test_ending_the_chat_takes_the_line_away(stage: Stage, command: str) -> None:
    await stage.start()
    stage.gemini.latency_seconds = FOR_EVER
    write(stage, "warmer")
    await until(lambda: len(stage.gemini.requests) == 2)

    if command == "identity end":
        await stage.bot.services.chats.end(own(stage.alice))
    else:
        await stage.bot.services.privacy.delete_everything(stage.alice.id)
    await until(lambda: not stage.bot._queue.working)

    assert lines(stage) == []


async def test_a_line_that_cannot_be_shown_holds_nothing_up(stage: Stage) -> None:
    await stage.start()
    stage.env.inject_error("POST", f"/channels/{stage.thread.id}/messages", status=403, code=50013)

    await stage.alice.send(stage.thread, "warmer")

    assert len(pictures(stage.thread)) == 2


async def everything_deleted(stage: Stage) -> None:
    await stage.bot.services.privacy.delete_everything(stage.alice.id)


async def chat_ended(stage: Stage) -> None:
    await stage.bot.services.chats.end(own(stage.alice))


@pytest.mark.parametrize(
    ("point", "end"),
    [
        ("after commit in Privacy.delete_everything", everything_deleted),
        ("after commit in Acts.transaction", chat_ended),
    ],
)
async def test_the_line_of_what_was_deleted_goes_after_a_crash_too(
    stage: Stage, point: str, end: Callable[[Stage], Awaitable[None]]
) -> None:
    await stage.start()
    stage.gemini.latency_seconds = FOR_EVER
    write(stage, "warmer")
    await until(lambda: len(stage.gemini.requests) == 2)
    assert len(lines(stage)) == 1

    await crash(stage, point, lambda: end(stage))
    stage.gemini.latency_seconds = 0
    await start_again(stage)
    await stage.env.settle()

    assert lines(stage) == []
