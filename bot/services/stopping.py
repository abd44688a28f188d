"""Stopping work at the right places: while it waits for somebody else, never in the middle of a transaction."""

from __future__ import annotations

import asyncio
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from typing import Any


class Stopping:
    """Shared by those who work and the one who stops them. From `begun` on, nothing new is begun."""

    def __init__(self) -> None:
        self._waiting: set[asyncio.Task[Any]] = set()
        self._time_is_up = False
        self.begun = False

    @contextmanager
    def interruptible(self) -> Iterator[None]:
        """Where the current task may be cancelled: around calls to Gemini and Discord, and pauses."""
        if self._time_is_up:
            raise asyncio.CancelledError
        task = asyncio.current_task()
        if task is None:
            raise RuntimeError("only a task can be interrupted")
        outermost = task not in self._waiting
        self._waiting.add(task)
        try:
            yield
        finally:
            if outermost:
                self._waiting.discard(task)

    async def stop(self, tasks: Collection[asyncio.Task[Any]], *, within: float) -> None:
        """Lets the tasks come to their end for so many seconds, then cancels each where it is interruptible."""
        self.begun = True
        if tasks:
            await asyncio.wait(tasks, timeout=within)
        self._time_is_up = True
        for task in self._waiting:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
