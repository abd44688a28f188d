"""Every command and option says what it is for, within what Discord takes."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from stage import Stage, photo

MOST_CHARACTERS = 8000
"""Of a command with all that is below it: names, descriptions and the values of choices."""


@pytest.fixture
def commands(stage: Stage) -> list[dict[str, Any]]:
    """As they are sent to Discord."""
    return [each.to_dict(stage.bot.tree) for each in stage.bot.tree.get_commands()]


def described(command: dict[str, Any], path: str = "") -> Iterator[tuple[str, dict[str, Any]]]:
    """The command or option and all below it, each with its path."""
    path = f"{path} {command['name']}".strip()
    yield path, command
    for option in command.get("options", []):
        yield from described(option, path)


def characters(command: dict[str, Any]) -> int:
    return sum(
        len(each["name"])
        + len(each.get("description", ""))
        + sum(len(choice["name"]) + len(str(choice["value"])) for choice in each.get("choices", []))
        for _, each in described(command)
    )


async def test_every_command_and_option_has_a_description_that_fits(commands: list[dict[str, Any]]) -> None:
    slash = [each for each in commands if each["type"] == 1]

    for path, each in (found for command in slash for found in described(command)):
        assert 10 <= len(each["description"]) <= 100, path
        assert " " in each["description"], path


async def test_no_two_options_of_a_command_and_no_two_commands_say_the_same(commands: list[dict[str, Any]]) -> None:
    siblings = {"": commands} | {
        path: each["options"] for command in commands for path, each in described(command) if each.get("options")
    }

    for path, together in siblings.items():
        said = [each["description"] for each in together if each.get("description")]
        assert len(said) == len(set(said)), path


async def test_names_fit_and_each_command_stays_below_what_discord_takes(commands: list[dict[str, Any]]) -> None:
    for command in commands:
        assert 1 <= len(command["name"]) <= 32
        assert characters(command) <= MOST_CHARACTERS
    for kind, most in ((2, 5), (3, 5)):
        assert sum(each["type"] == kind for each in commands) <= most


# --- suggestions ---------------------------------------------------------------------------------


async def suggested(stage: Stage, typed: str = "") -> list[str]:
    choices = await stage.alice.autocomplete(stage.studio, "identity continue", "prompt", typed)
    assert all(choice["name"] == choice["value"] for choice in choices)
    return [choice["value"] for choice in choices]


async def test_recent_prompts_are_suggested_the_latest_first_each_once(stage: Stage) -> None:
    await stage.start(instructions="on a rooftop")
    for prompt in ("make it warmer", "add a hat", "make it warmer"):
        await stage.alice.send(stage.thread, prompt)

    assert await suggested(stage) == ["make it warmer", "add a hat"]
    assert await suggested(stage, "HAT") == ["add a hat"]


async def test_only_words_of_ones_own_that_fit_are_suggested(stage: Stage) -> None:
    await stage.start()
    await stage.start(stage.bob)
    await stage.bob.send(stage.thread, "bob's prompt")
    await stage.mona.slash(stage.studio, "identity-admin continue", user=stage.alice, prompt="mona's prompt")
    await stage.alice.slash(stage.studio, "identity continue", prompt="x" * 101)
    await stage.alice.send(stage.studio.threads[0], attachments=[("hat.png", photo())])

    assert await suggested(stage) == []
