"""How much of a chat is sent when it would grow past the request's budget."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from bot.domain import StoredContent, picture_hashes
from bot.gemini.outgoing import base64_size

TurnContents = tuple[StoredContent, StoredContent]
"""What the user sent and what the model answered, of one turn."""

PART_OVERHEAD_BYTES = 4096
"""Allowed for a content's JSON beside its pictures: field names, text, a signature of a kilobyte or two."""


def select_window(
    turns: Sequence[TurnContents], prompt: StoredContent, byte_sizes: Mapping[str, int], budget: int
) -> list[TurnContents]:
    """The turns to send before `prompt` so that the request stays within `budget` bytes.

    Whole turns go, oldest first, but never the first one (the prompt and the reference photos) nor the last (the
    picture to edit): those are sent even when they alone are too much.
    """
    kept = list(turns)
    size = request_bytes([prompt, *_contents(kept)], byte_sizes)
    while size > budget and len(kept) > 2:
        size -= request_bytes(kept.pop(1), byte_sizes)
    return kept


def request_bytes(contents: Iterable[StoredContent], byte_sizes: Mapping[str, int]) -> int:
    """About how many bytes the contents take in a request: base64 is four bytes for three."""
    total = 0
    for content in contents:
        text = sum(len(part.get("text", "").encode()) for part in content["parts"])
        pictures = sum(base64_size(byte_sizes[sha256]) for sha256 in picture_hashes([content]))
        total += PART_OVERHEAD_BYTES + text + pictures
    return total


def _contents(turns: Iterable[TurnContents]) -> Iterable[StoredContent]:
    for user, model in turns:
        yield user
        yield model
