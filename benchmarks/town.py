"""The whole bot with many chats: how long it takes to start, and to open one of them."""

from __future__ import annotations

import asyncio
import os
import random
import sys
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from statistics import median

from benchmarks.many_chats import Chat, fill
from benchmarks.service import Service
from bot.demo.local_discord import LocalDiscord, Thread, User
from bot.demo.local_discord.messages import Message
from bot.demo.local_gemini import LocalGemini
from bot.domain import ImageSettings, Place
from bot.services.orders import ChatOrder

ONE_K = ImageSettings(model="gemini-nano-banana-2.1", aspect_ratio="16:9", image_size="1K")
TURNS = 10
CHATS_A_SERVER = 500
"""Discord lets a server have 1,000 active threads."""

LIMIT_SECONDS = 60.0


async def start_seconds(folder: Path, counts: Sequence[int], starts: int) -> list[float]:
    """From the process's start to its answer to a prompt that was written before, with that chat and so many more.

    Medians, for each of `counts`; they take turns, for a machine is not always as fast.
    """
    async with AsyncExitStack() as open_towns:
        towns = [await open_towns.enter_async_context(_town(folder / f"{count}.db", count)) for count in counts]
        taken: list[list[float]] = [[] for _ in towns]
        for _ in range(starts):
            for town, seconds in zip(towns, taken, strict=True):
                seconds.append(await _start(*town))
    return [median(each) for each in taken]


@asynccontextmanager
async def _town(file: Path, chats: int) -> AsyncIterator[tuple[dict[str, str], Thread, User]]:
    """A bot's environment, and one of its chats among so many: the thread and its member."""
    async with LocalDiscord() as discord, LocalGemini() as gemini:
        threads = _open_threads(discord, chats + 1)
        known = [_chat(thread, member) for thread, member in threads]
        await fill(file, known, ONE_K, TURNS)
        environment = os.environ | {
            "DISCORD_TOKEN": discord.token,
            "DISCORD_API_URL": discord.api_url,
            "DISCORD_GATEWAY_URL": discord.gateway_url,
            "GEMINI_API_KEY": "a-key",
            "GEMINI_BASE_URL": gemini.url,
            "IMAGE_SIZE": "1K",
            "DATABASE_URL": f"sqlite+aiosqlite:///{file}",
            "LOG_LEVEL": "ERROR",
        }
        yield environment, *threads[-1]


async def _start(environment: dict[str, str], thread: Thread, member: User) -> float:
    prompt = await member.send(thread, "warmer")
    began = time.perf_counter()
    process = await asyncio.create_subprocess_exec(sys.executable, "-m", "bot", env=environment)
    try:
        await thread.wait_for_message(lambda each: each.reference is prompt, LIMIT_SECONDS, after=prompt)
        return time.perf_counter() - began
    finally:
        process.terminate()
        await process.wait()


def _open_threads(discord: LocalDiscord, count: int) -> list[tuple[Thread, User]]:
    servers = -(-count // CHATS_A_SERVER)
    channels = [discord.add_guild(f"Painters {number}").add_text_channel("studio") for number in range(servers)]
    opened = []
    for number in range(count):
        channel = channels[number // CHATS_A_SERVER]
        member = channel.guild.add_member(f"member {number}")
        opened.append((channel.open_thread(channel.guild.bot, "The Artist"), member))
    return opened


def _chat(thread: Thread, member: User) -> Chat:
    """A chat that lives in the thread, with its newest messages there."""
    world = thread.world
    ids = [world.ids.next() for _ in range(2 * TURNS + 4)]  # the older messages have the ids before
    prompt = Message(ids[-2], thread, member, world.clock.now(), content="warmer")
    thread.add(prompt)
    thread.add(Message(ids[-1], thread, world.bot, world.clock.now(), reference=prompt))
    place = Place(guild_id=thread.guild.id, channel_id=thread.parent.id, thread_id=thread.id)
    return Chat(user_id=member.id, place=place, prompt_id=ids[-2], picture_id=ids[-1])


async def opening_seconds(folder: Path, few: int, many: int, times: int = 300) -> tuple[float, float]:
    """For one of few and one of many chats: finding it for a message, its overview, and the turns that are sent."""
    counts = {few: folder / "few.db", many: folder / "many.db"}
    for count, file in counts.items():
        await fill(file, [_somewhere(number) for number in range(count)], ONE_K, TURNS)
    taken: dict[int, list[float]] = {count: [] for count in counts}
    async with Service("http://127.0.0.1:9", counts[few]) as one, Service("http://127.0.0.1:9", counts[many]) as other:
        for _ in range(times):
            for count, service in ((few, one), (many, other)):
                taken[count].append(await _open(service, _somewhere(random.randrange(count))))  # noqa: S311
    return median(taken[few]), median(taken[many])


async def _open(service: Service, chat: Chat) -> float:
    began = time.perf_counter()
    await service.chats.residence(chat.user_id, chat.place.thread_id)
    overview = await service.chats.overview(ChatOrder(user_id=chat.user_id, asked_by=chat.user_id))
    async with service.database.snapshot() as repos:
        turns = await repos.turns.path(overview.chat.head_turn_id if overview.chat else None)
    if len(turns) != TURNS:
        raise ValueError("not the chat that was written")
    return time.perf_counter() - began


def _somewhere(number: int) -> Chat:
    base = 1_000_000 + number * 1000
    return Chat(base, Place(guild_id=1, channel_id=2, thread_id=base), prompt_id=base + 100, picture_id=base + 101)
