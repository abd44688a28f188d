"""The local Discord as a test or a program holds it."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from typing import Self

from aiohttp import web

from bot.demo.local_discord import payloads
from bot.demo.local_discord.clock import Clock
from bot.demo.local_discord.commands import CommandRegistry
from bot.demo.local_discord.events import Event
from bot.demo.local_discord.faults import Faults
from bot.demo.local_discord.gateway.server import HEARTBEAT_SECONDS, Gateway
from bot.demo.local_discord.guilds import Guild
from bot.demo.local_discord.intents import PRIVILEGED, Intent
from bot.demo.local_discord.permissions import MEMBER_PERMISSIONS, Permission
from bot.demo.local_discord.places import MiB
from bot.demo.local_discord.rest.call import Limits
from bot.demo.local_discord.rest.server import API_PATH, Request, RestServer
from bot.demo.local_discord.world import World

HOST = "127.0.0.1"
SHUTDOWN_SECONDS = 1.0
AIOHTTP_LIMIT = 1024 * MiB
"""So large that the local Discord's own limits are what a request meets."""


class LocalDiscord:
    """A Discord over real sockets, for one application, in the running loop.

    `async with` starts and stops it. Bots should be closed before it is, as they would try to connect again.
    `heartbeat_seconds` is how often they are told to send a heartbeat.
    """

    def __init__(
        self, *, bot_name: str = "identity-bot", port: int = 0, heartbeat_seconds: float = HEARTBEAT_SECONDS
    ) -> None:
        self._world = World(bot_name, f"local.{secrets.token_hex(16)}")
        self._port = port
        self._gateway = Gateway(self._world, heartbeat_seconds)
        self._rest = RestServer(self._world)
        app = web.Application(client_max_size=AIOHTTP_LIMIT)
        app.router.add_get("/gateway", self._gateway.connect)
        app.router.add_get("/gateway/", self._gateway.connect)
        self._rest.add_routes(app.router)
        self._runner = web.AppRunner(app, access_log=None, shutdown_timeout=SHUTDOWN_SECONDS)

    async def __aenter__(self) -> Self:
        await self._runner.setup()
        site = web.TCPSite(self._runner, HOST, self._port)
        await site.start()
        host, port = self._runner.addresses[0][:2]
        self._world.base_url = f"http://{host}:{port}"
        return self

    async def __aexit__(self, *_error: object) -> None:
        self.faults.clear()
        await self._gateway.disconnect(resumable=False)
        await self._runner.cleanup()

    @property
    def api_url(self) -> str:
        """For `discord.http.Route.BASE`."""
        return self._world.base_url + API_PATH

    @property
    def gateway_url(self) -> str:
        """For `DiscordWebSocket.DEFAULT_GATEWAY`."""
        return self._gateway.url

    @property
    def token(self) -> str:
        return self._world.token

    @property
    def application_id(self) -> int:
        return self._world.application_id

    @property
    def clock(self) -> Clock:
        """What nonces, interaction tokens and links go by; heartbeats and sleeps do not."""
        return self._world.clock

    @property
    def commands(self) -> CommandRegistry:
        return self._world.commands

    @property
    def faults(self) -> Faults:
        return self._rest.faults

    @property
    def limits(self) -> Limits:
        return self._rest.limits

    @property
    def requests(self) -> list[Request]:
        """Every REST and CDN request so far, oldest first."""
        return self._rest.requests

    @property
    def unknown_requests(self) -> list[Request]:
        """Requests that the local Discord does not know; a test should find none."""
        return self._rest.unknown_requests

    @property
    def identify_count(self) -> int:
        return self._gateway.identify_count

    @property
    def resume_count(self) -> int:
        return self._gateway.resume_count

    @property
    def heartbeat_delays(self) -> list[float]:
        """Seconds by which each heartbeat came after it was due, oldest first; negative for one that came before.

        One that is due and has not come, or had not when its connection ended, is among them.
        """
        return self._gateway.heartbeat_delays

    @property
    def connected(self) -> bool:
        """Whether a bot is on the gateway and was told of its guilds."""
        return self._world.sessions.is_anyone_ready()

    def add_guild(
        self,
        name: str,
        *,
        premium_tier: int = 0,
        upload_limit: int | None = None,
        bot_permissions: Permission = MEMBER_PERMISSIONS,
    ) -> Guild:
        """A server with the bot in it. `upload_limit` is in bytes a file, else it follows the premium tier; a client
        knows the tier alone."""
        guild = Guild(
            self._world,
            name,
            premium_tier=premium_tier,
            upload_limit=upload_limit,
            bot_permissions=bot_permissions,
        )
        self._world.guilds[guild.id] = guild
        for_clients = payloads.guild_create(guild, with_members=False)
        self._world.publish(Event("GUILD_CREATE", for_clients, Intent.GUILDS, guild.id))
        return guild

    def grant_intents(self, intents: Intent) -> None:
        """Which privileged intents the application has; a bot that asks for another is closed with 4014."""
        self._world.granted_intents = intents & PRIVILEGED

    async def wait_until_ready(self, within: float = 10.0) -> None:
        """Until a bot has identified (or resumed) and was sent READY and its guilds."""
        await self._gateway.wait_until_ready(within)

    async def wait_until(self, reached: Callable[[], bool], within: float = 5.0) -> None:
        """Until something is so that changes with a bot's connection, such as `resume_count`."""
        signal = self._world.sessions.signal
        await signal.until(lambda: True if reached() else None, within, lambda: "the state that was waited for")

    async def disconnect_gateway(self, *, resumable: bool = True) -> None:
        """Cuts the bot's gateway connection; without `resumable` its RESUME will be refused."""
        await self._gateway.disconnect(resumable=resumable)

    def times_typed(self, place_id: int) -> int:
        """How often the bot has shown that it types in a channel."""
        return self._world.typing[place_id]
