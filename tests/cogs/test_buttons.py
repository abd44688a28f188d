"""Buttons below the bot's messages: for the owner and moderators, also after a restart."""

from __future__ import annotations

import asyncio

import discord
from sqlalchemy import update

from bot.demo.local_gemini import Fault
from bot.errors import AlreadyTaken
from bot.services.versions import Click
from stage import GREEN, Stage, bot_messages, last, photo, pictures, said, until
from storage.tables import TurnRow


def button_id(message: discord.Message) -> str:
    """The id of the only button below a message."""
    (button,) = (child for row in message.components if isinstance(row, discord.ActionRow) for child in row.children)
    assert button.custom_id is not None
    return button.custom_id


async def failed_edit(stage: Stage) -> discord.Message:
    """The message that says why an edit with a photo came to nothing."""
    await stage.start()
    stage.gemini.fail_next(Fault.SERVER_ERROR, times=3)
    await stage.alice.send(stage.thread, "wear this", attachments=[("hat.png", photo(GREEN))])
    return bot_messages(stage.thread)[-1]


async def test_try_again_draws_what_failed_as_it_was_asked_for(stage: Stage) -> None:
    problem = await failed_edit(stage)

    await stage.alice.click(problem, custom_id=button_id(problem))

    _, answer = pictures(stage.thread)
    assert answer.reference is not None
    assert "v2" in answer.content
    assert len(stage.gemini.requests[-1].contents[-1]["parts"]) == 2
    assert bot_messages(stage.thread)[1].components == []


async def test_try_again_works_after_a_restart(stage: Stage) -> None:
    problem = await failed_edit(stage)
    await stage.restart()

    await stage.alice.click(problem, custom_id=button_id(problem))

    assert len(pictures(stage.thread)) == 2


async def test_a_second_failure_is_told_too_and_can_be_tried_again(stage: Stage) -> None:
    problem = await failed_edit(stage)
    stage.gemini.fail_next(Fault.SERVER_ERROR, times=3)

    await stage.alice.click(problem, custom_id=button_id(problem))
    second = bot_messages(stage.thread)[-1]
    await stage.alice.click(second, custom_id=button_id(second))

    assert second.id != problem.id
    assert len(pictures(stage.thread)) == 2


async def test_a_stranger_cannot_try_again_and_a_moderator_can(stage: Stage) -> None:
    problem = await failed_edit(stage)

    refused = await stage.bob.click(problem, custom_id=button_id(problem))
    before = len(pictures(stage.thread))
    await stage.mona.click(problem, custom_id=button_id(problem))

    assert "Only its owner or a moderator" in said(refused)
    assert before == 1
    assert len(pictures(stage.thread)) == 2


async def test_clicked_twice_it_is_drawn_once(stage: Stage) -> None:
    problem = await failed_edit(stage)

    turn_id, click = int(button_id(problem).rpartition(":")[2]), Click(stage.alice.id, stage.guild.id, moderator=False)
    clicks = [stage.bot.services.versions.try_again(turn_id, click) for _ in range(2)]
    results = await asyncio.gather(*clicks, return_exceptions=True)
    await until(lambda: len(pictures(stage.thread)) == 2)

    assert [type(each) for each in results] == [type(None), AlreadyTaken]
    assert len(stage.gemini.requests) == 5


async def test_a_refusal_that_would_come_again_has_no_button(stage: Stage) -> None:
    await stage.start()
    stage.gemini.fail_next(Fault.PROMPT_BLOCKED)

    await stage.alice.send(stage.thread, "warmer")

    assert bot_messages(stage.thread)[-1].components == []


async def test_a_start_that_failed_can_be_tried_again_with_its_photos(stage: Stage) -> None:
    stage.gemini.fail_next(Fault.SERVER_ERROR, times=3)
    await stage.start()
    (problem,) = bot_messages(stage.thread)
    shown = await stage.alice.slash(stage.studio, "identity show")

    await stage.alice.click(problem, custom_id=button_id(problem))
    await stage.alice.send(stage.thread, "warmer")

    assert "trouble of its own" in said(shown)
    assert ["v1" in each.content for each in pictures(stage.thread)] == [True, False]


async def test_a_start_that_another_has_taken_the_place_of_is_over(stage: Stage) -> None:
    stage.gemini.fail_next(Fault.SERVER_ERROR, times=3)
    await stage.start()
    (problem,) = bot_messages(stage.thread)
    await stage.start(identity="The Sailor")

    result = await stage.alice.click(problem, custom_id=button_id(problem))

    assert "over by now" in said(result)
    assert len(stage.gemini.requests) == 4


async def test_a_picture_that_discord_did_not_take_is_posted_without_drawing_it_again(stage: Stage) -> None:
    await stage.start()
    stage.env.inject_error("POST", f"/channels/{stage.thread.id}/messages", status=403, code=50013)
    await stage.alice.send(stage.thread, "warmer")
    problem = bot_messages(stage.thread)[-1]

    await stage.alice.click(problem, custom_id=button_id(problem))

    assert len(pictures(stage.thread)) == 2
    assert len(stage.gemini.requests) == 2


async def test_a_problem_that_was_not_told_before_a_crash_is_told_once_at_the_next_start(stage: Stage) -> None:
    await stage.start()
    stage.gemini.fail_next(Fault.PROMPT_BLOCKED)
    await stage.alice.send(stage.thread, "warmer")
    stage.env.backend.delete_message(stage.thread.id, bot_messages(stage.thread)[-1].id)
    async with stage.database.engine.begin() as connection:
        await connection.execute(update(TurnRow).values(told_at=None))

    await stage.restart()
    await stage.restart()

    assert len(bot_messages(stage.thread)) == 2
    assert "filters blocked it" in last(stage.thread)
