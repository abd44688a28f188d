"""What is worked off in the background: acts of moderators that are to be shown, posts that are to be deleted."""

from __future__ import annotations

import asyncio

import pytest

from bot.errors import DatabaseUnavailable
from bot.servers import Act, ActKind
from bot.services.acts import Acts
from bot.services.backlog import Backlog
from bot.services.clearing import Clearing
from bot.services.patience import Patience
from bot.services.stopping import Stopping
from storage.database import Database

GUILD, THREAD = 1, 2


class SlowDiscord:
    """Takes nothing until it is let through."""

    def __init__(self) -> None:
        self.asked = asyncio.Event()
        self.let_through = asyncio.Event()
        self.taken = 0

    async def show_act(self, _act: Act, _log_channel_id: int | None) -> None:
        await self._take()

    async def remove_post(self, _thread_id: int, _message_id: int) -> None:
        await self._take()

    async def _take(self) -> None:
        self.asked.set()
        await self.let_through.wait()
        self.taken += 1


@pytest.fixture
async def discord() -> SlowDiscord:
    return SlowDiscord()


async def test_acts_that_a_stop_leaves_are_shown_after_the_next_start(database: Database, discord: SlowDiscord) -> None:
    async with database.transaction() as repos:
        await repos.servers.record(GUILD, 3, 4, ActKind.SHOW, "", THREAD)
    stopped = acts(database, discord)
    stopped.announce()
    await discord.asked.wait()

    async with asyncio.timeout(10):
        await stopped.close()
    assert not running("acts of moderators")
    assert discord.taken == 0

    discord.let_through.set()
    acts(database, discord).announce()
    await ended("acts of moderators")
    assert discord.taken == 1


async def test_posts_that_a_stop_leaves_are_deleted_after_the_next_start(
    database: Database, discord: SlowDiscord
) -> None:
    async with database.transaction() as repos:
        await repos.uses.unwanted(THREAD, 5)
    stopped = clearing(database, discord)
    stopped.wake()
    await discord.asked.wait()

    async with asyncio.timeout(10):
        await stopped.close()
    assert not running("unwanted posts")
    assert discord.taken == 0

    discord.let_through.set()
    clearing(database, discord).wake()
    await ended("unwanted posts")
    assert discord.taken == 1


async def test_woken_while_it_works_it_looks_once_more() -> None:
    looked = 0

    async def look() -> bool:
        nonlocal looked
        looked += 1
        if looked == 1:
            backlog.wake()
        return False

    backlog = Backlog("looking", look, Stopping())
    backlog.wake()
    await ended("looking")

    assert looked == 2


async def test_without_a_database_it_waits_to_be_woken_again() -> None:
    outcomes: list[Exception | None] = [DatabaseUnavailable(), None]

    async def look() -> bool:
        outcome = outcomes.pop(0)
        if outcome is not None:
            raise outcome
        return False

    backlog = Backlog("looking", look, Stopping())
    for left in (1, 0):
        backlog.wake()
        await ended("looking")
        assert len(outcomes) == left


def acts(database: Database, discord: SlowDiscord) -> Acts:
    stopping = Stopping()
    return Acts(database, discord, Patience(0, stopping), stopping)


def clearing(database: Database, discord: SlowDiscord) -> Clearing:
    stopping = Stopping()
    return Clearing(database, discord, Patience(0, stopping), stopping)


def running(name: str) -> list[asyncio.Task[object]]:
    return [task for task in asyncio.all_tasks() if task.get_name() == name]


async def ended(name: str) -> None:
    async with asyncio.timeout(10):
        await asyncio.gather(*running(name))
