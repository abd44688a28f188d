"""Buttons below the bot's messages: for the owner and moderators, also after a restart."""

from __future__ import annotations

import asyncio

import discord
import pytest
from simcord.actors import MemberActor
from simcord.results import InteractionResult, ResponseMessage
from sqlalchemy import update

from bot.demo.local_gemini import Fault
from bot.errors import AlreadyTaken
from stage import GREEN, Stage, bot_messages, last, own, photo, pictures, said, until
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


async def three_versions(stage: Stage) -> list[discord.Message]:
    """Their messages in Alice's thread."""
    await stage.start()
    await stage.alice.send(stage.thread, "warmer")
    await stage.alice.send(stage.thread, "darker")
    return list(pictures(stage.thread))


def button(message: discord.Message, action: str) -> str:
    """The id of one of the buttons below a picture."""
    rows = [row for row in message.components if isinstance(row, discord.ActionRow)]
    ids = [child.custom_id or "" for row in rows for child in row.children]
    (found,) = (each for each in ids if each.startswith(f"{action}:"))
    return found


async def press(
    stage: Stage, message: discord.Message, action: str, by: MemberActor | None = None
) -> InteractionResult:
    return await (by or stage.alice).click(message, custom_id=button(message, action))


async def test_undo_and_redo_below_a_picture_name_the_version(stage: Stage) -> None:
    *_, third = await three_versions(stage)

    back = await press(stage, third, "undo")
    forth = await press(stage, third, "redo")

    assert back.ephemeral
    assert "[v2]" in said(back)
    assert "[v3]" in said(forth)
    assert len(bot_messages(stage.thread)) == 3


async def test_again_below_a_picture_tries_that_one_once_more(stage: Stage) -> None:
    _, second, _ = await three_versions(stage)

    await press(stage, second, "again")

    assert stage.gemini.requests[-1].contents == stage.gemini.requests[1].contents
    assert "> warmer" in pictures(stage.thread)[3].content


async def test_buttons_work_after_a_restart(stage: Stage) -> None:
    *_, third = await three_versions(stage)
    await stage.restart()

    assert "[v2]" in said(await press(stage, third, "undo"))


async def test_edit_opens_a_form_with_the_prompt_and_edits_that_picture(stage: Stage) -> None:
    _, second, _ = await three_versions(stage)

    form = await press(stage, second, "edit")
    answer = await stage.alice.submit_modal(form, {"prompt": "with a hat", "photos": ("hat.png", photo(GREEN))})

    assert form.modal is not None
    assert form.modal["title"] == "Edit v2"
    assert form.modal["components"][0]["component"]["value"] == "warmer"
    assert stage.thread.mention in said(answer)
    assert len(stage.gemini.requests[-1].contents) == 5
    assert [part.get("text") for part in stage.gemini.requests[-1].contents[-1]["parts"]] == ["with a hat", None]
    assert "> with a hat" in pictures(stage.thread)[3].content


async def test_the_form_works_without_the_message_content_intent(stage: Stage) -> None:
    await stage.start()
    await stage.restart(discord_message_content=False)
    (first,) = pictures(stage.thread)

    await stage.alice.submit_modal(await press(stage, first, "edit"), {"prompt": "warmer"})

    assert len(pictures(stage.thread)) == 2


async def test_a_form_sent_after_the_chat_ended_is_told_so(stage: Stage) -> None:
    await stage.start()
    (first,) = pictures(stage.thread)
    form = await press(stage, first, "edit")
    await stage.alice.slash(stage.studio, "identity end")

    answer = await stage.alice.submit_modal(form, {"prompt": "warmer"})

    assert "/identity start" in said(answer)


async def test_a_form_sent_after_another_chat_began_is_told_so(stage: Stage) -> None:
    await stage.start()
    (first,) = pictures(stage.thread)
    form = await press(stage, first, "edit")
    await stage.start(identity="The Sailor")

    answer = await stage.alice.submit_modal(form, {"prompt": "warmer"})

    assert "chat is over" in said(answer)
    assert len(stage.gemini.requests) == 2


async def test_original_hands_out_the_master_byte_for_byte(stage: Stage) -> None:
    _, second, third = await three_versions(stage)

    of_head = await press(stage, third, "original")
    of_second = await press(stage, second, "original")

    async with stage.database.snapshot() as repos:
        turn = await repos.turns.of_reply(second.id)
        assert turn is not None
        (master,) = (await repos.images.load([turn.picture_sha256 or ""])).values()
    shown = message_of(of_second)
    assert of_second.ephemeral
    assert await shown.attachments[0].read() == master.data
    assert "96 x 120" in shown.content
    assert message_of(of_head).components == []


async def test_upscale_draws_the_same_picture_in_the_largest_size_and_edits_stay_as_small_as_before(
    stage: Stage,
) -> None:
    await stage.start()

    await press(stage, pictures(stage.thread)[0], "upscale")
    await stage.alice.send(stage.thread, "warmer")

    _, upscale, edit = stage.gemini.requests
    assert [request.image_config["imageSize"] for request in (upscale, edit)] == ["4K", "512"]
    assert "higher resolution" in upscale.contents[-1]["parts"][0]["text"]
    assert [len(request.contents) for request in (upscale, edit)] == [3, 5]
    offered = ["Upscale" in str([row.to_dict() for row in each.components]) for each in pictures(stage.thread)]
    assert offered == [True, False, True]
    assert "> v1 in 4K" in pictures(stage.thread)[1].content


async def test_use_this_one_makes_an_earlier_picture_the_one_to_edit(stage: Stage) -> None:
    first, *_ = await three_versions(stage)
    shown = message_of(await press(stage, first, "original"))

    answer = await stage.alice.click(shown, custom_id="use:1")
    await stage.alice.send(stage.thread, "sepia")

    assert "[v1]" in said(answer)
    assert len(stage.gemini.requests[-1].contents) == 3


def message_of(result: InteractionResult) -> ResponseMessage:
    """The private message that a button was answered with."""
    assert result.response is not None
    return result.response


@pytest.mark.parametrize("action", ["undo", "redo", "again", "edit", "original"])
async def test_a_stranger_is_told_whose_buttons_they_are(stage: Stage, action: str) -> None:
    await stage.start()
    (first,) = pictures(stage.thread)

    result = await press(stage, first, action, by=stage.bob)

    assert result.modal is None
    assert "Only its owner or a moderator" in said(result)
    assert len(stage.gemini.requests) == 1


async def test_a_moderator_may_press_them_too(stage: Stage) -> None:
    *_, third = await three_versions(stage)

    assert "[v2]" in said(await press(stage, third, "undo", by=stage.mona))


async def test_a_button_of_a_replaced_chat_says_so(stage: Stage) -> None:
    *_, third = await three_versions(stage)
    await stage.start(identity="The Sailor")

    assert "chat is over" in said(await press(stage, third, "undo"))


async def test_try_again_draws_what_failed_as_it_was_asked_for(stage: Stage) -> None:
    problem = await failed_edit(stage)

    await stage.alice.click(problem, custom_id=button_id(problem))

    _, answer = pictures(stage.thread)
    assert answer.reference is not None
    assert "v2" in answer.content
    assert len(stage.gemini.requests[-1].contents[-1]["parts"]) == 2
    assert bot_messages(stage.thread)[1].components == []


async def test_try_again_is_taken_also_where_its_message_goes_meanwhile(stage: Stage) -> None:
    problem = await failed_edit(stage)
    stage.env.inject_error("PATCH", "/webhooks/*/*/messages/@original", status=404, code=10008)

    answer = await stage.alice.click(problem, custom_id=button_id(problem))

    assert answer.followups == []
    assert len(pictures(stage.thread)) == 2


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

    turn_id = int(button_id(problem).rpartition(":")[2])
    clicks = [stage.bot.services.versions.try_again(turn_id, own(stage.alice)) for _ in range(2)]
    results = await asyncio.gather(*clicks, return_exceptions=True)
    await until(lambda: len(pictures(stage.thread)) == 2)

    assert {type(each) for each in results} == {type(None), AlreadyTaken}
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
    stage.env.inject_error("POST", f"/channels/{stage.thread.id}/messages", status=403, code=50013, times=2)
    await stage.alice.send(stage.thread, "warmer")  # neither the line nor the picture
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
