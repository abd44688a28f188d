"""What Discord and the way to it may answer, as errors of ours."""

from __future__ import annotations

from dataclasses import dataclass, field

import aiohttp
import discord
import pytest

from bot.errors import (
    BotError,
    DiscordRejected,
    DiscordUnavailable,
    DiscordUnreachable,
    NotPermitted,
    PlaceGone,
    TooManyThreads,
)
from bot.posting import translated


@dataclass
class Answer:
    """As much of an HTTP response as discord.py's exceptions look at."""

    status: int
    headers: dict[str, str] = field(default_factory=dict)
    reason: str = ""


def refused(status: int, code: int, headers: dict[str, str] | None = None) -> discord.HTTPException:
    kind = {403: discord.Forbidden, 404: discord.NotFound}.get(status, discord.HTTPException)
    return kind(Answer(status, headers or {}), {"code": code, "message": "A fault on command"})  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("foreign", "ours"),
    [
        (refused(403, 50001), PlaceGone),
        (refused(403, 50013), NotPermitted),
        (refused(403, 160005), PlaceGone),
        (refused(404, 10003), PlaceGone),
        (refused(400, 50083), PlaceGone),
        (refused(400, 160006), TooManyThreads),
        (refused(400, 50035), DiscordRejected),
        (refused(401, 0), DiscordRejected),
        (refused(429, 0), DiscordUnavailable),
        (refused(500, 0), DiscordUnavailable),
        (refused(503, 0), DiscordUnavailable),
        (aiohttp.ServerDisconnectedError(), DiscordUnreachable),
        (ConnectionResetError(), DiscordUnreachable),
        (TimeoutError(), DiscordUnreachable),
    ],
    ids=repr,
)
def test_no_foreign_exception_leaves(foreign: Exception, ours: type[BotError]) -> None:
    with pytest.raises(BotError) as caught, translated():
        raise foreign

    assert type(caught.value) is ours


@pytest.mark.parametrize(
    ("header", "seconds"), [("0.25", 0.25), ("590", 590), ("Fri, 20 Nov 2026 10:00:00 GMT", None), (None, None)]
)
def test_discord_says_how_long_to_wait(header: str | None, seconds: float | None) -> None:
    headers = {} if header is None else {"Retry-After": header}

    with pytest.raises(DiscordUnavailable) as caught, translated():
        raise refused(429, 0, headers)

    assert caught.value.seconds == seconds
    assert ("10 minutes" if seconds == 590 else "a minute") in caught.value.user_message
