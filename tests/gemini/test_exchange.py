"""One request on a thread of its own: nobody waits for it longer than they want to, and the loop is left alone."""

from __future__ import annotations

import asyncio
import ssl
import threading
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, closing, suppress

import httpx2
import pytest
import trustme

from bot.demo.local_gemini import Fault, LocalGemini
from bot.domain import ImageSettings, Picture
from bot.gemini.chat_history import user_content
from bot.gemini.exchange import Exchange
from bot.gemini.image_service import GeminiImageService
from stage import photo, until

ENDLESS = bytes(1 << 20)


class Body(httpx2.SyncByteStream):
    """More than any socket takes while nobody reads."""

    def __iter__(self) -> Iterator[bytes]:
        while True:
            yield ENDLESS


class SilentServer:
    """Reads `reads` bytes at most, and never answers."""

    def __init__(self, reads: int) -> None:
        self._reads = reads
        self._closing = asyncio.Event()
        self._served: list[asyncio.Task[None] | None] = []
        self.received = 0
        self.url = ""

    @asynccontextmanager
    async def serving(self, certificates: ssl.SSLContext | None) -> AsyncIterator[None]:
        async with await asyncio.start_server(self._serve, "127.0.0.1", 0, ssl=certificates) as server:
            self.url = f"http{'s' if certificates else ''}://127.0.0.1:{server.sockets[0].getsockname()[1]}/"
            yield
            self._closing.set()
            await asyncio.gather(*filter(None, self._served))

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._served.append(asyncio.current_task())
        with closing(writer), suppress(OSError):
            while self.received < self._reads and (data := await reader.read(1 << 16)):
                self.received += len(data)
            await self._closing.wait()
        with suppress(OSError):  # of a connection that was cut
            await writer.wait_closed()


@asynccontextmanager
async def silent(*, reads: int = 1 << 60, certificates: ssl.SSLContext | None = None) -> AsyncIterator[SilentServer]:
    server = SilentServer(reads)
    async with server.serving(certificates):
        yield server


def exchange_with(client: httpx2.Client, url: str, before: Callable[[], object] = int) -> Exchange:
    """A request whose body never ends, sent after `before`."""

    def send() -> httpx2.Response:
        before()
        return client.send(request)

    exchange = Exchange(send)
    request = client.build_request("POST", url, content=Body(), extensions={"trace": exchange.trace})
    return exchange


def threads() -> list[threading.Thread]:
    return [each for each in threading.enumerate() if each.name == "gemini"]


@pytest.mark.parametrize("reads", [1 << 60, 100], ids=["while it sends", "while nobody reads"])
async def test_cancelled_it_ends_the_connection_and_the_thread(reads: int) -> None:
    async with silent(reads=reads) as server:
        with httpx2.Client(timeout=60) as client:
            waiting = asyncio.create_task(exchange_with(client, server.url).response())
            await until(lambda: server.received >= 100)

            waiting.cancel()

            await until(lambda: not threads())
    assert waiting.cancelled()


async def test_cancelled_it_ends_the_connection_under_tls_too() -> None:
    authority = trustme.CA()
    ours, theirs = ssl.create_default_context(), ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.configure_trust(ours)
    authority.issue_cert("127.0.0.1").configure_cert(theirs)
    async with silent(reads=100, certificates=theirs) as server:
        with httpx2.Client(timeout=60, verify=ours) as client:
            waiting = asyncio.create_task(exchange_with(client, server.url).response())
            await until(lambda: server.received >= 100)

            waiting.cancel()

            await until(lambda: not threads())


async def test_cancelled_before_there_is_a_connection_nothing_is_sent() -> None:
    may_begin = threading.Event()
    async with silent() as server:
        with httpx2.Client(timeout=60) as client:
            waiting = asyncio.create_task(exchange_with(client, server.url, may_begin.wait).response())
            await until(lambda: len(threads()) == 1)

            waiting.cancel()
            await asyncio.sleep(0)
            may_begin.set()

            await until(lambda: not threads())
    assert server.received == 0


async def test_pictures_are_read_on_that_thread(gemini: LocalGemini) -> None:
    class Watched(Picture):
        def pieces(self) -> Iterator[bytes]:
            read_by.append(threading.current_thread().name)
            return super().pieces()

    read_by: list[str] = []
    picture = Watched(photo(), "image/png", 320, 400)
    service = GeminiImageService(api_key="the-key", base_url=gemini.url, api_version="v1beta", timeout_seconds=20)
    chat = service.create_chat(ImageSettings("gemini-nano-banana-2.1", "1:1", "1K"))

    await service.send_chat_message(chat, user_content("Identity: The Artist", [picture]), {picture.sha256: picture})

    await service.close()
    assert read_by == ["gemini"]


async def test_a_closed_service_has_left_nobody_behind(gemini: LocalGemini) -> None:
    service = GeminiImageService(api_key="the-key", base_url=gemini.url, api_version="v1beta", timeout_seconds=20)
    chat = service.create_chat(ImageSettings("gemini-nano-banana-2.1", "1:1", "1K"))
    gemini.fail_next(Fault.TIMEOUT)
    waiting = asyncio.create_task(service.send_chat_message(chat, user_content("Identity: The Artist", [])))
    await until(lambda: bool(gemini.requests))
    waiting.cancel()
    await asyncio.wait([waiting])

    await service.close()

    assert not threads()
