"""Chats that nobody uses: their threads are told, and when that helps nothing the chats are removed."""

from __future__ import annotations

from contextlib import suppress
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Protocol

import structlog

from bot.domain import IdentityImageChat
from bot.errors import BotError, DatabaseUnavailable, DiscordUnavailable
from bot.services.patience import Patience
from storage.database import Database

NOTICE = timedelta(days=7)
"""Between the word in the thread and the end; half the time that a chat may be idle when that is less."""

log = structlog.get_logger(__name__)


class Notifier(Protocol):
    async def say_idle(self, chat: IdentityImageChat, removed_at: datetime | None) -> None:
        """Says in the chat's thread that it will be removed then, or, with None, that it is. Raises BotError."""


class IdleChats:
    """`days` is how long a chat may go without a prompt; None for ever."""

    def __init__(self, database: Database, notifier: Notifier, patience: Patience, days: int | None) -> None:
        self._database = database
        self._notifier = notifier
        self._patience = patience
        self._allowed = None if days is None else timedelta(days=days)

    async def sweep(self, now: datetime | None = None) -> None:
        """Tells and removes; made to be called every now and then. Raises DatabaseUnavailable."""
        if self._allowed is None:
            return
        now = now or datetime.now(UTC)
        notice = min(NOTICE, self._allowed / 2)
        async with self._database.snapshot() as repos:
            overdue = await repos.chats.idle(now - self._allowed, warned_before=now - notice)
            unwarned = await repos.chats.idle(now - self._allowed + notice, warned_before=None)
        for chat in overdue:
            await self._remove(chat, now - self._allowed, now - notice)
        for chat in unwarned:
            await self._warn(chat, now, now + notice)

    async def _warn(self, chat: IdentityImageChat, now: datetime, removed_at: datetime) -> None:
        """A thread that takes no word any more counts as told; while Discord is away nobody is, until the next time."""
        try:
            await self._say(chat, removed_at)
        except DiscordUnavailable:
            return
        async with self._database.transaction() as repos:
            await repos.chats.warned(chat.id, now)

    async def _remove(self, chat: IdentityImageChat, since: datetime, warned_before: datetime) -> None:
        """Unless it was given a prompt since it was looked for."""
        async with self._database.transaction() as repos:
            if chat not in await repos.chats.idle(since, warned_before=warned_before):
                return
            await repos.chats.delete(chat)
        log.info("idle chat removed", chat=chat.id)
        with suppress(DiscordUnavailable):
            await self._say(chat, None)

    async def _say(self, chat: IdentityImageChat, removed_at: datetime | None) -> None:
        try:
            await self._patience.with_discord(partial(self._notifier.say_idle, chat, removed_at), within=10)
        except (DatabaseUnavailable, DiscordUnavailable):
            raise
        except BotError as error:
            log.info("thread not told of its idle chat", chat=chat.id, reason=type(error).__name__)
