"""The gateway's end of the server: its sockets, and how a test cuts them."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from aiohttp import web

from bot.demo.local_discord.gateway.sockets import GatewaySocket

if TYPE_CHECKING:
    from bot.demo.local_discord.world import World


class Gateway:
    def __init__(self, world: World) -> None:
        self.world = world
        self.identify_count = 0
        """IDENTIFYs received, also those that were refused."""
        self.resume_count = 0
        """RESUMEs that worked."""
        self._sockets: set[GatewaySocket] = set()

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
