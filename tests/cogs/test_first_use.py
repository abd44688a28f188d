"""What newcomers are told: once what happens to their photos, five things to try, and the next step everywhere."""

from __future__ import annotations

import re

import pytest
from simcord.results import InteractionResult

from bot.wording import ADD_PHOTOS_MENU, START_MENU, photos_explained
from stage import Stage, photo, said, said_besides

IDENTITY = {"identity": "The Artist", "description": "paints all day"}


async def first_time(stage: Stage, way: str) -> InteractionResult:
    me = ("me.png", photo())
    match way:
        case "add":
            return await stage.alice.slash(stage.studio, "photos add", photo1=me)
        case "start" | "once":
            return await stage.alice.slash(stage.studio, f"identity {way}", photo1=me, **IDENTITY)
        case _:
            message = await stage.bob.send(stage.studio, attachments=[me])
            opened = await stage.alice.context_menu(stage.studio, way, message)
            return await stage.alice.submit_modal(opened, IDENTITY) if opened.modal else opened


@pytest.mark.parametrize("way", ["start", "once", "add", START_MENU, ADD_PHOTOS_MENU])
async def test_what_happens_to_photos_is_said_the_first_time(way: str, stage: Stage) -> None:
    result = await first_time(stage, way)

    assert said_besides(result) == [photos_explained()]
    assert "Google" in photos_explained()
    assert "/privacy delete" in photos_explained()


async def test_it_is_said_once_to_each_also_across_a_restart(stage: Stage) -> None:
    await stage.start()
    again = await first_time(stage, "add")
    await stage.restart()
    later = await first_time(stage, "once")
    other = await stage.start(stage.bob)

    assert said_besides(again) == said_besides(later) == []
    assert said_besides(other) == [photos_explained()]


async def test_it_is_said_again_after_everything_was_deleted(stage: Stage) -> None:
    await stage.start()
    await stage.bot.services.privacy.delete_everything(stage.alice.id)

    result = await stage.start()

    assert said_besides(result) == [photos_explained()]


async def test_it_is_said_the_next_time_when_it_came_too_late(stage: Stage) -> None:
    stage.env.inject_error("POST", "/webhooks/*", status=401, code=50027, times=2)

    first = await first_time(stage, "start")
    second = await first_time(stage, "add")

    assert said_besides(first) == []
    assert said_besides(second) == [photos_explained()]


async def test_nothing_is_explained_when_nothing_was_taken(stage: Stage) -> None:
    result = await stage.alice.slash(stage.studio, "identity start", **IDENTITY)

    assert "at least one photo" in said(result)
    assert said_besides(result) == []


async def test_help_names_five_things_to_try_and_only_commands_that_there_are(stage: Stage) -> None:
    result = await stage.alice.slash(stage.studio, "help")

    assert result.ephemeral
    assert re.findall(r"^(\d)\. ", said(result), re.MULTILINE) == ["1", "2", "3", "4", "5"]
    assert set(re.findall(r"`/([a-z -]+)`", said(result))) <= commands(stage)


NEXT_STEPS = [
    ("identities list", {}, "identities create"),
    ("identities edit", {"name": "The Artist", "new_name": "x"}, "identities create"),
    ("identities delete", {"name": "The Artist"}, "identities create"),
    ("photos list", {}, "photos add"),
    ("photos remove", {}, "photos add"),
    ("appearance show", {}, "appearance set"),
    ("identity show", {}, "identity start"),
    ("identity continue", {"prompt": "warmer"}, "identity start"),
    ("identity undo", {}, "identity start"),
    ("identity redo", {}, "identity start"),
    ("identity again", {}, "identity start"),
    ("identity end", {}, "identity start"),
    ("identity start", IDENTITY, "photos add"),
    ("identity once", IDENTITY, "photos add"),
]


async def test_where_there_is_nothing_yet_the_next_step_is_named(stage: Stage) -> None:
    for command, options, step in NEXT_STEPS:
        result = await stage.alice.slash(stage.studio, command, **options)

        assert f"`/{step}`" in said(result), command
        assert step in commands(stage)


def commands(stage: Stage) -> set[str]:
    return set(stage.alice.user.available_commands())
