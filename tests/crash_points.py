"""Crashes of the bot, one at each boundary of what it does.

A boundary lies before and after each commit, each call to Discord and each call to Gemini: all by which the bot reaches
what outlives it. What it does between them is lost with the process.
"""

from __future__ import annotations

import asyncio
import sys
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager, contextmanager
from itertools import pairwise
from typing import Any

import pytest
from simcord._runtime import _attach_bot
from simcord.http import FakeHTTPClient, FakeWebhookAdapter

from bot.app import build_bot
from bot.gemini.image_service import GeminiImageService
from stage import Stage
from storage.database import Database, Repositories

Act = Callable[[], Awaitable[object]]


async def crash_points(act: Act) -> list[str]:
    """Lets the bot answer without a crash, and names the points where there could have been one, in their order.

    The end of one call and the beginning of the next are one point where nothing lies between them.
    """
    with _watching() as watch:
        await act()
    return [
        point
        for former, point in pairwise(["", *watch.passed])
        if not (former.startswith("after ") and point.startswith("before "))
    ]


async def crash(stage: Stage, point: str, act: Act) -> None:
    """Stops the bot for good at that point of its answer. Raises AssertionError when it does not come there."""
    with _watching(point) as watch:
        acting = asyncio.ensure_future(act())
        crashed = asyncio.ensure_future(watch.crashed.wait())
        await asyncio.wait({acting, crashed}, return_when=asyncio.FIRST_COMPLETED)
        crashed.cancel()
        assert watch.crashed.is_set(), f"the bot came only to {watch.passed}"
        watch.killed = True
        await _kill(stage, acting)


async def start_again(stage: Stage) -> None:
    """Another bot on the same database, a second later."""
    stage.env.backend.advance_clock(1)
    await _attach_bot(stage.env, build_bot(stage.settings))


class _Watch:
    """What a bot passes; `crash_at` is where it crashes."""

    def __init__(self, crash_at: str | None) -> None:
        self.passed: list[str] = []
        self.crashed = asyncio.Event()
        self.killed = False
        self._crash_at = crash_at
        self._times: Counter[str] = Counter()

    async def reach(self, point: str) -> None:
        """Lets a live bot go on. In one that has crashed every task stays here, and its end leads no further."""
        self._times[point] += 1
        name = point if self._times[point] == 1 else f"{point} ({self._times[point]})"
        self.passed.append(name)
        if name == self._crash_at:
            self.crashed.set()
        if self.killed:
            raise asyncio.CancelledError
        if self.crashed.is_set():
            await asyncio.Future()


@contextmanager
def _watching(crash_at: str | None = None) -> Iterator[_Watch]:
    watch = _Watch(crash_at)
    with pytest.MonkeyPatch.context() as patch:
        _watch_calls(patch, FakeHTTPClient, "request", watch, _route)
        _watch_calls(patch, FakeHTTPClient, "get_from_cdn", watch, lambda *_: "GET attachment")
        _watch_calls(patch, FakeWebhookAdapter, "request", watch, _route)
        _watch_calls(patch, GeminiImageService, "send_chat_message", watch, lambda *_: "call to Gemini")
        _watch_commits(patch, watch)
        yield watch


def _watch_calls(patch: pytest.MonkeyPatch, owner: type, method: str, watch: _Watch, name: Callable[..., str]) -> None:
    original = getattr(owner, method)

    async def watched(self: Any, *args: Any, **options: Any) -> Any:
        call = name(*args)
        await watch.reach(f"before {call}")
        answer = await original(self, *args, **options)
        await watch.reach(f"after {call}")
        return answer

    patch.setattr(owner, method, watched)


def _watch_commits(patch: pytest.MonkeyPatch, watch: _Watch) -> None:
    """Names each commit by the function whose transaction it ends."""
    original = Database.transaction

    @asynccontextmanager
    async def watched(database: Database, function: str) -> AsyncIterator[Repositories]:
        async with original(database) as repos:
            yield repos
            await watch.reach(f"before commit in {function}")
        await watch.reach(f"after commit in {function}")

    def transaction(database: Database) -> AbstractAsyncContextManager[Repositories]:
        return watched(database, sys._getframe(1).f_code.co_qualname)

    patch.setattr(Database, "transaction", transaction)


def _route(route: Any, *_: Any) -> str:
    return f"{route.method} {route.path}"


async def _kill(stage: Stage, acting: asyncio.Future[object]) -> None:
    """What the operating system does with a process: its tasks are gone, its files and sockets closed.

    A connection on its way back into SQLAlchemy's pool is let through, for a lost one would have it warn.
    """
    tasks = stage.env._work.tasks
    for task, known in list(tasks.items()):
        if known.label != "AsyncConnection.close":
            task.cancel()
    while left := [task for task in tasks if not task.done()]:
        await asyncio.wait(left)
    acting.cancel()
    await asyncio.gather(acting, return_exceptions=True)
    await stage.env._detach_bot()
    await stage.bot._gemini.close()
    await stage.database.close()
