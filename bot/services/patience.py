"""Trying again what failed for a passing reason, with growing pauses and up to a stated time."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import TypeVar

from tenacity import (
    AsyncRetrying,
    RetryCallState,
    retry_if_exception,
    stop_after_attempt,
    stop_before_delay,
    stop_never,
)
from tenacity.stop import stop_base
from tenacity.wait import wait_base, wait_exponential_jitter

from bot.errors import DatabaseUnavailable, DiscordUnavailable, DiscordUnreachable
from bot.gemini_errors import GeminiDown, RateLimited
from bot.services.stopping import Stopping

GEMINI_ATTEMPTS = 3
"""Calls for one picture while Gemini says that it is down or asks to wait a little."""

SHORT_WAIT_SECONDS = 20
"""What Gemini may ask to wait before its user is told instead."""

DISCORD_SECONDS = 180
"""How long a picture is offered to Discord: within the minutes for which Discord knows a nonce again."""

T = TypeVar("T")


class Patience:
    """`pause_seconds` is the first pause; each further one is about twice as long, 30 s at most.

    Where a server says how long to wait, that is the pause.
    """

    def __init__(self, pause_seconds: float, stopping: Stopping) -> None:
        self._wait = _AsAsked(wait_exponential_jitter(initial=pause_seconds, max=30, jitter=pause_seconds))
        self._stopping = stopping

    async def with_gemini(self, call: Callable[[], Awaitable[T]]) -> T:
        """Raises what the last of `GEMINI_ATTEMPTS` calls raised."""
        return await self._tried(call, _gemini_may_recover, stop_after_attempt(GEMINI_ATTEMPTS))

    async def with_discord(
        self, call: Callable[[], Awaitable[T]], *, repeatable: bool = True, within: float = DISCORD_SECONDS
    ) -> T:
        """Raises DiscordUnavailable once the next call would come more than `within` seconds after the first.

        With `repeatable=False` a call that Discord may have carried out is not made again: it raises
        DiscordUnreachable.
        """

        def may_recover(error: BaseException) -> bool:
            return isinstance(error, DiscordUnavailable) and (repeatable or not isinstance(error, DiscordUnreachable))

        return await self._tried(call, may_recover, stop_before_delay(within))

    async def with_database(self, call: Callable[[], Awaitable[T]]) -> T:
        """For what would be lost or paid twice otherwise: goes on until the database takes it or the bot stops."""
        return await self._tried(call, lambda error: isinstance(error, DatabaseUnavailable), stop_never)

    async def _tried(
        self, call: Callable[[], Awaitable[T]], may_recover: Callable[[BaseException], bool], stop: stop_base
    ) -> T:
        retrying = AsyncRetrying(
            retry=retry_if_exception(may_recover), stop=stop, wait=self._wait, sleep=self._pause, reraise=True
        )
        async for attempt in retrying:
            with attempt:
                return await call()
        raise AssertionError("tenacity ends with a value or an exception")

    async def _pause(self, seconds: float) -> None:
        with self._stopping.interruptible():
            await asyncio.sleep(seconds)


class _AsAsked(wait_base):
    def __init__(self, otherwise: wait_base) -> None:
        self._otherwise = otherwise

    def __call__(self, retry_state: RetryCallState) -> float:
        error = retry_state.outcome.exception() if retry_state.outcome else None
        if isinstance(error, RateLimited | DiscordUnavailable) and error.seconds is not None:
            return error.seconds
        return self._otherwise(retry_state)


def _gemini_may_recover(error: BaseException) -> bool:
    if isinstance(error, RateLimited):
        return error.seconds is not None and error.seconds <= SHORT_WAIT_SECONDS
    return isinstance(error, GeminiDown)
