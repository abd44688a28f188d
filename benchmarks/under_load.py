"""The bot, a local Gemini, and a local Discord with all its members: runs them, a process each, and watches."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import sqlite3
import sys
import time
from asyncio.subprocess import PIPE, Process
from collections import Counter
from collections.abc import AsyncIterator, Coroutine, Mapping, Sequence
from contextlib import asynccontextmanager, closing, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

from benchmarks.beating import Stalls
from benchmarks.members import Member, OtherAnswer, Prompt
from benchmarks.meters import Heart, Meter, Usage
from bot.demo.local_discord import LocalDiscord

REPOSITORY = Path(__file__).parents[1]
GEMINI = "bot.demo.local_gemini"
BOT = "benchmarks.beating"
STALLS = "stalls.json"
DATABASE = Path("data", "identity-bot.db")

THREADS_A_SERVER = 500
"""Discord lets a server have 1,000 active threads."""

START_SECONDS = 60.0
END_SECONDS = 30.0
"""How long the bot may take until it is there, and each process to end when it is told to."""

T = TypeVar("T")


class BotEnded(Exception):
    """By itself; the text says how."""


@dataclass(frozen=True)
class Plan:
    """What is done. Times are in seconds, `minutes` apart; `latency` is the shortest and the longest of Gemini's."""

    members: int
    threads: int
    prompts: int
    concurrency: int
    latency: tuple[float, float]
    arrive: float
    heartbeat: float
    minutes: float


@dataclass(frozen=True)
class Load:
    """What was seen. Moments are in seconds since 1970, times in seconds."""

    prompts: Sequence[Prompt]
    reactions: Sequence[float]
    """From each command to the first sign that it was heard."""
    complaints: Counter[str]
    """What members were told instead of being shown a picture, and how often."""
    began: float
    ended: float
    bot: Usage
    gemini: Usage
    discord: Usage
    """With its members."""
    stalls: Sequence[float]
    """Of the bot's event loop, while the members wrote."""
    discord_stalls: Sequence[float]
    heartbeat_delays: Sequence[float]
    connections: int
    calls: Mapping[int, float]
    """How long the bot's call to Gemini took, by the id of the prompt."""
    warnings: Counter[str]
    """What the bot's log warns of, and how often."""


def environment(discord: LocalDiscord, gemini_url: str, plan: Plan) -> dict[str, str]:
    """All that the bot is told; other settings have their defaults. One that limits members would have to be here."""
    return {
        "DISCORD_TOKEN": discord.token,
        "DISCORD_API_URL": discord.api_url,
        "DISCORD_GATEWAY_URL": discord.gateway_url,
        "GEMINI_API_KEY": "a-key",
        "GEMINI_BASE_URL": gemini_url,
        "GEMINI_CONCURRENCY": str(plan.concurrency),
        "IMAGE_SIZE": "1K",
        "LOG_LEVEL": "WARNING",
        "LOG_FORMAT": "json",
    }


async def under_load(plan: Plan, folder: Path, picture: Path, photo: bytes) -> Load:
    """Runs it all, with the bot's files in `folder`, and ends it all. Raises BotEnded."""
    _end_when_told()
    low, high = plan.latency
    latency = ("--latency", f"{low}", "--latency-spread", f"{high - low}")
    discord_stalls = Stalls()
    Heart(asyncio.get_running_loop(), discord_stalls.notice)
    async with (
        LocalDiscord(heartbeat_seconds=plan.heartbeat) as discord,
        _running(folder, {}, GEMINI, *latency, "--picture", str(picture)) as gemini,
    ):
        settings = environment(discord, await _first_line(gemini), plan)
        members = _members(discord, plan)
        async with _running(folder, settings, BOT, STALLS) as bot:
            await _unless_it_ends(bot, folder, discord.wait_until_ready(START_SECONDS))
            meters = [Meter(Path(f"/proc/{each}")) for each in (bot.pid, gemini.pid, "self")]
            began = time.time()
            complaints = await _unless_it_ends(bot, folder, _conversations(members, plan, photo))
            ended = time.time()
            usages = [meter.usage() for meter in meters]
        return Load(
            prompts=[prompt for member in members for prompt in member.prompts],
            reactions=[member.reaction_seconds for member in members],
            complaints=complaints,
            began=began,
            ended=ended,
            bot=usages[0],
            gemini=usages[1],
            discord=usages[2],
            stalls=Stalls.read(folder / STALLS).between(began, ended),
            discord_stalls=discord_stalls.between(began, ended),
            heartbeat_delays=discord.heartbeat_delays,
            connections=discord.identify_count + discord.resume_count,
            calls=_calls(folder / DATABASE),
            warnings=_warnings(_log(folder, BOT)),
        )


def _end_when_told() -> None:
    """At SIGTERM as well, or the other processes would stay."""
    task = asyncio.current_task()
    assert task is not None  # noqa: S101 - this runs in one
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, task.cancel)


def _members(discord: LocalDiscord, plan: Plan) -> list[Member]:
    servers = -(-plan.threads // THREADS_A_SERVER)
    channels = [discord.add_guild(f"Painters {number}").add_text_channel("studio") for number in range(servers)]
    members: list[Member] = []
    for number in range(plan.members):
        at = number % plan.threads
        channel = channels[at // THREADS_A_SERVER]
        user = channel.guild.add_member(f"member {number}")
        members.append(Member(user, number, channel if number == at else members[at]))
    return members


async def _conversations(members: Sequence[Member], plan: Plan, photo: bytes) -> Counter[str]:
    """Until the last has ended or the time is up; answers what members were told instead of being shown a picture."""
    pause = plan.arrive / plan.members
    talks = [
        asyncio.create_task(member.converse(number * pause, photo, plan.prompts))
        for number, member in enumerate(members)
    ]
    _, left = await asyncio.wait(talks, timeout=plan.minutes * 60)
    for talk in left:
        talk.cancel()
    ends = await asyncio.gather(*talks, return_exceptions=True)
    if faults := [each for each in ends if isinstance(each, Exception) and not isinstance(each, OtherAnswer)]:
        raise ExceptionGroup("of this benchmark", faults)
    return Counter(each.words for each in ends if isinstance(each, OtherAnswer))


async def _unless_it_ends(bot: Process, folder: Path, work: Coroutine[Any, Any, T]) -> T:
    """What `work` comes to. Raises BotEnded when the bot ends before that."""
    ended, working = asyncio.create_task(bot.wait()), asyncio.create_task(work)
    try:
        await asyncio.wait({ended, working}, return_when=asyncio.FIRST_COMPLETED)
        if not working.done():
            raise BotEnded(f"the bot has ended with {ended.result()}:\n{_log(folder, BOT).read_text()}")
        return working.result()
    finally:
        ended.cancel()
        working.cancel()


@asynccontextmanager
async def _running(folder: Path, settings: dict[str, str], *command: str) -> AsyncIterator[Process]:
    """A module of this repository as a process in that folder, with no more environment than it needs."""
    complete = {"PATH": os.environ.get("PATH", ""), "PYTHONPATH": str(REPOSITORY), **settings}
    with _log(folder, command[0]).open("wb") as log:
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", *command, cwd=folder, env=complete, stdout=PIPE, stderr=log
        )
    try:
        yield process
    finally:
        with suppress(ProcessLookupError):
            process.terminate()
        try:
            async with asyncio.timeout(END_SECONDS):
                await process.wait()
        except TimeoutError:
            process.kill()
            await process.wait()
            raise


def _log(folder: Path, module: str) -> Path:
    return folder / f"{module}.log"


async def _first_line(process: Process) -> str:
    assert process.stdout is not None  # noqa: S101 - it is a pipe
    return (await process.stdout.readline()).decode().strip()


def _calls(database: Path) -> dict[int, float]:
    with closing(sqlite3.connect(database)) as connection:
        return dict(connection.execute("SELECT source_id, seconds FROM turns WHERE seconds IS NOT NULL"))


def _warnings(log: Path) -> Counter[str]:
    return Counter(_warning(line) for line in log.read_text().splitlines())


def _warning(line: str) -> str:
    try:
        entry = json.loads(line)
    except ValueError:
        return line  # the interpreter's own, not the log's
    return " ".join(str(entry[name]) for name in ("level", "event", "reason") if name in entry)
