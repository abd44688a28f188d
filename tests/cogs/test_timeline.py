"""Looking back at a chat's versions, as members live through it."""

from __future__ import annotations

import asyncio
from io import BytesIO
from typing import Any

import discord
import pytest
from PIL import Image
from simcord.results import InteractionResult, ResponseMessage
from sqlalchemy import insert, select

from bot.errors import StillDrawing
from bot.imaging.timeline import MOST_NODES
from cogs.timeline import MENU_ID, MOST_OPTIONS, version_menu
from stage import Stage, bot_messages, meanwhile, own, pictures, said, until
from storage.tables import TurnRow


async def four_versions(stage: Stage) -> None:
    """v2 and v4 made from v1, v3 from v2; v4 is the head."""
    await stage.start()
    await stage.alice.send(stage.thread, "make it warmer")
    await stage.alice.send(stage.thread, "in blue")
    await stage.alice.send(stage.thread, "add a hat", reply_to=pictures(stage.thread)[0])


async def many_versions(stage: Stage, count: int) -> None:
    """A chat of so many versions, each made from the one before, that all look like the first."""
    await stage.start()
    async with stage.database.transaction() as repos:
        connection = repos.turns._connection
        first = (await connection.execute(select(TurnRow).where(TurnRow.id == 1))).one()
        for n in range(2, count + 1):
            own = {"id": n, "version": n, "parent_id": n - 1, "source_id": n, "prompt": f"prompt {n}"}
            await connection.execute(insert(TurnRow), first._asdict() | own)


def shown(result: InteractionResult) -> ResponseMessage:
    """The private message that a command was answered with."""
    assert result.ephemeral
    assert result.response is not None
    return result.response


def options(message: ResponseMessage) -> list[dict[str, Any]]:
    """Those of the menu below a timeline."""
    (menu,) = message.components[0]["components"]
    return list(menu["options"])


async def pick(stage: Stage, timeline: ResponseMessage, label: str) -> InteractionResult:
    """Alice picks the version whose label begins so."""
    (value,) = (each["value"] for each in options(timeline) if each["label"].startswith(label))
    return await stage.alice.select(timeline, [value])


async def test_history_shows_all_versions_in_one_picture_that_is_described(stage: Stage) -> None:
    await four_versions(stage)

    timeline = shown(await stage.alice.slash(stage.studio, "identity history"))

    (picture,) = timeline.attachments
    assert "4 versions" in timeline.content
    assert "The next prompt edits **v4**: add a hat" in timeline.content
    assert picture.description is not None
    assert "The next prompt edits v4." in picture.description
    assert "v3 from v2: in blue." in picture.description
    assert "v4 from v1: add a hat." in picture.description
    assert len(bot_messages(stage.thread)) == 4


async def test_the_menu_names_the_versions_newest_first_and_marks_the_head(stage: Stage) -> None:
    await four_versions(stage)

    menu = options(shown(await stage.alice.slash(stage.studio, "identity history")))

    labels = ["v4 · add a hat", "v3 · in blue", "v2 · make it warmer", "v1 · paints all day"]
    assert [each["label"] for each in menu] == labels
    assert [each.get("description") for each in menu] == ["edited next", None, None, None]


async def test_a_version_picked_from_the_menu_is_the_one_that_the_next_prompt_edits(stage: Stage) -> None:
    await four_versions(stage)
    timeline = shown(await stage.alice.slash(stage.studio, "identity history"))

    answer = await pick(stage, timeline, "v3")
    await stage.alice.send(stage.thread, "sepia")

    assert answer.ephemeral
    assert f"edits [v3]({pictures(stage.thread)[2].jump_url})" in said(answer)
    assert len(stage.gemini.requests[-1].contents) == 7, "three prompts and three pictures before this prompt"
    after = shown(await stage.alice.slash(stage.studio, "identity history")).attachments[0]
    assert "v5 from v3: sepia." in (after.description or "")


async def test_the_menu_works_after_a_restart(stage: Stage) -> None:
    await four_versions(stage)
    timeline = shown(await stage.alice.slash(stage.studio, "identity history"))
    await stage.restart()

    assert "[v2]" in said(await pick(stage, timeline, "v2"))


async def test_a_menu_of_a_chat_that_is_over_says_so_and_leaves_the_next_one_alone(stage: Stage) -> None:
    await four_versions(stage)
    timeline = shown(await stage.alice.slash(stage.studio, "identity history"))
    await stage.start(identity="The Sailor")

    assert "chat is over" in said(await pick(stage, timeline, "v2"))
    assert "edits **v1**" in said(await stage.alice.slash(stage.studio, "identity history"))

    await stage.alice.slash(stage.studio, "identity end")
    assert "chat is over" in said(await pick(stage, timeline, "v2"))


async def test_picking_waits_for_a_picture_that_is_being_drawn(stage: Stage) -> None:
    await four_versions(stage)
    timeline = shown(await stage.alice.slash(stage.studio, "identity history"))
    stage.gemini.hold()
    stage.env.backend.create_message(stage.thread.id, stage.alice.id, "sepia")
    await until(lambda: len(stage.gemini.requests) == 5)

    assert "still being drawn" in said(await meanwhile(stage, pick(stage, timeline, "v2")))


async def menu_for_all(stage: Stage) -> discord.Message:
    """Alice's menu where everyone can reach it."""
    channel = stage.bot.get_channel(stage.studio.id)
    assert isinstance(channel, discord.TextChannel)
    return await channel.send(view=version_menu(await stage.bot.services.timeline.of_user(stage.alice.id)))


async def test_a_stranger_cannot_pick_and_a_moderator_can(stage: Stage) -> None:
    await four_versions(stage)
    menu = await menu_for_all(stage)

    refused = await stage.bob.select(menu, ["2"], custom_id=MENU_ID)
    before = said(await stage.alice.slash(stage.studio, "identity history"))
    taken = await stage.mona.select(menu, ["2"], custom_id=MENU_ID)

    assert "Only its owner or a moderator" in said(refused)
    assert "edits **v4**" in before
    assert "[v2]" in said(taken)


async def test_a_long_history_shows_the_newest_versions_and_says_so(stage: Stage) -> None:
    await many_versions(stage, MOST_NODES + 7)

    timeline = shown(await stage.alice.slash(stage.studio, "identity history"))

    assert f"the newest {MOST_NODES} of {MOST_NODES + 7} versions" in timeline.content
    menu = options(timeline)
    assert len(menu) == MOST_OPTIONS
    assert menu[0]["label"] == f"v{MOST_NODES + 7} · prompt {MOST_NODES + 7}"


async def test_history_of_one_version_teaches_the_next_step(stage: Stage) -> None:
    await stage.start()

    timeline = shown(await stage.alice.slash(stage.studio, "identity history"))

    assert "Write in the thread what to change" in timeline.content
    assert len(timeline.attachments) == 1
    assert timeline.components == []


async def test_history_and_compare_without_a_chat_teach_the_first_step(stage: Stage) -> None:
    for command in ("history", "compare"):
        result = await stage.alice.slash(stage.studio, f"identity {command}")

        assert "/identity start" in said(result)


async def test_history_while_the_first_picture_is_drawn_says_to_wait(stage: Stage) -> None:
    stage.gemini.hold()
    starting = asyncio.ensure_future(stage.start())
    await until(lambda: len(stage.gemini.requests) == 1)

    with pytest.raises(StillDrawing):
        await stage.bot.services.timeline.history(own(stage.alice))
    stage.gemini.release()
    await starting


async def test_compare_shows_the_head_beside_the_picture_it_was_made_from(stage: Stage) -> None:
    await four_versions(stage)

    result = shown(await stage.alice.slash(stage.studio, "identity compare"))

    (picture,) = result.attachments
    assert result.content == "Left **v1**, right **v4**."
    assert picture.description == "On the left v1: paints all day\nOn the right v4: add a hat"


async def test_compare_takes_any_two_versions_and_offers_to_go_on_from_either(stage: Stage) -> None:
    await four_versions(stage)

    result = shown(await stage.alice.slash(stage.studio, "identity compare", before=" V3", after="2"))
    answer = await stage.alice.click(result, label="Use v2")

    assert result.content == "Left **v3**, right **v2**."
    assert [each["label"] for each in result.components[0]["components"]] == ["Use v3", "Use v2"]
    assert "[v2]" in said(answer)


async def test_compare_shows_each_picture_on_its_side(stage: Stage) -> None:
    stage.gemini.picture = None  # it draws what is asked for
    await stage.start()
    await stage.alice.send(stage.thread, "in black and white")

    result = shown(await stage.alice.slash(stage.studio, "identity compare"))

    sheet = Image.open(BytesIO(await result.attachments[0].read())).convert("HSV")
    before, after = (sheet.getpixel((sheet.width * quarter // 4, sheet.height * 2 // 5)) for quarter in (1, 3))
    assert isinstance(before, tuple)
    assert isinstance(after, tuple)
    assert before[1] > 150, "the red of the photo"
    assert after[1] < 30, "no colour"
    assert [each["label"] for each in result.components[0]["components"]] == ["Use v1"]


async def test_compare_says_what_is_wrong_with_the_versions(stage: Stage) -> None:
    await stage.start()
    only_one = said(await stage.alice.slash(stage.studio, "identity compare"))
    await stage.alice.send(stage.thread, "warmer")

    assert "There is one version so far" in only_one
    for given, sentence in [
        ({"before": "v9"}, "There is no version “v9”. The versions go from v1 to v2. Pick"),
        ({"after": "a @everyone hat"}, "There is no version “a @\u200beveryone hat”"),
        ({"before": "v2"}, "v2 beside itself"),
        ({"before": "1", "after": "v1"}, "v1 beside itself"),
        ({"after": "v1"}, "v1 was not made from another picture"),
    ]:
        assert sentence in said(await stage.alice.slash(stage.studio, "identity compare", **given))


async def test_versions_are_offered_by_number_and_by_prompt(stage: Stage) -> None:
    await four_versions(stage)

    async def offered(typed: str) -> list[tuple[str, str]]:
        choices = await stage.alice.autocomplete(stage.studio, "identity compare", "before", typed)
        return [(each["name"], each["value"]) for each in choices]

    assert len(await offered("")) == 4
    assert await offered("v3") == [("v3 · in blue", "v3")]
    assert await offered("WARM") == [("v2 · make it warmer", "v2")]
    assert await stage.bob.autocomplete(stage.studio, "identity compare", "after", "") == []
