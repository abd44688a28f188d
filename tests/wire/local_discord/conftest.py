import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable

import discord
import pytest
import yarl
from discord.gateway import DiscordWebSocket
from discord.http import Route

from bot.demo.local_discord import Guild, LocalDiscord, TextChannel, User
from wire.local_discord.small_bot import SmallBot, all_intents

Connect = Callable[..., Awaitable[SmallBot]]


@pytest.fixture
async def server(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[LocalDiscord]:
    async with LocalDiscord() as running:
        monkeypatch.setattr(Route, "BASE", running.api_url)
        monkeypatch.setattr(DiscordWebSocket, "DEFAULT_GATEWAY", yarl.URL(running.gateway_url))
        yield running
        assert running.unknown_requests == []


@pytest.fixture
def guild(server: LocalDiscord) -> Guild:
    return server.add_guild("Painters")


@pytest.fixture
def channel(guild: Guild) -> TextChannel:
    return guild.add_text_channel("studio")


@pytest.fixture
def alice(guild: Guild) -> User:
    return guild.add_member("alice")


@pytest.fixture
async def connect(server: LocalDiscord) -> AsyncIterator[Connect]:
    """Starts a bot and waits until it is ready; closes it after the test."""
    running: list[tuple[SmallBot, asyncio.Task[None]]] = []

    async def start(intents: discord.Intents | None = None) -> SmallBot:
        bot = SmallBot(intents or all_intents())
        task = asyncio.create_task(bot.start(server.token))
        running.append((bot, task))
        await server.wait_until_ready()
        async with asyncio.timeout(5):
            await bot.wait_until_ready()
        return bot

    yield start
    for bot, task in running:
        await bot.close()
        await asyncio.gather(task, return_exceptions=True)


@pytest.fixture
async def bot(connect: Connect, channel: TextChannel, alice: User) -> SmallBot:
    """A bot that is ready, in a guild with a channel and a member."""
    return await connect()
