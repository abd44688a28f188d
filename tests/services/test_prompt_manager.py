"""What Gemini is told."""

from __future__ import annotations

import pytest

from bot.domain import Appearance, Identity
from bot.services.prompt_manager import PromptManager


def prompt(
    name: str = "The Artist",
    description: str = "paints all day",
    appearance: Appearance | None = None,
    instructions: str = "",
) -> str:
    identity = Identity(id=1, user_id=2, name=name, description=description)
    return PromptManager().create_image_generation_prompt(identity, appearance, instructions)


def test_the_identity_stands_on_lines_of_its_own() -> None:
    lines = prompt().splitlines()

    assert "Identity: The Artist" in lines
    assert "What this identity is like: paints all day" in lines


def test_the_prompt_asks_for_the_person_of_the_photos_to_be_recognisable() -> None:
    assert "reference photos" in prompt()
    assert "Keep the person recognisable" in prompt()


def test_without_looks_and_instructions_nothing_is_said_of_them() -> None:
    assert "looks" not in prompt()
    assert "wanted this time" not in prompt()
    assert prompt(appearance=Appearance()) == prompt()


def test_only_the_looks_that_were_said_are_told() -> None:
    lines = prompt(appearance=Appearance(hair="grey, long", anything_else="a scar")).splitlines()

    assert "What the person says of their looks: hair: grey, long; also: a scar" in lines


def test_every_field_of_the_looks_is_told() -> None:
    looks = Appearance("forties", "tall", "grey", "green", "olive", "plain", "a scar")

    told = prompt(appearance=looks)

    assert "age: forties; build: tall; hair: grey; eyes: green; skin tone: olive; style: plain; also: a scar" in told


def test_instructions_stand_on_a_line_of_their_own() -> None:
    lines = prompt(appearance=Appearance(hair="grey"), instructions="at the sea").splitlines()

    assert "What is wanted this time: at the sea" in lines
    assert "What the person says of their looks: hair: grey" in lines


@pytest.mark.parametrize(
    "text", ["$name", "${description}", "$", "$$", "{name}", "{0} {}", "100% %s", "\\1", "The $5 Man"]
)
def test_what_people_write_is_taken_as_it_is(text: str) -> None:
    lines = prompt(text, text, Appearance(hair=text), text).splitlines()

    assert f"Identity: {text}" in lines
    assert f"What this identity is like: {text}" in lines
    assert f"What the person says of their looks: hair: {text}" in lines
    assert f"What is wanted this time: {text}" in lines


def test_no_blank_is_left_unfilled_and_no_edge_untrimmed() -> None:
    assert "$" not in prompt(appearance=Appearance(hair="grey"), instructions="at the sea")
    assert prompt() == prompt().strip()


def test_the_words_beside_photos_are_there() -> None:
    prompts = PromptManager()

    assert "attached photos" in prompts.photos_only
    assert "same person" in prompts.added_photos
    assert prompts.photos_only == prompts.photos_only.strip()
    assert prompts.added_photos == prompts.added_photos.strip()
