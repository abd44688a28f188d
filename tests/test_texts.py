"""Text of strangers, cleaned and made safe."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.texts import clean_name, clean_text, duration, plain, shorten

BLANK = ["", "   ", "\n\t\r", "\u200b\u2060\ufeff\u00ad", "\u200d\u200c", "\u202e", "\u3164", "\u2800\u115f", "\u0301"]


@pytest.mark.parametrize("blank", BLANK)
def test_text_that_shows_nothing_is_empty(blank: str) -> None:
    assert clean_text(blank) == ""
    assert clean_name(blank) == ""


def test_a_text_is_trimmed_and_keeps_its_lines() -> None:
    assert clean_text("  make it warmer\n\n\tand brighter \u200b\n") == "make it warmer\n\n\tand brighter"


def test_control_characters_leave_a_text() -> None:
    assert clean_text("war\x00m\x1b[31mer\x7f") == "warm[31mer"


def test_the_two_ways_to_write_an_accent_become_one() -> None:
    assert clean_name("Ame\u0301lie") == clean_name("Am\u00e9lie") == "Am\u00e9lie"


@pytest.mark.parametrize("text", ["👩‍🎨 the artist", "می‌خواهم", "नमस्ते"])
def test_scripts_and_emoji_keep_what_joins_them(text: str) -> None:
    assert clean_text(text) == text
    assert clean_name(text) == text


@pytest.mark.parametrize(
    "typed",
    [
        "The Artist",
        " The \n Artist ",
        "The\u200b Artist",
        "The \u200b Artist",
        "\u202eThe \u2066Artist\u2069",
        "The\u3000Artist",
    ],
)
def test_names_that_look_alike_are_the_same(typed: str) -> None:
    assert clean_name(typed) == "The Artist"


def test_a_right_to_left_name_keeps_its_letters() -> None:
    assert clean_name("\u202bتصميم\u202c") == "تصميم"


@settings(max_examples=50, deadline=None)  # st.text() draws from the same, and takes seconds to find out which
@given(st.text(st.characters(exclude_categories=["Cs"])))
def test_a_clean_name_is_on_one_line_and_clean_already(text: str) -> None:
    name = clean_name(text)

    assert clean_name(name) == name
    assert name == " ".join(name.split())
    assert not [each for each in name if unicodedata.category(each) == "Cc"]


@pytest.mark.parametrize(
    ("text", "safe"),
    [
        ("**bold** __under__ ~~gone~~", r"\*\*bold\*\* \_\_under\_\_ \~\~gone\~\~"),
        ("`code` ||spoiler||", r"\`code\` \|\|spoiler\|\|"),
        ("[here](https://evil.example)", r"\[here\]\(https\://evil.example\)"),
        ("# loud\n> quote\n- item", r"\# loud \> quote \- item"),
        ("@everyone and @here", "@\u200beveryone and @\u200bhere"),
        ("<@1> <#2> <:smile:3>", "\\<@\u200b1\\> \\<\\#2\\> \\<\\:smile\\:3\\>"),
        (r"back\*slash", r"back\\\*slash"),
        ("The Artist", "The Artist"),
    ],
)
def test_nothing_in_plain_text_takes_effect(text: str, safe: str) -> None:
    assert plain(text) == safe


def test_a_text_is_shortened_to_exactly_what_is_allowed() -> None:
    assert shorten("12345", 5) == "12345"
    assert shorten("123456", 5) == "1234…"
    assert shorten("123 567", 5) == "123…"


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (0, "1 second"),
        (0.4, "1 second"),
        (1.2, "2 seconds"),
        (45.837906927, "46 seconds"),
        (90, "2 minutes"),
        (120, "2 minutes"),
        (120.5, "3 minutes"),
        (7199, "120 minutes"),
        (7200, "2 hours"),
        (7200.1, "3 hours"),
    ],
)
def test_a_duration_is_never_less_than_it_is(seconds: float, words: str) -> None:
    assert duration(seconds) == words
