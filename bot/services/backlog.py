"""Entries of a table that are worked off in the background, whenever there may be some."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

import structlog

from bot.errors import DatabaseUnavailable
from bot.services.stopping import Stopping

log = structlog.get_logger(__name__)


class Backlog:
    """The table is the list: what a stop or a fault leaves in it is gone on with when the backlog is woken again.

    `work` works some of the entries off, and answers whether there may be more.
    """

    def __init__(self, name: str, work: Callable[[], Awaitable[bool]], stopping: Stopping) -> None:
        self._name = name
        self._work = work
        self._stopping = stopping
        self._working: asyncio.Task[None] | None = None
        self._woken = False

    def wake(self) -> None:
        """Has the entries worked off, in a task that ends with the last."""
        self._woken = True
        if (self._working is None or self._working.done()) and not self._stopping.begun:
            self._working = asyncio.create_task(self._work_off(), name=self._name)

    async def close(self) -> None:
        """Ends what waits for Discord, and lets transactions end."""
        if self._working is not None:
            await self._stopping.stop([self._working], within=0)

    async def _work_off(self) -> None:
        try:
            while self._woken:
                self._woken = False
                if await self._work():
                    self._woken = True
        except DatabaseUnavailable:
            log.warning("waits for the database", work=self._name)
