"""One request on a thread of its own: nobody waits for it longer than they want to, and the loop is left alone."""

from __future__ import annotations

import asyncio
import gc
import socket
import ssl
import sys
import threading
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import ExitStack, asynccontextmanager, contextmanager, suppress
from unittest.mock import Mock
from weakref import ReferenceType, ref

import httpcore2
import httpx2
import pytest
import trustme

from bot.demo.local_gemini import Fault, LocalGemini
from bot.domain import ImageSettings, Picture
from bot.gemini.chat_history import user_content
from bot.gemini.exchange import Exchange
from bot.gemini_errors import GeminiUnreachable
from stage import photo, until
from workshop import service_at

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
        self.received = 0
        self.url = ""

    @asynccontextmanager
    async def serving(self, certificates: ssl.SSLContext | None) -> AsyncIterator[None]:
        async with await asyncio.start_server(self._serve, "127.0.0.1", 0, ssl=certificates) as server:
            self.url = f"http{'s' if certificates else ''}://127.0.0.1:{server.sockets[0].getsockname()[1]}/"
            before = asyncio.all_tasks()
            yield
            server.close()
            self._closing.set()
            await until(lambda: asyncio.all_tasks() <= before)  # also of what it has hardly accepted

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(OSError):
            while self.received < self._reads and (data := await reader.read(1 << 16)):
                self.received += len(data)
            await self._closing.wait()
        writer.transport.abort()  # to close it waits for TLS to end, which one that was cut may never do
        with suppress(OSError):
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


async def cancelled(exchange: Exchange, when: Callable[[], bool]) -> None:
    """Cancelled at that moment; nobody is left waiting, nor any thread."""
    waiting = asyncio.create_task(exchange.response())
    await until(when)
    waiting.cancel()
    await until(lambda: not threads())
    assert waiting.cancelled()


def connections(client: httpx2.Client) -> list[httpcore2.ConnectionInterface]:
    """Those that the client still knows."""
    pool: httpcore2.ConnectionPool = client._transport._pool  # type: ignore[attr-defined]
    return pool.connections


def threads() -> list[threading.Thread]:
    return [each for each in threading.enumerate() if each.name == "gemini"]


@pytest.mark.parametrize("reads", [1 << 60, 100], ids=["while it sends", "while nobody reads"])
async def test_cancelled_it_ends_the_connection_and_the_thread(reads: int) -> None:
    async with silent(reads=reads) as server:
        with httpx2.Client(timeout=60) as client:
            await cancelled(exchange_with(client, server.url), when=lambda: server.received >= 100)
            assert connections(client) == []


async def test_cancelled_it_sends_nothing_more_in_the_clear(monkeypatch: pytest.MonkeyPatch) -> None:
    """As an SSLSocket does that is shut down: it forgets TLS first, and another thread that sends goes on without."""
    monkeypatch.setattr(ssl.SSLSocket, "shutdown", Mock(side_effect=AssertionError))
    authority = trustme.CA()
    ours, theirs = ssl.create_default_context(), ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.configure_trust(ours)
    authority.issue_cert("127.0.0.1").configure_cert(theirs)
    async with silent(reads=100, certificates=theirs) as server:
        with httpx2.Client(timeout=60, verify=ours) as client:
            await cancelled(exchange_with(client, server.url), when=lambda: server.received >= 100)
            assert connections(client) == []


async def test_cancelled_in_the_handshake_it_ends_too() -> None:
    async with silent() as server:
        with httpx2.Client(timeout=60) as client:
            url = server.url.replace("http:", "https:")
            await cancelled(exchange_with(client, url), when=lambda: server.received >= 100)
            assert connections(client) == []


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
    service = service_at(gemini.url)
    chat = service.create_chat(ImageSettings("gemini-nano-banana-2.1", "1:1", "1K"))

    await service.send_chat_message(chat, user_content("Identity: The Artist", [picture]), {picture.sha256: picture})

    await service.close()
    assert read_by == ["gemini"]


async def test_what_was_sent_is_let_go_of_without_the_garbage_collector(gemini: LocalGemini) -> None:
    async def send() -> ReferenceType[Picture]:
        picture = Picture(photo(), "image/png", 320, 400)
        message = user_content("Identity: The Artist", [picture])
        await service.send_chat_message(chat, message, {picture.sha256: picture})
        return ref(picture)

    service = service_at(gemini.url)
    chat = service.create_chat(ImageSettings("gemini-nano-banana-2.1", "1:1", "1K"))
    gc.disable()
    try:
        sent = await send()
        await until(lambda: not threads())
        assert sent() is None
    finally:
        gc.enable()
        await service.close()


async def test_what_failed_is_let_go_of_without_the_garbage_collector() -> None:
    def cut() -> httpx2.Response:
        raise httpx2.ReadError("cut")

    async def fail() -> ReferenceType[Exchange]:
        exchange = Exchange(cut)
        with suppress(httpx2.ReadError):
            await exchange.response()
        return ref(exchange)

    gc.disable()
    try:
        failed = await asyncio.create_task(fail())
        await until(lambda: not threads())
        assert failed() is None
    finally:
        gc.enable()


async def test_a_closed_service_has_left_nobody_behind(gemini: LocalGemini) -> None:
    service = service_at(gemini.url)
    chat = service.create_chat(ImageSettings("gemini-nano-banana-2.1", "1:1", "1K"))
    gemini.fail_next(Fault.TIMEOUT)
    waiting = asyncio.create_task(service.send_chat_message(chat, user_content("Identity: The Artist", [])))
    await until(lambda: bool(gemini.requests))
    waiting.cancel()
    await asyncio.wait([waiting])

    await service.close()

    assert not threads()


async def test_without_a_thread_left_nothing_was_sent(gemini: LocalGemini, monkeypatch: pytest.MonkeyPatch) -> None:
    service = service_at(gemini.url)
    chat = service.create_chat(ImageSettings("gemini-nano-banana-2.1", "1:1", "1K"))
    monkeypatch.setattr(threading.Thread, "start", Mock(side_effect=RuntimeError("can't start new thread")))

    with pytest.raises(GeminiUnreachable) as caught:
        await service.send_chat_message(chat, user_content("Identity: The Artist", []))

    monkeypatch.undo()
    await service.close()
    assert not caught.value.maybe_paid


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere there is one 127.0.0.1 alone")
async def test_a_dead_address_of_the_host_holds_nobody_up(gemini: LocalGemini, monkeypatch: pytest.MonkeyPatch) -> None:
    port = httpx2.URL(gemini.url).port or 0
    both = [(socket.AF_INET, socket.SOCK_STREAM, 0, "", (each, port)) for each in ("127.0.0.2", "127.0.0.1")]
    look_up, url = socket.getaddrinfo, f"http://gemini.test:{port}"
    monkeypatch.setattr(socket, "getaddrinfo", lambda *a, **o: both if a[0] == "gemini.test" else look_up(*a, **o))
    with full_server("127.0.0.2", port):
        service = service_at(url, timeout_seconds=10)
        chat = service.create_chat(ImageSettings("gemini-nano-banana-2.1", "1:1", "1K"))

        picture, _ = await service.send_chat_message(chat, user_content("Identity: The Artist", []))

    await service.close()
    assert picture is not None


@contextmanager
def full_server(host: str, port: int) -> Iterator[None]:
    """Linux drops what asks for a connection there, without a word."""
    with socket.create_server((host, port), backlog=0), ExitStack() as waiting:
        for _ in range(2):
            one = waiting.enter_context(socket.socket())
            one.setblocking(False)
            one.connect_ex((host, port))
        yield
