"""Waiting for something to become true, without polling."""

import asyncio
from collections.abc import Callable
from typing import TypeVar

T = TypeVar("T")


class Signal:
    """Told of every change in one place; those who wait look again."""

    def __init__(self) -> None:
        self._waiting: set[asyncio.Future[None]] = set()

    def changed(self) -> None:
        for future in self._waiting:
            if not future.done():
                future.set_result(None)

    async def until(self, probe: Callable[[], T | None], within: float, expected: Callable[[], str]) -> T:
        """What `probe` finds, once it finds something.

        Raises TimeoutError with the words of `expected` after `within` seconds.
        """
        loop = asyncio.get_running_loop()
        deadline = loop.time() + within
        while (found := probe()) is None:
            future = loop.create_future()
            self._waiting.add(future)
            try:
                await asyncio.wait_for(future, deadline - loop.time())
            except TimeoutError:
                raise TimeoutError(f"not within {within:g} s: {expected()}") from None
            finally:
                self._waiting.discard(future)
        return found
