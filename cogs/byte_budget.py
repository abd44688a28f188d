"""Bytes of attached files that are held in memory at once: whoever comes when there is no room waits."""

from __future__ import annotations

import asyncio
import weakref
from collections import deque


class ByteBudget:
    """Never keeps the first one waiting, however much it wants."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._used = 0
        self._waiting: deque[asyncio.Future[None]] = deque()

    async def reserve(self, size: int) -> None:
        """Waits for room for all of it at once: two who held a part each would wait for each other."""
        while self._used and self._used + size > self._most:
            turn = asyncio.get_running_loop().create_future()
            self._waiting.append(turn)
            await turn
        self._used += size

    def release_with(self, holder: object, size: int) -> None:
        """Gives so much of what was reserved back when nobody holds that object any more."""
        weakref.finalize(holder, self.release, size).atexit = False

    def release(self, size: int) -> None:
        """Also from a thread: an object may end anywhere."""
        self._used -= size
        while self._waiting:
            turn = self._waiting.popleft()
            if not turn.get_loop().is_closed():
                turn.get_loop().call_soon_threadsafe(_wake, turn)


def _wake(turn: asyncio.Future[None]) -> None:
    if not turn.done():
        turn.set_result(None)
