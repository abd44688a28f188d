"""The bot killed at random moments while members write to it, and what became of their prompts."""

from __future__ import annotations

import asyncio
import shutil
import sqlite3
from collections import Counter
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, closing, suppress
from dataclasses import dataclass, field, fields
from enum import Enum
from functools import partial
from itertools import count
from math import inf
from pathlib import Path
from random import Random
from time import monotonic

from wire.bot_process import LIMIT, Launch
from wire.painters import Painter, Prompt, Start, numbers_in
from wire.town import Town, newest_words, posted_pictures, until

PAINTERS = 3
GEMINI_SECONDS = 0.3
"""The longest that Gemini takes for a picture."""

PAUSE_SECONDS = 0.4
"""The longest in which no member does anything."""

MOST_ANSWERED = 2
"""Prompts that a bot may answer before it is killed with the next."""

MESSAGES = "/channels/*/messages"

AWAY_SECONDS = (0, 600)
"""How long the bot is away on Discord's clock: the longer time is more than Discord knows a nonce again."""

PATIENCE_SECONDS = 4.0
"""How long a bot on the gateway may have nothing to do; discord.py waits 2 s for servers before it is ready."""


class Phase(Enum):
    """When a kill comes: at most so many seconds after this has begun; for a start, so many times its length."""

    MIGRATING = ("while it makes its database", 0.1)
    STARTING = ("while it starts", 1.0)
    CATCHING_UP = ("while it comes back and reads what it missed", 3.0)
    TAKING = ("while it takes a prompt", 0.3)
    DRAWING = ("while Gemini draws", GEMINI_SECONDS + 0.1)
    POSTING = ("while it posts", 0.05)
    POSTED = ("when Discord has a picture and has not said so", 0.0)

    def __init__(self, words: str, seconds: float) -> None:
        self.words = words
        self.seconds = seconds


@dataclass
class Tally:
    """What became of all prompts; `faults` are one sentence each and should be none."""

    kills: Counter[Phase] = field(default_factory=Counter)
    prompts: int = 0
    answered_once: int = 0
    lost: int = 0
    doubled: int = 0
    starts_not_taken: int = 0
    """A kill came before them: Discord shows the bot thinking for ever. They were asked for again."""
    written_in_vain: int = 0
    """Messages in the threads of starts that were not taken."""
    sound: int = 0
    """Checks of the database, one after each kill, that found nothing wrong."""
    drawn_again: int = 0
    """Further requests to Gemini for a prompt that it had been sent before: the price of a kill."""
    faults: list[str] = field(default_factory=list)

    def __add__(self, other: Tally) -> Tally:
        return Tally(**{each.name: getattr(self, each.name) + getattr(other, each.name) for each in fields(self)})


async def run_kills(
    folder: Path, launch: Launch, *, seed: int, kills: int, start_seconds: float, until: float = inf
) -> Tally:
    """Kills a bot of its own that often, or until that `monotonic()`, and lets it come to rest.

    `start_seconds` is how long it takes from its start to the gateway, or a little more.
    """
    async with Town(folder, launch) as town:
        run = _Run(town, seed, start_seconds)
        try:
            while run.killed < kills and monotonic() < until:
                await run.live_and_die()
            await run.come_to_rest()
        except Exception as error:
            error.add_note(f"seed {seed}, after kill {run.killed}")
            raise
        return run.tally


class _Run:
    def __init__(self, town: Town, seed: int, start_seconds: float) -> None:
        self.tally = Tally()
        self._town = town
        self._seed = seed
        self._start_seconds = start_seconds
        self._moments = Random(seed)
        self._whims = Random(f"whims of {seed}")
        self._deck = [Phase.MIGRATING]
        self._spoken = asyncio.Event()
        self._doubled: dict[Prompt, str] = {}
        guild = town.discord.add_guild("Painters")
        self._channel, numbers = guild.add_text_channel("studio"), count(1)
        self._painters = [
            Painter(guild.add_member(f"painter-{number}"), self._channel, Random(seed * 100 + number), numbers)
            for number in range(PAINTERS)
        ]

    @property
    def killed(self) -> int:
        return self.tally.kills.total()

    async def live_and_die(self) -> None:
        """Starts the bot and kills it in the next phase; members write all the time."""
        phase = self._next_phase()
        delay = self._moments.uniform(0, phase.seconds * (self._start_seconds if phase is Phase.STARTING else 1))
        self._town.discord.clock.advance(self._moments.choice(AWAY_SECONDS))
        for _ in range(self._whims.randint(0, 2)):
            await self._someone_acts()
        connected = await self._town.launch_bot()
        async with self._chatting():
            with suppress(TimeoutError):
                async with asyncio.timeout(self._start_seconds + PATIENCE_SECONDS):
                    await self._begun(phase, connected)
            await asyncio.sleep(delay)
            alive = self._town.bot.running
            await self._town.bot.kill()
        connected.cancel()
        self._town.discord.faults.clear()
        self.tally.kills[phase] += 1
        moment = f"kill {self.killed} ({phase.words}, {delay * 1000:.0f} ms)"
        if not alive:
            self._complain(f"{moment} came too late, the bot had ended by itself")
        self._examine(moment)

    async def come_to_rest(self) -> None:
        """A last life without a death: nothing may be left over."""
        await self._town.start_bot()
        for painter in self._painters:
            await painter.ask_again(self.killed)
        while left := self._left():
            try:
                await until(partial(self._fewer_than, left))
            except TimeoutError:
                break
        code = await self._town.bot.terminate()
        if code != 0:
            self._complain(f"the last bot ended with {code}")
        self._count()

    def _next_phase(self) -> Phase:
        """All in random order, again and again, after one that comes only once."""
        if not self._deck:
            self._deck = [each for each in Phase if each is not Phase.MIGRATING]
            self._moments.shuffle(self._deck)
        return self._deck.pop()

    async def _begun(self, phase: Phase, connected: asyncio.Task[None]) -> None:
        if phase is Phase.MIGRATING:
            await until(self._town.database.exists)
        elif phase is not Phase.STARTING:
            await connected
            enough = self._pictures() + self._moments.randint(0, MOST_ANSWERED)
            await until(lambda: self._pictures() >= enough)
            await self._next(phase)

    async def _next(self, phase: Phase) -> None:
        faults = self._town.discord.faults
        if phase is Phase.TAKING:
            self._spoken.clear()
            await self._spoken.wait()
        elif phase is Phase.DRAWING:
            asked = len(self._town.gemini.requests)
            await until(lambda: len(self._town.gemini.requests) > asked)
        elif phase is Phase.POSTING:
            fault = faults.hold("POST", MESSAGES, files=self._moments.choice((True, False)))
            await fault.reached.wait()
            fault.release()
        elif phase is Phase.POSTED:
            await faults.hold_answer("POST", MESSAGES, files=True).reached.wait()

    def _pictures(self) -> int:
        return sum(len(posted_pictures(thread)) for thread in self._channel.threads)

    @asynccontextmanager
    async def _chatting(self) -> AsyncIterator[None]:
        chat = asyncio.create_task(self._chat())
        try:
            yield
        finally:
            chat.cancel()
            await asyncio.wait({chat})
            if not chat.cancelled():
                chat.result()

    async def _chat(self) -> None:
        while True:
            await asyncio.sleep(self._whims.uniform(0, PAUSE_SECONDS))
            self._town.gemini.latency_seconds = self._whims.uniform(0, GEMINI_SECONDS)
            await self._someone_acts()
            self._spoken.set()

    async def _someone_acts(self) -> None:
        await self._whims.choice(self._painters).act(self.killed, connected=self._town.discord.connected)

    def _examine(self, moment: str) -> None:
        """Just after a kill: what the database holds, and whether it is sound."""
        complaints, taken = self._read_copy()
        if complaints == ["ok"]:
            self.tally.sound += 1
        else:
            self._complain(f"{moment} has damaged the database: {complaints}")
        for painter in self._painters:
            painter.learn(taken)
        for prompt in self._prompts():
            if len(prompt.pictures) > 1 and prompt not in self._doubled:
                self._doubled[prompt] = moment

    def _read_copy(self) -> tuple[list[str], set[int]]:
        """What SQLite says of the file, and the ids of the messages and interactions that were taken.

        Of a copy: opening the file itself would do the recovery that is the next bot's to do.
        """
        copy = self._town.folder / "copy.db"
        for ending in ("", "-wal"):
            origin = self._town.database.with_name(self._town.database.name + ending)
            copied = copy.with_name(copy.name + ending)
            copied.unlink(missing_ok=True)
            if origin.exists():
                shutil.copy(origin, copied)
        with closing(sqlite3.connect(copy)) as file:
            complaints = [str(row[0]) for row in file.execute("PRAGMA integrity_check")]
            migrated = file.execute("SELECT 1 FROM sqlite_master WHERE name = 'turns'").fetchone()
            return complaints, {row[0] for row in file.execute("SELECT source_id FROM turns")} if migrated else set()

    def _left(self) -> int:
        """What a bot that is not killed still has to do: prompts to answer, then turns to end."""
        return sum(not each.pictures for each in self._prompts()) or self._unfinished()

    def _fewer_than(self, left: int) -> bool:
        return self._left() < left

    def _unfinished(self) -> int:
        """Turns that a bot would go on with."""
        with closing(sqlite3.connect(self._town.database, timeout=LIMIT)) as file:
            query = "SELECT count(*) FROM turns WHERE state IN ('asked', 'generated')"
            return int(file.execute(query).fetchone()[0])

    def _prompts(self) -> Iterator[Prompt]:
        return (prompt for painter in self._painters for prompt in painter.prompts)

    def _count(self) -> None:
        tally = self.tally
        for prompt in self._prompts():
            shown = len(prompt.pictures)
            tally.prompts += 1
            tally.answered_once += shown == 1
            tally.lost += shown == 0
            tally.doubled += shown > 1
            answers = [each.content or "a picture" for each in prompt.answers()]
            if shown != 1 or len(answers) != 1:
                since = self._doubled.get(prompt, "the end")
                self._complain(f"{prompt}: answered, as of {since}, with {answers}")
        for painter in self._painters:
            starts = sum(isinstance(each, Start) for each in painter.not_taken)
            tally.starts_not_taken += starts
            tally.written_in_vain += len(painter.not_taken) - starts
            if painter.answered_out_of_order:
                self._complain(f"{painter} was answered out of order")
        sent = Counter(number for each in self._town.gemini.requests for number in numbers_in(newest_words(each)))
        tally.drawn_again = sum(times - 1 for times in sent.values())
        if unfinished := self._unfinished():
            self._complain(f"{unfinished} turns are left over at the end")
        if "Traceback" in self._town.bot.log:
            self._complain("the bot's log has a traceback")

    def _complain(self, fault: str) -> None:
        self.tally.faults.append(f"seed {self._seed}: {fault}")
