"""One HTTP request and its response on a thread of their own, by a client that blocks.

A request of 60 MB is read, encoded, encrypted and sent there without the event loop; by asyncio's transports it would
be copied twice more, and the loop would encrypt it.
"""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Callable
from concurrent.futures import Future
from contextlib import suppress
from threading import Lock, Thread
from typing import Any

import httpx2


class GivenUp(Exception):
    """Nobody waits for this exchange any more."""


class Exchange:
    """`send` is what the thread does, with `trace` as the request's extension of that name: it sees the connection."""

    def __init__(self, send: Callable[[], httpx2.Response]) -> None:
        self._answer: Future[httpx2.Response] = Future()
        self.thread = Thread(target=self._run, args=(self._answer,), name="gemini", daemon=True)
        self._send = send
        self._guard = Lock()
        self._line: socket.socket | None = None
        """A second handle of the connection, below any TLS: to end that by its own would send the rest in the clear."""
        self._is_given_up = False

    def trace(self, _event: str, info: dict[str, Any]) -> None:
        """Notes the connection once it is open. Raises GivenUp when that is too late."""
        opened: Any = info.get("return_value")
        if self._line is not None or not hasattr(opened, "get_extra_info"):
            return
        with self._guard:
            self._line = opened.get_extra_info("socket").dup()
            if self._is_given_up:
                opened.close()
                raise GivenUp

    async def response(self) -> httpx2.Response:
        """Raises whatever `send` raises, and httpx2.ConnectError when the system has no thread left.

        Cancelled, it ends the connection, and the thread with it; one that has no connection yet ends when it gets one.
        """
        answer = self._answer
        del self._answer
        answer.set_running_or_notify_cancel()
        try:
            self.thread.start()
        except RuntimeError as error:
            raise httpx2.ConnectError(str(error)) from error
        try:
            return await asyncio.wrap_future(answer)
        except asyncio.CancelledError:
            self._give_up()
            raise
        finally:
            del answer  # an error that it holds knows this frame: they would keep each other, and all that was sent

    def _run(self, answer: Future[httpx2.Response]) -> None:
        try:
            try:
                response = self._send()
            finally:
                self._let_go()
            answer.set_result(response)
        except BaseException as error:  # noqa: BLE001 - who waits gets it
            answer.set_exception(error)
        finally:
            del answer  # as above

    def _let_go(self) -> None:
        del self._send
        with self._guard:
            if self._line is not None:
                self._line.close()

    def _give_up(self) -> None:
        with self._guard, suppress(OSError):  # it may have ended by itself
            self._is_given_up = True
            if self._line is not None:
                self._line.shutdown(socket.SHUT_RDWR)
