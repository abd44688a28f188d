"""What the server remembers of a request, for tests and for the page that shows it."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from typing import Any

from bot.demo.local_gemini.wire import as_object, decode_base64, without_snake_case


@dataclass(frozen=True)
class ReceivedRequest:
    """One generate request, in the order of arrival.

    `contents` are as they were sent (keys in camel case), except that each inlineData is
    `{"mimeType", "sha256", "size"}`, the size in bytes of the picture. `image_config` is as it was sent, {}
    when there was none. `status` is the HTTP code of the answer; None while there is none, and for good when
    the connection was dropped or the client went away.
    """

    model: str
    api_version: str
    body_size: int
    image_config: dict[str, Any] = field(default_factory=dict)
    response_modalities: tuple[str, ...] = ()
    contents: tuple[dict[str, Any], ...] = ()
    status: int | None = None


def summarise(model: str, api_version: str, body_size: int, body: Any) -> ReceivedRequest:
    """Takes any JSON, however wrong it is as a request."""
    request = without_snake_case(as_object(body))
    config = without_snake_case(as_object(request.get("generationConfig")))
    modalities = config.get("responseModalities")
    contents = request.get("contents")
    return ReceivedRequest(
        model=model,
        api_version=api_version,
        body_size=body_size,
        image_config=as_object(config.get("imageConfig")),
        response_modalities=tuple(modalities) if isinstance(modalities, list) else (),
        contents=tuple(map(_content, contents)) if isinstance(contents, list) else (),
    )


def _content(sent: Any) -> dict[str, Any]:
    content = as_object(sent)
    parts = content.get("parts")
    return {**content, "parts": [_part(part) for part in parts] if isinstance(parts, list) else []}


def _part(sent: Any) -> dict[str, Any]:
    part = without_snake_case(as_object(sent))
    if "inlineData" in part:
        blob = without_snake_case(as_object(part["inlineData"]))
        picture = decode_base64(blob.get("data")) or b""
        part["inlineData"] = {
            "mimeType": blob.get("mimeType"),
            "sha256": hashlib.sha256(picture).hexdigest(),
            "size": len(picture),
        }
    return part
