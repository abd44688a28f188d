"""A plain HTTP client for the local Gemini, and builders of what is sent to it."""

from __future__ import annotations

import base64
import io
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

import aiohttp
from PIL import Image

Json = dict[str, Any]

FLASH = "gemini-3.1-flash-image"


@dataclass
class Conversation:
    """Speaks to the server as plain HTTP, so that a test can send what no SDK would."""

    session: aiohttp.ClientSession
    url: str

    @classmethod
    @asynccontextmanager
    async def with_server(cls, url: str) -> AsyncIterator[Conversation]:
        async with aiohttp.ClientSession() as session:
            yield cls(session, url)

    async def post(
        self,
        body: Any,
        *,
        model: str = FLASH,
        version: str = "v1",
        key: str | None = "any",
        raw: bytes | None = None,
    ) -> tuple[int, Json]:
        headers = {"x-goog-api-key": key} if key else {}
        target = f"{self.url}/{version}/models/{model}:generateContent"
        payload = io.BytesIO(json.dumps(body).encode() if raw is None else raw)
        async with self.session.post(target, headers=headers, data=payload) as response:
            return response.status, await response.json()

    async def refusal(self, body: Any, **options: Any) -> str:
        """The message of a 400 INVALID_ARGUMENT."""
        status, answer = await self.post(body, **options)
        assert (status, answer["error"]["code"], answer["error"]["status"]) == (400, 400, "INVALID_ARGUMENT")
        message: str = answer["error"]["message"]
        return message

    async def picture(self, body: Any, **options: Any) -> tuple[Image.Image, Json]:
        """The final picture and the content that holds it."""
        status, answer = await self.post(body, **options)
        assert status == 200, answer
        content = answer["candidates"][0]["content"]
        return pixels(final_part(content)), content


def text(words: str) -> Json:
    return {"text": words}


def inline(picture: bytes, mime_type: str = "image/png") -> Json:
    return {"inlineData": {"mimeType": mime_type, "data": base64.b64encode(picture).decode()}}


def user(*parts: Json) -> Json:
    return {"role": "user", "parts": list(parts)}


def model(*parts: Json) -> Json:
    return {"role": "model", "parts": list(parts)}


def body(*contents: Json, size: str | None = "512", ratio: str = "16:9", **config: Any) -> Json:
    image = {"aspectRatio": ratio} | ({"imageSize": size} if size else {})
    return {"contents": list(contents), "generationConfig": {"imageConfig": image, **config}}


def photo(color: str = "teal", size: tuple[int, int] = (60, 80), kind: str = "PNG") -> bytes:
    encoded = io.BytesIO()
    Image.new("RGB", size, color).save(encoded, kind)
    return encoded.getvalue()


def final_part(content: Json) -> Json:
    """The last part that is no thought and holds a picture."""
    pictures: list[Json] = [part for part in content["parts"] if "inlineData" in part and not part.get("thought")]
    return pictures[-1]


def pixels(part: Json) -> Image.Image:
    return Image.open(io.BytesIO(base64.b64decode(part["inlineData"]["data"]))).convert("RGB")
