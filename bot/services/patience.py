"""Trying again what failed for a passing reason, with growing pauses and up to a stated time."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import TypeVar

from tenacity import AsyncRetrying, RetryCallState, retry_if_exception, stop_after_attempt, stop_after_delay
from tenacity.wait import wait_base, wait_exponential_jitter

from bot.errors import DatabaseUnavailable, DiscordUnavailable, GeminiDown, RateLimited

GEMINI_ATTEMPTS = 3
"""Calls for one picture while Gemini says that it is down or asks to wait a little."""

SHORT_WAIT_SECONDS = 20
"""What Gemini may ask to wait before its user is told instead."""

DISCORD_SECONDS = 180
"""How long a picture is offered to Discord: within the minutes for which Discord knows a nonce again."""

DATABASE_SECONDS = 120
"""How long a picture that is made is held for a database that is locked or full."""

T = TypeVar("T")


class Patience:
    """`pause_seconds` is the first pause; each further one is about twice as long."""

    def __init__(self, pause_seconds: float) -> None:
        self._wait = wait_exponential_jitter(initial=pause_seconds, max=30, jitter=pause_seconds)

    async def with_gemini(self, call: Callable[[], Awaitable[T]]) -> T:
        """Raises what the last of `GEMINI_ATTEMPTS` calls raised."""
        retrying = AsyncRetrying(
            retry=retry_if_exception(_gemini_may_recover),
            stop=stop_after_attempt(GEMINI_ATTEMPTS),
            wait=_AsAsked(self._wait),
            reraise=True,
        )
        return await _tried(retrying, call)

    async def with_discord(self, call: Callable[[], Awaitable[T]]) -> T:
        """Raises DiscordUnavailable when `DISCORD_SECONDS` have passed. `call` must be safe to repeat."""
        retrying = AsyncRetrying(
            retry=retry_if_exception(lambda error: isinstance(error, DiscordUnavailable)),
            stop=stop_after_delay(DISCORD_SECONDS),
            wait=self._wait,
            reraise=True,
        )
        return await _tried(retrying, call)

    async def with_database(self, call: Callable[[], Awaitable[T]]) -> T:
        """For what would be lost otherwise. Raises DatabaseUnavailable when `DATABASE_SECONDS` have passed."""
        retrying = AsyncRetrying(
            retry=retry_if_exception(lambda error: isinstance(error, DatabaseUnavailable)),
            stop=stop_after_delay(DATABASE_SECONDS),
            wait=self._wait,
            reraise=True,
        )
        return await _tried(retrying, call)


async def _tried(retrying: AsyncRetrying, call: Callable[[], Awaitable[T]]) -> T:
    async for attempt in retrying:
        with attempt:
            return await call()
    raise AssertionError("tenacity ends with a value or an exception")


class _AsAsked(wait_base):
    """As long as Gemini asks for, where it does."""

    def __init__(self, otherwise: wait_base) -> None:
        self._otherwise = otherwise

    def __call__(self, retry_state: RetryCallState) -> float:
        error = retry_state.outcome.exception() if retry_state.outcome else None
        if isinstance(error, RateLimited) and error.seconds is not None:
            return error.seconds
        return self._otherwise(retry_state)


def _gemini_may_recover(error: BaseException) -> bool:
    if isinstance(error, RateLimited):
        return error.seconds is not None and error.seconds <= SHORT_WAIT_SECONDS
    return isinstance(error, GeminiDown)
