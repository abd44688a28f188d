"""The HTTP transport of the SDK: pictures travel past it, in pieces, and it handles what is small."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar

import httpx2

from bot.gemini.incoming import Received, without_pictures
from bot.gemini.outgoing import SendablePicture, with_pictures
from bot.memory import give_back

_carried: ContextVar[tuple[Mapping[str, SendablePicture], Received] | None] = ContextVar("carried", default=None)


@contextmanager
def carrying(pictures: Mapping[str, SendablePicture]) -> Iterator[Received]:
    """For the one request made inside the block: what it sends, by sha256, and what comes back, until it ends."""
    received: Received = {}
    token = _carried.set((pictures, received))
    try:
        yield received
    finally:
        _carried.reset(token)
        received.clear()  # the event loop keeps timers that are cancelled for minutes, with all that they could see


class PictureTransport(httpx2.AsyncBaseTransport):
    """Sends by `client`, which knows the proxies and certificates of this machine."""

    def __init__(self, client: httpx2.AsyncClient) -> None:
        self._client = client

    async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
        carried = _carried.get()
        if carried is None:
            return await self._client.send(request, stream=True)
        pictures, received = carried
        response = await self._client.send(with_pictures(request, pictures), stream=True)
        await asyncio.to_thread(give_back)  # what sending took, before the new picture takes as much
        return without_pictures(response, received) if response.is_success else response

    async def aclose(self) -> None:
        await self._client.aclose()
