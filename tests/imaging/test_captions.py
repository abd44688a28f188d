"""Words in pictures, cut to what the font can draw and to the room they have."""

from __future__ import annotations

import pytest

from bot.imaging.captions import drawable, font, wrapped


@pytest.mark.parametrize(
    ("text", "drawn"),
    [
        ("make it  warmer\nplease", "make it warmer please"),
        ("wärmer — für Łukasz, à la Straße", "warmer - fur ukasz, a la Strasse"),
        ("a hat 🎩 please", "a hat please"),
        ("сделай теплее", ""),
        ("もっと暖かく", ""),
        ("أدفأ", ""),
        ("😀😀😀", ""),
        ("", ""),
    ],
)
def test_only_what_the_font_has_letters_for_is_drawn(text: str, drawn: str) -> None:
    assert drawable(text) == drawn


def test_lines_break_between_words_and_none_is_too_wide() -> None:
    text = "put a lighthouse far behind me, where the coast bends"

    lines = wrapped(text, 20, 200, 5)

    assert " ".join(lines) == text
    assert len(lines) == 3
    assert max(font(20).getlength(line) for line in lines) <= 200


def test_what_has_no_room_is_cut_and_the_cut_marked() -> None:
    lines = wrapped("warmer " * 1000, 20, 200, 2)

    assert len(lines) == 2
    assert lines[1].endswith("warm…") or lines[1].endswith("…")
    assert max(font(20).getlength(line) for line in lines) <= 200


def test_a_word_wider_than_the_room_is_broken() -> None:
    lines = wrapped("w" * 30, 20, 200, 9)

    assert "".join(lines) == "w" * 30
    assert max(font(20).getlength(line) for line in lines) <= 200
