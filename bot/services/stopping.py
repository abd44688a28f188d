"""Stopping work at the right places: while it waits for somebody else, never in the middle of a transaction."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any


class Stopping:
    """Shared by those who work and the one who stops them."""

    def __init__(self) -> None:
        self._waiting: set[asyncio.Task[Any]] = set()
        self.begun = False

    @contextmanager
    def interruptible(self) -> Iterator[None]:
        """Where the current task may be cancelled: around calls to Gemini and Discord, and pauses."""
        if self.begun:
            raise asyncio.CancelledError
        task = asyncio.current_task()
        if task is None:
            raise RuntimeError("only a task can be interrupted")
        self._waiting.add(task)
        try:
            yield
        finally:
            self._waiting.discard(task)

    def begin(self) -> None:
        """Cancels those who wait; the others are when they come to wait."""
        self.begun = True
        for task in self._waiting:
            task.cancel()
