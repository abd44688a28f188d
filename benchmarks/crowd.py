"""Many chats at once, each with a long history: the bot, and a client that only moves the same bytes."""

from __future__ import annotations

import asyncio
import json
import time
from base64 import b64encode, urlsafe_b64encode
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from urllib.parse import urlsplit

from benchmarks.many_chats import Chat, write_chat
from benchmarks.service import FOUR_K, Service
from bot.demo.local_gemini.signatures import sign_picture
from bot.domain import Picture, Place

CHATS = 32
HISTORY_BYTES = 60_000_000


def history(picture: bytes) -> list[Picture]:
    """Pictures of `HISTORY_BYTES` or a little more, no two the same."""
    count = -(-HISTORY_BYTES // len(picture))
    return [Picture(picture + bytes([number]), "image/jpeg", 5504, 3072) for number in range(count)]


async def through_the_bot(url: str, file: Path, pictures: Sequence[Picture]) -> float:
    """Seconds until Discord has the last file, of an edit in each chat."""
    async with _filled(url, file, pictures) as service:
        began = time.perf_counter()
        await asyncio.gather(*(service.posted(2, user_id) for user_id in range(1, CHATS + 1)))
        return time.perf_counter() - began


@asynccontextmanager
async def _filled(url: str, file: Path, pictures: Sequence[Picture]) -> AsyncIterator[Service]:
    async with Service(url, file, concurrency=CHATS) as service:
        for user_id in range(1, CHATS + 1):
            newest = user_id * 1_000_000
            chat = Chat(user_id, Place(1, 2, user_id), prompt_id=newest, picture_id=newest + 1)
            async with service.database.transaction() as repos:
                await write_chat(repos, chat, FOUR_K, pictures)
        yield service


async def by_a_bare_client(url: str, pictures: Sequence[Picture]) -> float:
    """Seconds for the same requests, made beforehand, one connection each; the answers are read and dropped."""
    body = request_body(pictures)
    began = time.perf_counter()
    await asyncio.gather(*(_exchange(url, body) for _ in range(CHATS)))
    return time.perf_counter() - began


def request_body(pictures: Sequence[Picture]) -> bytes:
    """What the bot sends for an edit after those pictures."""
    contents: list[object] = []
    for picture in pictures:
        blob = {"mimeType": picture.mime_type, "data": b64encode(picture.data).decode()}
        signature = urlsafe_b64encode(sign_picture(picture.data)).decode()
        contents.append({"role": "user", "parts": [{"text": "warmer"}]})
        contents.append({"role": "model", "parts": [{"inlineData": blob, "thoughtSignature": signature}]})
    contents.append({"role": "user", "parts": [{"text": "warmer"}]})
    image = {"aspectRatio": FOUR_K.aspect_ratio, "imageSize": FOUR_K.image_size}
    config = {"responseModalities": ["TEXT", "IMAGE"], "imageConfig": image}
    return json.dumps({"contents": contents, "generationConfig": config}).encode()


async def _exchange(url: str, body: bytes) -> None:
    address = urlsplit(url)
    reader, writer = await asyncio.open_connection(address.hostname, address.port, limit=1 << 20)
    writer.write(
        f"POST /v1beta/models/{FOUR_K.model}:generateContent HTTP/1.1\r\nHost: gemini\r\nx-goog-api-key: a-key\r\n"
        f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\nConnection: close\r\n\r\n".encode()
    )
    for start in range(0, len(body), 1 << 20):
        writer.write(body[start : start + (1 << 20)])
        await writer.drain()
    status = await reader.readline()
    if b" 200 " not in status:
        raise RuntimeError(f"Gemini answered {status!r}")
    while await reader.read(1 << 20):
        pass
    writer.close()
    await writer.wait_closed()
