"""One request as its handler sees it."""

from __future__ import annotations

import json
import re
from collections.abc import Awaitable, Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from aiohttp import content_disposition_filename, parse_content_disposition, web
from aiohttp.helpers import parse_mimetype

from bot.demo.local_discord import errors
from bot.demo.local_discord.events import Json
from bot.demo.local_discord.messages import Draft, Upload
from bot.demo.local_discord.places import MiB, Place
from bot.demo.local_discord.world import World

FILE_FIELD = re.compile(r"files\[(\d+)\]")


@dataclass(slots=True)
class Limits:
    """Limits of the server that a test may move."""

    request_bytes: int = 25 * MiB
    """A whole request."""
    too_large_is_json: bool = False
    """Whether a 413 about the whole request has Discord's JSON; the proxy in front of it answers in HTML."""


@dataclass(slots=True)
class Call:
    request: web.Request
    world: World
    limits: Limits

    def id(self, name: str) -> int:
        """A number in the path."""
        return int(self.request.match_info[name])

    def place(self) -> Place:
        return self.world.place(self.id("channel_id"))

    async def body(self) -> Json:
        body, _uploads = await self.form()
        return body

    async def form(self) -> tuple[Json, list[Upload]]:
        """The JSON and the files of a request, which is read to its end even if it is too large.

        A server that answers 413 early would make the client see a broken connection instead of the answer.
        """
        if self.request.content_type.startswith("multipart/"):
            return await self._multipart()
        raw = b"".join([chunk async for chunk in self.request.content.iter_any()])
        if len(raw) > self.limits.request_bytes:
            raise errors.request_too_large(as_json=self.limits.too_large_is_json)
        return _json(raw), []

    async def _multipart(self) -> tuple[Json, list[Upload]]:
        payload: Json = {}
        files: dict[int, tuple[str, bytes]] = {}
        raw = b"".join([chunk async for chunk in self.request.content.iter_any()])
        for named, data in _parts(raw, self.request.headers["Content-Type"]):
            if named.get("name") == "payload_json":
                payload = _json(data)
            elif found := FILE_FIELD.fullmatch(named.get("name", "")):
                files[int(found[1])] = (content_disposition_filename(named) or "file", data)
        if len(raw) > self.limits.request_bytes:
            raise errors.request_too_large(as_json=self.limits.too_large_is_json)
        return payload, _described(payload.get("data", payload).get("attachments") or [], files)


Handler = Callable[[Call], Awaitable[Any]]
"""Gives what is answered as JSON with 200, or None for an empty 204."""


def draft(body: Json, uploads: list[Upload]) -> Draft:
    """A message from the fields of a request."""
    reference = body.get("message_reference") or {}
    message_id = reference.get("message_id")
    nonce = body.get("nonce")
    return Draft(
        content=body.get("content") or "",
        embeds=body.get("embeds") or [],
        components=body.get("components") or [],
        uploads=uploads,
        flags=body.get("flags") or 0,
        nonce=None if nonce is None else str(nonce),
        enforce_nonce=bool(body.get("enforce_nonce")),
        reply_to=None if message_id is None else int(message_id),
        fail_if_reply_is_unknown=reference.get("fail_if_not_exists", True),
        allowed_mentions=body.get("allowed_mentions"),
    )


def _described(listed: list[Json], files: dict[int, tuple[str, bytes]]) -> list[Upload]:
    descriptions = {str(entry.get("id")): entry.get("description") for entry in listed}
    return [Upload(name, data, descriptions.get(str(index))) for index, (name, data) in sorted(files.items())]


def _parts(raw: bytes, content_type: str) -> Iterator[tuple[Mapping[str, str], bytes]]:
    """The fields of a form, each with the parameters of its Content-Disposition.

    aiohttp's reader of forms warns of its own deprecated calls when a network cuts a file just so.
    """
    boundary = parse_mimetype(content_type).parameters.get("boundary")
    if not boundary:
        raise errors.ApiError(400, 50035, "Invalid Form Body")
    for part in raw.split(b"--" + boundary.encode())[1:-1]:
        head, _, data = part.partition(b"\r\n\r\n")
        for line in head.decode("utf-8", "surrogateescape").split("\r\n"):
            if line.lower().startswith("content-disposition:"):
                yield parse_content_disposition(line.partition(":")[2].strip())[1], data.removesuffix(b"\r\n")


def _json(raw: bytes) -> Json:
    try:
        parsed = json.loads(raw or b"{}")
    except ValueError:
        raise errors.ApiError(400, 50109, "The request body contains invalid JSON.") from None
    return parsed if isinstance(parsed, dict) else {"list": parsed}
