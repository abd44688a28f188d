"""The first connection of a client that blocks, as fast as asyncio's: a dead address of a host holds nobody up."""

from __future__ import annotations

import asyncio
import socket
from typing import Any

import aiohappyeyeballs
import httpcore2
import httpx2

_NEXT_SECONDS = 0.25
"""After this long the next address is tried as well: RFC 8305, "Connection Attempt Delay"."""


def connect_by_happy_eyeballs(client: httpx2.Client) -> None:
    """For all that `client` does without a proxy."""
    pool: httpcore2.ConnectionPool = client._transport._pool  # type: ignore[attr-defined]  # noqa: SLF001
    pool._network_backend = HappyEyeballs()  # noqa: SLF001 - httpx2 has no public way to say so


class HappyEyeballs(httpcore2.NetworkBackend):
    def __init__(self) -> None:
        self._backend = httpcore2.SyncBackend()

    def connect_tcp(
        self, host: str, port: int, timeout: float | None = None, *arguments: Any, **options: Any
    ) -> httpcore2.NetworkStream:
        """Connects to whichever address of the host answers first. Raises ConnectError, ConnectTimeout."""
        try:
            addresses = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
            if len(addresses) > 1:
                host = asyncio.run(asyncio.wait_for(_first_to_answer(addresses), timeout))
        except TimeoutError as error:
            raise httpcore2.ConnectTimeout(str(error)) from error
        except OSError as error:
            raise httpcore2.ConnectError(str(error)) from error
        return self._backend.connect_tcp(host, port, timeout, *arguments, **options)


async def _first_to_answer(addresses: Any) -> str:
    connection = await aiohappyeyeballs.start_connection(addresses, happy_eyeballs_delay=_NEXT_SECONDS, interleave=1)
    with connection:
        return str(connection.getpeername()[0])
