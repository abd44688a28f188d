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
from threading import Thread
from typing import Any

import httpx2


class GivenUp(Exception):
    """Nobody waits for this exchange any more."""


class Exchange:
    """`send` is what the thread does, and `trace` the request's extension of that name: it finds the connection."""

    def __init__(self, send: Callable[[], httpx2.Response]) -> None:
        self.thread = Thread(target=self._run, name="gemini", daemon=True)
        """A cancelled exchange does not wait for its end."""
        self._answer: Future[httpx2.Response] = Future()
        self._send = send
        self._connection: Any = None
        self._is_given_up = False

    def trace(self, _event: str, info: dict[str, Any]) -> None:
        """Notes each connection that is opened, also one that puts TLS around another. Raises GivenUp."""
        opened = info.get("return_value")
        if hasattr(opened, "get_extra_info"):
            self._connection = opened
        if self._is_given_up:
            if self._connection is not None:
                self._connection.close()  # nobody else has it yet
            raise GivenUp

    async def response(self) -> httpx2.Response:
        """Cancelled, it ends the connection, and with it the thread. Raises whatever `send` raises."""
        self._answer.set_running_or_notify_cancel()
        self.thread.start()
        try:
            return await asyncio.wrap_future(self._answer)
        except asyncio.CancelledError:
            self._give_up()
            raise

    def _run(self) -> None:
        try:
            self._answer.set_result(self._send())
        except BaseException as error:  # noqa: BLE001 - who waits gets it
            self._answer.set_exception(error)

    def _give_up(self) -> None:
        self._is_given_up = True
        if self._connection is not None:
            with suppress(OSError):  # it may have ended by itself
                self._connection.get_extra_info("socket").shutdown(socket.SHUT_RDWR)
