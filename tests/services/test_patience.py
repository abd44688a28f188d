"""What is tried again, and how long is waited: pauses of an hour pass only where a server asks for less."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

import pytest

from bot.errors import BotError, DatabaseUnavailable, DiscordUnavailable, DiscordUnreachable
from bot.gemini_errors import RateLimited
from bot.services.patience import DISCORD_SECONDS, SHORT_WAIT_SECONDS, Patience
from bot.services.stopping import Stopping

AN_HOUR = 3600


def failing(*errors: BotError) -> tuple[Callable[[], Awaitable[int]], list[int]]:
    """A call that raises each of these and then answers 7, and a list that grows with each attempt."""
    left, attempts = list(errors), []

    async def call() -> int:
        attempts.append(1)
        if left:
            raise left.pop(0)
        return 7

    return call, attempts


async def test_discord_is_asked_again_when_it_says() -> None:
    call, _ = failing(DiscordUnavailable(0.01), DiscordUnavailable(0.02))

    assert await Patience(AN_HOUR, Stopping()).with_discord(call) == 7


async def test_gemini_is_asked_again_when_it_says() -> None:
    call, _ = failing(RateLimited(0.01))

    assert await Patience(AN_HOUR, Stopping()).with_gemini(call) == 7


async def test_a_long_wait_is_left_to_the_user() -> None:
    patience = Patience(0, Stopping())
    for ask, error in (
        (patience.with_discord, DiscordUnavailable(DISCORD_SECONDS + 1)),
        (patience.with_gemini, RateLimited(SHORT_WAIT_SECONDS + 1)),
    ):
        call, attempts = failing(error)

        with pytest.raises(type(error)):
            await ask(call)

        assert len(attempts) == 1


async def test_what_discord_may_have_done_is_not_done_again_unless_it_may_be() -> None:
    patience = Patience(0, Stopping())
    refused, _ = failing(DiscordUnavailable())
    cut, attempts = failing(DiscordUnreachable())
    cut_message, _ = failing(DiscordUnreachable())

    assert await patience.with_discord(refused, repeatable=False) == 7
    with pytest.raises(DiscordUnreachable):
        await patience.with_discord(cut, repeatable=False)
    assert await patience.with_discord(cut_message) == 7
    assert len(attempts) == 1


async def test_a_pause_for_the_database_ends_when_the_bot_stops() -> None:
    stopping = Stopping()
    call, attempts = failing(*[DatabaseUnavailable()] * 9)
    waiting = asyncio.create_task(Patience(AN_HOUR, stopping).with_database(call))
    await asyncio.sleep(0)

    await stopping.stop([waiting], within=0)

    assert waiting.cancelled()
    assert len(attempts) == 1
