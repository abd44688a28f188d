"""/appearance, as members see it."""

from __future__ import annotations

from typing import Any

from simcord.results import InteractionResult

from bot.domain import Appearance
from forgery import forged_click
from stage import Stage, said

MORE = "more-of-looks"


def fields(shown: InteractionResult) -> dict[str, str | None]:
    """The fields of a modal and what stands in them."""
    assert shown.modal is not None
    inputs: list[dict[str, Any]] = [label["component"] for label in shown.modal["components"]]
    return {each["custom_id"]: each.get("value") for each in inputs}


async def say(stage: Stage, **looks: str) -> InteractionResult:
    """Alice fills in the first modal."""
    modal = await stage.alice.slash(stage.studio, "appearance set")
    return await stage.alice.submit_modal(modal, looks)


async def say_more(stage: Stage, after: InteractionResult, **looks: str) -> InteractionResult:
    """Alice goes on to the second modal by its button, and fills it in."""
    assert after.response is not None
    modal = await stage.alice.click(after.response, custom_id=MORE)
    return await stage.alice.submit_modal(modal, looks)


async def shown(stage: Stage) -> str:
    return said(await stage.alice.slash(stage.studio, "appearance show"))


async def known(stage: Stage) -> Appearance | None:
    return await stage.bot.services.appearances.get(stage.alice.id)


def prompt_sent(stage: Stage) -> str:
    """The words of the first prompt that Gemini got with its newest request."""
    text: str = stage.gemini.requests[-1].contents[0]["parts"][0]["text"]
    return text


async def test_what_was_said_is_shown_to_the_member_alone(stage: Stage) -> None:
    answer = await say(stage, age_range="forties", hair="grey, long")

    assert answer.ephemeral
    assert said(answer).startswith("Noted.")
    assert await shown(stage) == "**Age**: forties\n**Hair**: grey, long"


async def test_the_second_modal_adds_to_the_first(stage: Stage) -> None:
    answer = await say(stage, age_range="forties", build="tall", hair="grey", eyes="green", skin_tone="olive")

    more = await say_more(stage, answer, style="plain", anything_else="a scar")

    assert more.ephemeral
    assert more.response is not None
    assert more.response.components == []
    assert await known(stage) == Appearance("forties", "tall", "grey", "green", "olive", "plain", "a scar")
    assert await shown(stage) == (
        "**Age**: forties\n**Build**: tall\n**Hair**: grey\n**Eyes**: green\n**Skin tone**: olive\n"
        "**Style**: plain\n**Also**: a scar"
    )


async def test_both_modals_come_filled_with_what_is_known(stage: Stage) -> None:
    await say_more(stage, await say(stage, hair="grey"), style="plain")

    first = await stage.alice.slash(stage.studio, "appearance set")
    answer = await stage.alice.submit_modal(first, {"hair": "white"})
    assert answer.response is not None
    second = await stage.alice.click(answer.response, custom_id=MORE)

    assert fields(first) == {"age_range": None, "build": None, "hair": "grey", "eyes": None, "skin_tone": None}
    assert fields(second) == {"style": "plain", "anything_else": None}
    assert await known(stage) == Appearance(hair="white", style="plain")


async def test_a_field_left_empty_forgets_what_was_said_there(stage: Stage) -> None:
    await say(stage, hair="grey", eyes="green")

    await say(stage, hair="grey", eyes="")

    assert await known(stage) == Appearance(hair="grey")


async def test_saying_nothing_at_all_keeps_nothing(stage: Stage) -> None:
    await say(stage, hair="grey")

    await say(stage, hair=" \u200b ")

    assert await known(stage) is None
    assert "`/appearance set`" in await shown(stage)


async def test_clearing_deletes_what_was_said(stage: Stage) -> None:
    await say(stage, hair="grey")

    cleared = await stage.alice.slash(stage.studio, "appearance clear")
    again = await stage.alice.slash(stage.studio, "appearance clear")

    assert cleared.ephemeral
    assert said(cleared) == said(again) == "What you said of your looks is deleted."
    assert await known(stage) is None


async def test_what_was_said_reaches_the_prompt_of_the_next_start(stage: Stage) -> None:
    await stage.start()
    before = prompt_sent(stage)

    await say_more(stage, await say(stage, hair="grey, long", eyes="green"), anything_else="a scar")
    await stage.start()

    looks = "What the person says of their looks: hair: grey, long; eyes: green; also: a scar"
    assert looks not in before
    assert looks in prompt_sent(stage).splitlines()


async def test_what_was_cleared_is_in_no_further_prompt(stage: Stage) -> None:
    await say(stage, hair="grey, long")
    await stage.alice.slash(stage.studio, "appearance clear")

    await stage.start()

    assert "grey" not in prompt_sent(stage)


async def test_the_looks_of_a_member_are_nobody_elses(stage: Stage) -> None:
    await say(stage, hair="grey, long")

    await stage.start(stage.bob)
    await stage.bob.slash(stage.studio, "appearance clear")

    assert "grey" not in prompt_sent(stage)
    assert await known(stage) == Appearance(hair="grey, long")


async def test_a_stranger_sees_nothing_of_it_in_the_second_modal(stage: Stage) -> None:
    await say_more(stage, await say(stage, hair="grey"), style="plain")
    answer = await say(stage, hair="grey")
    assert answer.response is not None

    strangers = await forged_click(stage.bob, answer.response, MORE)

    assert fields(strangers) == {"style": None, "anything_else": None}


async def test_who_is_blocked_by_now_is_told_so_before_they_fill_in_the_second_modal(stage: Stage) -> None:
    first = await say(stage, hair="grey")
    assert first.response is not None
    await stage.mona.slash(stage.studio, "identity-admin block", user=stage.alice, reason="spam")

    refused = await stage.alice.click(first.response, custom_id=MORE)

    assert refused.modal is None
    assert "has blocked you from using me: spam" in said(refused)


async def test_the_second_modal_can_be_opened_hours_later_and_after_a_restart(stage: Stage) -> None:
    first = await say(stage, hair="grey")
    stage.env.backend.advance_clock(8 * 3600)
    await stage.restart()

    await say_more(stage, first, style="plain")

    assert await known(stage) == Appearance(hair="grey", style="plain")


async def test_markdown_and_mentions_in_looks_take_no_effect(stage: Stage) -> None:
    await say(stage, hair="**@everyone** <@&1>\u202e")

    assert await shown(stage) == "**Hair**: \\*\\*@\u200beveryone\\*\\* \\<@\u200b&1\\>"
