"""Text of strangers: cleaned on its way in, made safe on its way into a sentence."""

from __future__ import annotations

import re
import unicodedata
from math import ceil

INVISIBLE = dict.fromkeys(map(ord, "\u200b\u2060\ufeff\u00ad"))
"""Characters without width or meaning. The joiners U+200C and U+200D stay: scripts and emoji need them."""

DIRECTION = dict.fromkeys([*range(0x202A, 0x202F), *range(0x2066, 0x206A)])
"""Marks that turn the direction of what follows: left in a name they would garble the sentence around it."""

MESSAGE_LENGTH = 2000
"""Characters that Discord takes in one message."""

MARKDOWN = re.compile(r"([\\*_~`|<>\[\]()#:\-])")


def clean_text(text: str) -> str:
    """A prompt or description: trimmed, without control characters; empty when nothing in it can be seen."""
    kept = "".join(each for each in text if each in "\n\t" or unicodedata.category(each) != "Cc")
    kept = unicodedata.normalize("NFC", kept.translate(INVISIBLE)).strip()
    return kept if _visible(kept) else ""


def clean_name(text: str) -> str:
    """A name: as `clean_text`, on one line, single spaces, read in its own direction."""
    kept = clean_text(" ".join(text.split()).translate(DIRECTION))
    return " ".join(kept.split())  # once more: what was invisible may have stood between two spaces


def without_spaces(text: str) -> str:
    return "".join(text.split())


def plain(text: str) -> str:
    """Made safe inside a sentence on one line: no markdown, link or mention in it takes effect."""
    return MARKDOWN.sub(r"\\\1", " ".join(text.split())).replace("@", "@\u200b")


def for_terminal(sentence: str) -> str:
    """Without Discord's escapes, which say nothing there."""
    return sentence.replace("\\", "")


def as_message(text: str) -> str:
    """Cut to what Discord takes as one message."""
    return shorten(text, MESSAGE_LENGTH)


def shorten(text: str, most: int) -> str:
    """At most that many characters, the cut marked."""
    return text if len(text) <= most else text[: most - 1].rstrip() + "…"


def duration(seconds: float) -> str:
    """About how long, as people say it: "45 seconds", "2 minutes", "3 hours"; never less than it is."""
    for unit, size, threshold in (("hour", 3600, 7200), ("minute", 60, 90)):
        if seconds >= threshold:
            return _counted(ceil(seconds / size), unit)
    return _counted(max(1, ceil(seconds)), "second")


def _counted(count: int, unit: str) -> str:
    return f"{count} {unit}" if count == 1 else f"{count} {unit}s"


def _visible(text: str) -> bool:
    """Whether anything in it is neither space nor format; Hangul fillers and blank Braille look like space, too."""
    return any(
        unicodedata.category(each) not in ("Cf", "Zs", "Zl", "Zp", "Cc", "Mn")
        and each not in "\u115f\u1160\u3164\uffa0\u2800"
        for each in text
    )
