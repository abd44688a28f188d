"""The gateway's end of the server: its sockets, and how a test cuts them."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from typing import TYPE_CHECKING

from aiohttp import web

from bot.demo.local_discord.gateway.sockets import GatewaySocket

if TYPE_CHECKING:
    from bot.demo.local_discord.world import World

HEARTBEAT_SECONDS = 41.25


class Gateway:
    def __init__(self, world: World, heartbeat_seconds: float) -> None:
        self.world = world
        self.heartbeat_seconds = heartbeat_seconds
        """How often a bot is told to send a heartbeat."""
        self.identify_count = 0
        """IDENTIFYs received, also those that were refused."""
        self.resume_count = 0
        """RESUMEs that worked."""
        self._sockets: set[GatewaySocket] = set()
        self._delays: list[float] = []

    @property
    def url(self) -> str:
        return self.world.base_url.replace("http", "ws", 1) + "/gateway"

    async def connect(self, request: web.Request) -> web.WebSocketResponse:
        socket = GatewaySocket(self, request)
        self._sockets.add(socket)
        try:
            return await socket.serve()
        finally:
            self._sockets.discard(socket)
            self._delays += _overdue([socket])

    @property
    def heartbeat_delays(self) -> list[float]:
        """As `LocalDiscord` shows them."""
        return [*self._delays, *_overdue(self._sockets)]

    def take_heartbeat(self, delay: float) -> None:
        self._delays.append(delay)

    async def disconnect(self, *, resumable: bool) -> None:
        """Cuts every socket; without `resumable` the sessions are gone too, and a bot must identify again."""
        if not resumable:
            self.world.sessions.forget()
        await asyncio.gather(*(socket.cut() for socket in list(self._sockets)))

    async def wait_until_ready(self, within: float) -> None:
        sessions = self.world.sessions
        await sessions.signal.until(
            lambda: True if sessions.is_anyone_ready() else None, within, lambda: "a bot that has identified"
        )


def _overdue(sockets: Iterable[GatewaySocket]) -> list[float]:
    return [delay for socket in sockets if (delay := socket.heartbeat_delay) > 0]
