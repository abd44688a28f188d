"""The turns of a request: read, and checked the way Gemini checks a history."""

from __future__ import annotations

import io
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from PIL import Image, UnidentifiedImageError

from bot.demo.local_gemini.replies import Refusal, missing_signature
from bot.demo.local_gemini.signatures import is_signature_of_picture, is_signature_of_text
from bot.demo.local_gemini.wire import decode_base64, read_bytes, read_list, read_object

_CONTENT_FIELDS = frozenset({"role", "parts"})
_PART_FIELDS = frozenset({"text", "inlineData", "thought", "thoughtSignature"})
_BLOB_FIELDS = frozenset({"data", "mimeType", "displayName"})

PICTURE_TYPES = ("image/png", "image/jpeg", "image/webp")
"""Gemini takes HEIC and HEIF as well, which Pillow alone cannot open."""

UNREADABLE = (
    "Unable to process input image. Please retry or report in "
    "https://developers.generativeai.google/guide/troubleshooting"
)

DAMAGED = (OSError, SyntaxError, ValueError, Image.DecompressionBombError, Image.DecompressionBombWarning)
"""What Pillow raises for a file that is no picture, or too large a one."""


@dataclass(frozen=True)
class InlinePicture:
    data: bytes
    mime_type: str


@dataclass(frozen=True)
class Part:
    """Either `text` or `picture`. `signature` is b"" when it was sent but is not base64."""

    text: str | None
    picture: InlinePicture | None
    thought: bool
    signature: bytes | None


@dataclass(frozen=True)
class Content:
    """One turn."""

    role: str
    parts: tuple[Part, ...]

    @cached_property
    def pictures(self) -> tuple[InlinePicture, ...]:
        """Thoughts left out."""
        return tuple(part.picture for part in self.parts if part.picture is not None and not part.thought)

    @cached_property
    def text(self) -> str:
        """Thoughts left out."""
        return "\n".join(part.text for part in self.parts if part.text is not None and not part.thought)


def read_contents(sent: Any) -> tuple[Content, ...]:
    if not sent:
        raise Refusal("* GenerateContentRequest.contents: contents is not specified\n")
    return tuple(_content(content, f"contents[{at}]") for at, content in enumerate(read_list(sent, "contents")))


def check_contents(contents: tuple[Content, ...], max_pictures_per_prompt: int) -> None:
    _check_order(contents)
    for position, content in enumerate(contents, start=1):
        if content.role == "model":
            _check_signatures(content, position)
        else:
            _check_prompt(content, max_pictures_per_prompt)


def picture_dimensions(picture: InlinePicture) -> tuple[int, int]:
    """Width and height in pixels, from the header alone."""
    return open_picture(picture).size


def open_picture(picture: InlinePicture) -> Image.Image:
    """Reads the header; the pixels are decoded when they are used. `Refusal` if this is no such picture."""
    try:
        image = Image.open(io.BytesIO(picture.data))
    except (UnidentifiedImageError, *DAMAGED):
        raise Refusal(UNREADABLE) from None
    if Image.MIME.get(image.format or "") != picture.mime_type:
        raise Refusal(UNREADABLE)
    return image


def _content(sent: Any, path: str) -> Content:
    content = read_object(sent, _CONTENT_FIELDS, path)
    role = content.get("role", "user")
    if role not in ("user", "model"):
        raise Refusal("Please use a valid role: user, model.")
    parts = read_list(content.get("parts", []), f"{path}.parts")
    if not parts:
        raise Refusal(f"* GenerateContentRequest.{path}.parts: contents.parts must not be empty.\n")
    return Content(role, tuple(_part(part, f"{path}.parts[{at}]") for at, part in enumerate(parts)))


def _part(sent: Any, path: str) -> Part:
    part = read_object(sent, _PART_FIELDS, path)
    if ("text" in part) == ("inlineData" in part):
        raise Refusal(
            f"* GenerateContentRequest.{path}.data: required oneof field 'data' must have one initialized field\n"
        )
    signature = part.get("thoughtSignature")
    return Part(
        text=str(part["text"]) if "text" in part else None,
        picture=_blob(part["inlineData"], f"{path}.inline_data") if "inlineData" in part else None,
        thought=part.get("thought") is True,
        signature=(decode_base64(signature) or b"") if signature else None,
    )


def _blob(sent: Any, path: str) -> InlinePicture:
    blob = read_object(sent, _BLOB_FIELDS, path)
    mime_type = str(blob.get("mimeType", ""))
    if mime_type not in PICTURE_TYPES:
        raise Refusal(f"Unsupported MIME type: {mime_type}")
    return InlinePicture(read_bytes(blob.get("data"), f"{path}.data"), mime_type)


def _check_order(contents: tuple[Content, ...]) -> None:
    expected = "user"
    for content in contents:
        if content.role != expected:
            raise Refusal("Please ensure that multiturn requests alternate between user and model.")
        expected = "model" if expected == "user" else "user"
    if contents[-1].role != "user":
        raise Refusal("Please ensure that multiturn requests end with a user turn.")


def _check_signatures(content: Content, content_position: int) -> None:
    first_text = True
    for position, part in enumerate(content.parts, start=1):
        if part.thought:
            continue
        if part.signature is not None:
            _check_signature(part, part.signature)
        elif part.picture is not None:
            raise missing_signature("Image", content_position, position)
        elif first_text and _has_picture(content.parts[position:]):
            raise missing_signature("Text", content_position, position)
        first_text = first_text and part.text is None


def _has_picture(parts: tuple[Part, ...]) -> bool:
    return any(part.picture is not None and not part.thought for part in parts)


def _check_signature(part: Part, signature: bytes) -> None:
    if part.picture is not None:
        genuine = is_signature_of_picture(signature, part.picture.data)
    else:
        genuine = is_signature_of_text(signature, part.text or "")
    if not genuine:
        raise Refusal("Corrupted thought signature.")


def _check_prompt(content: Content, max_pictures: int) -> None:
    pictures = content.pictures
    if len(pictures) > max_pictures:
        raise Refusal(f"Too many images in the prompt: {len(pictures)}, at most {max_pictures} are supported.")
    for picture in pictures:
        open_picture(picture)
