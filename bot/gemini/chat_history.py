"""The stored form of a chat's contents, and how much of it is sent.

Stored is JSON that names pictures by hash instead of holding them: `{"role": "user", "parts": [{"text": "warmer"},
{"inline_data": {"mime_type": "image/jpeg", "sha256": "..."}}]}`. All else of a part stays as Gemini sent it, its
thought signature above all: Gemini refuses a history in which one is missing or on another part.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

import structlog
from google.genai import types

from bot.domain import Picture, StoredContent

log = structlog.get_logger(__name__)


@dataclass(frozen=True)
class SerializedHistory:
    """`contents` is JSON; `blobs` holds the bytes that it names, by sha256."""

    contents: list[StoredContent]
    blobs: dict[str, bytes] = field(repr=False)


def _sha256(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def serialize_chat_history(
    history: Iterable[types.Content], name: Callable[[bytes], str] = _sha256
) -> SerializedHistory:
    """Takes the pictures out of the contents. Thought parts are left out: Gemini neither needs nor wants them.

    `name` is what a picture's sha256 is known by, where its place is taken by something shorter.
    """
    blobs: dict[str, bytes] = {}
    contents = [_stored(content, blobs, name) for content in history]
    return SerializedHistory(contents=contents, blobs=blobs)


def deserialize_chat_history(contents: Iterable[StoredContent], blobs: Mapping[str, bytes]) -> list[types.Content]:
    """Puts the pictures back. Raises KeyError when `blobs` lacks one that is named."""
    return [
        types.Content(role=content["role"], parts=[_part(part, blobs) for part in content["parts"]])
        for content in contents
    ]


def user_content(text: str, photos: Sequence[Picture]) -> StoredContent:
    """A prompt as it is stored: its text, then its photos."""
    parts: list[dict[str, object]] = [{"text": text}] if text else []
    return {
        "role": "user",
        "parts": parts + [picture_part(photo.mime_type, photo.sha256) for photo in photos],
    }


def with_text(content: StoredContent, text: str) -> StoredContent:
    """A user's content with other words and the same photos."""
    return {**content, "parts": [{"text": text}, *(part for part in content["parts"] if "text" not in part)]}


def picture_part(mime_type: str, sha256: str) -> dict[str, object]:
    """A picture as a stored part without a signature: one of the user's."""
    return {"inline_data": {"mime_type": mime_type, "sha256": sha256}}


def _stored(content: types.Content, blobs: dict[str, bytes], name: Callable[[bytes], str]) -> StoredContent:
    parts = [_stored_part(part, blobs, name) for part in content.parts or [] if not part.thought]
    return {"role": content.role, "parts": parts}


def _stored_part(part: types.Part, blobs: dict[str, bytes], name: Callable[[bytes], str]) -> dict[str, object]:
    blob = part.inline_data
    if blob is None or blob.data is None:
        return part.to_json_dict()
    sha256 = name(blob.data)
    blobs[sha256] = blob.data
    named = blob.model_copy(update={"data": None}).to_json_dict() | {"sha256": sha256}
    return part.model_copy(update={"inline_data": None}).to_json_dict() | {"inline_data": named}


def _part(stored: Mapping[str, object], blobs: Mapping[str, bytes]) -> types.Part:
    part = types.Part.model_validate(_known_fields(stored))
    if part.inline_data is not None:
        named: Mapping[str, str] = stored["inline_data"]  # type: ignore[assignment]
        part.inline_data.data = blobs[named["sha256"]]
    return part


def _known_fields(stored: Mapping[str, object]) -> dict[str, object]:
    """Leaves out what a newer google-genai stored and this one does not know: it refuses unknown fields."""
    known = {name: value for name, value in stored.items() if name in types.Part.model_fields}
    if len(known) < len(stored):
        log.warning("part fields not known to this google-genai", fields=sorted(stored.keys() - known.keys()))
    blob = known.get("inline_data")
    if isinstance(blob, dict):
        known["inline_data"] = {name: value for name, value in blob.items() if name in types.Blob.model_fields}
    return known
