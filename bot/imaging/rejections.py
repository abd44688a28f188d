"""What people read about a photo that cannot be used."""

from __future__ import annotations

import unicodedata

from bot.errors import UnusablePhoto

_ACCEPTED = "a JPEG, PNG, WebP, GIF, HEIC or AVIF picture"

_SHOWN_NAME_LENGTH = 60
"""Characters of a file's name in a sentence."""


def empty(name: str) -> UnusablePhoto:
    return UnusablePhoto(name, f"{shown_name(name)} is empty. Please attach it again.")


def too_many_bytes(name: str, limit: int) -> UnusablePhoto:
    return UnusablePhoto(
        name,
        f"{shown_name(name)} is too big a file. Please send one of at most {limit // 2**20} MB;"
        " a screenshot of the photo will do.",
    )


def too_many_pixels(name: str, limit: int) -> UnusablePhoto:
    return UnusablePhoto(
        name,
        f"{shown_name(name)} has too many pixels. Please send it smaller, with at most"
        f" {limit // 1_000_000} megapixels; a screenshot of the photo will do.",
    )


def too_narrow(name: str, min_edge: int) -> UnusablePhoto:
    return UnusablePhoto(
        name,
        f"{shown_name(name)} is too small or too narrow to show anyone. Please send a photo that is"
        f" well over {min_edge} pixels wide and high.",
    )


def not_a_picture(name: str) -> UnusablePhoto:
    return UnusablePhoto(
        name,
        f"I can't open {shown_name(name)} as a picture. Please send {_ACCEPTED};"
        " if it is one, it may be cut off, so attach it again.",
    )


def damaged(name: str) -> UnusablePhoto:
    return UnusablePhoto(
        name,
        f"{shown_name(name)} is damaged or cut off. Please attach it again, or send another photo.",
    )


def shown_name(name: str) -> str:
    """A stranger's file name as inline code, where Discord takes neither markdown nor mentions from it."""
    visible = "".join(_shown_character(character) for character in name).strip()
    if len(visible) > _SHOWN_NAME_LENGTH:
        visible = visible[: _SHOWN_NAME_LENGTH - 1] + "…"
    return f"`{visible}`" if visible else "A file without a name"


def _shown_character(character: str) -> str:
    if character == "`":
        return "'"
    if character == "@":
        return "\N{FULLWIDTH COMMERCIAL AT}"
    if unicodedata.category(character)[0] in "CZ":  # control, formatting (text direction), line ends, spaces
        return " "
    return character
