"""The HTTP transport of the SDK: pictures travel past it, in pieces, and it handles what is small."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterable, Iterator, Mapping
from contextlib import closing, contextmanager
from contextvars import ContextVar
from threading import Thread

import httpx2

from bot.gemini.exchange import Exchange
from bot.gemini.incoming import Received, without_pictures
from bot.gemini.outgoing import SendablePicture, with_pictures
from bot.memory import give_back

_carried: ContextVar[tuple[Mapping[str, SendablePicture], Received] | None] = ContextVar("carried", default=None)


@contextmanager
def carrying(pictures: Mapping[str, SendablePicture]) -> Iterator[Received]:
    """For the one request made inside the block: what it sends, by sha256, and what comes back, until it ends."""
    received: Received = {}
    sent = dict(pictures)
    token = _carried.set((sent, received))
    try:
        yield received
    finally:
        _carried.reset(token)
        sent.clear()
        received.clear()  # the event loop keeps timers that are cancelled for minutes, with all that they could see


class PictureTransport(httpx2.AsyncBaseTransport):
    """Sends by clients that know the proxies and certificates of this machine: with pictures by `blocking`.

    `timeouts` are of requests with pictures; for all others those hold with which the SDK sends them.
    """

    def __init__(self, client: httpx2.AsyncClient, blocking: httpx2.Client, timeouts: httpx2.Timeout) -> None:
        self._client = client
        self._blocking = blocking
        self._timeouts = timeouts
        self._threads: set[Thread] = set()

    async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
        carried = _carried.get()
        if carried is None:
            return await self._client.send(request, stream=True)
        pictures, received = carried
        streamed = with_pictures(request, pictures)
        exchange = Exchange(lambda: self._exchanged(streamed, received))
        streamed.extensions = {"timeout": self._timeouts.as_dict(), "trace": exchange.trace}
        self._threads = {exchange.thread, *filter(Thread.is_alive, self._threads)}
        return await exchange.response()

    def _exchanged(self, request: httpx2.Request, received: Received) -> httpx2.Response:
        with closing(self._blocking.send(request, stream=True)) as response:
            give_back()  # what sending took, before the new picture takes as much
            content = without_pictures(response, received) if response.is_success else response.read()
        headers = [each for each in response.headers.multi_items() if each[0] not in _OF_THE_WIRE]
        return httpx2.Response(response.status_code, headers=headers, content=content)

    async def aclose(self) -> None:
        await asyncio.to_thread(_await_end, self._threads)
        await self._client.aclose()
        self._blocking.close()


def _await_end(threads: Iterable[Thread]) -> None:
    """Those of exchanges that were given up need a moment, and more than a moment only where they still connect."""
    deadline = time.monotonic() + _LEAVING_SECONDS
    for thread in filter(Thread.is_alive, threads):
        thread.join(max(0, deadline - time.monotonic()))


_LEAVING_SECONDS = 1

_OF_THE_WIRE = ("content-length", "content-encoding", "transfer-encoding")
"""Headers that say how the body came, which the SDK gets unpacked and in one piece."""
