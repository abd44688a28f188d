"""Words in pictures: the palette, and texts cut to what the font can draw and to the room they have."""

from __future__ import annotations

import unicodedata
from bisect import bisect_right
from collections.abc import Sequence
from functools import cache

from PIL import ImageDraw, ImageFont

PAPER, SHADE, INK, FAINT = "#2b2d31", "#3a3c43", "#f2f3f5", "#b5bac1"
LINE, ACCENT = "#5c5f68", "#7c8aff"

LINE_SPACING = 1.3
"""From one line of text to the next, in font sizes."""

_MOST_CHARACTERS = 300
"""Of a text that are looked at: more than any caption has room for."""

_IN_OTHER_LETTERS = str.maketrans({"\u2013": "-", "\u2014": "-", "ß": "ss", "æ": "ae", "ø": "o", "ł": "l", "đ": "d"})
"""What Unicode does not take apart by itself: dashes, and letters that are no base with an accent."""


def text_height(size: int, lines: int = 1) -> int:
    """Pixels that so many lines take."""
    return round(lines * size * LINE_SPACING)


def write(draw: ImageDraw.ImageDraw, at: tuple[float, float], lines: Sequence[str], size: int, colour: str) -> None:
    """Writes lines below each other, the first one's top left at `at`."""
    for number, line in enumerate(lines):
        draw.text((at[0], at[1] + number * size * LINE_SPACING), line, colour, font(size))


def wrapped(text: str, size: int, width: float, most: int) -> list[str]:
    """At most so many lines that are no wider than `width` pixels, the cut marked."""
    rest = drawable(text)
    lines: list[str] = []
    while rest:
        count = _count_that_fits(rest, size, width)
        if len(lines) == most - 1 and count < len(rest):
            room = width - font(size).getlength("…")
            return [*lines, rest[: _count_that_fits(rest, size, room)].rstrip() + "…"]
        if count < len(rest):
            end_of_word = rest.rfind(" ", 1, count + 1)
            count = end_of_word if end_of_word > 0 else max(count, 1)
        lines.append(rest[:count])
        rest = rest[count:].lstrip()
    return lines


def drawable(text: str) -> str:
    """What of a text the font has letters for: accents go, other scripts and emoji as well.

    Empty when that is the lesser part, since what is left would say nothing.
    """
    text = " ".join(text[:_MOST_CHARACTERS].split())
    decomposed = unicodedata.normalize("NFKD", text.translate(_IN_OTHER_LETTERS))
    letters = [each for each in decomposed if not unicodedata.combining(each)]
    kept = "".join(each for each in letters if _has_letter(each))
    return "" if len(kept) * 2 < len(letters) else " ".join(kept.split())


@cache
def font(size: int) -> ImageFont.FreeTypeFont | ImageFont.ImageFont:
    """Pillow's own, which knows little more than English."""
    return ImageFont.load_default(size)


@cache
def _has_letter(character: str) -> bool:
    return character == " " or bytes(font(16).getmask(character)) != bytes(font(16).getmask("\uffff"))


def _count_that_fits(text: str, size: int, width: float) -> int:
    """The characters from the beginning of the text that are no wider than that."""
    return bisect_right(range(1, len(text) + 1), width, key=lambda count: font(size).getlength(text[:count]))
