"""What moderators do for or to others: recorded with the deed itself, then shown in the thread and the log channel."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial
from typing import Protocol

import structlog

from bot.errors import DiscordRejected, DiscordUnavailable, PlaceError
from bot.servers import Act, ActKind
from bot.services.backlog import Backlog
from bot.services.orders import ChatOrder
from bot.services.patience import Patience
from bot.services.stopping import Stopping
from storage.database import Database, Repositories

AT_ONCE = 20
"""Acts that are read together."""

PATIENCE_SECONDS = 20
"""How long one of them is tried before the next."""

log = structlog.get_logger(__name__)


class Announcer(Protocol):
    async def show_act(self, act: Act, log_channel_id: int | None) -> None:
        """Shows it in the chat's thread, if the act names one, and in that channel, once each for a few minutes.

        Where one of the two does not take it, the other still gets it. Raises DiscordUnavailable.
        """


class Acts:
    def __init__(self, database: Database, announcer: Announcer, patience: Patience, stopping: Stopping) -> None:
        self._database = database
        self._announcer = announcer
        self._patience = patience
        self._stopping = stopping
        self._backlog = Backlog("acts of moderators", self._announce, stopping)

    @asynccontextmanager
    async def transaction(self, order: ChatOrder) -> AsyncIterator[Repositories]:
        """As `Database.transaction`; what a moderator did in it is announced once it is committed."""
        async with self._database.transaction() as repos:
            yield repos
        if order.by_moderator:
            self.announce()

    @asynccontextmanager
    async def decision(self) -> AsyncIterator[Repositories]:
        """The same for what is always announced, whomever it is about."""
        async with self._database.transaction() as repos:
            yield repos
        self.announce()

    @asynccontextmanager
    async def look(self, order: ChatOrder) -> AsyncIterator[Repositories]:
        """For what only reads: a snapshot, unless a moderator's look is to be recorded."""
        async with self.transaction(order) if order.by_moderator else self._database.snapshot() as repos:
            yield repos

    def announce(self) -> None:
        """Has what is not announced yet announced, in the background."""
        self._backlog.wake()

    async def close(self) -> None:
        """What is not announced by then is announced after the next start."""
        await self._backlog.close()

    async def _announce(self) -> bool:
        async with self._database.snapshot() as repos:
            acts = await repos.servers.acts_to_announce(AT_ONCE)
        told = [await self._announce_one(act) for act in acts]
        return len(acts) == AT_ONCE and any(told)

    async def _announce_one(self, act: Act) -> bool:
        """False when Discord does not take it right now: it is tried later, and the next one now."""
        async with self._database.snapshot() as repos:
            channel_id = (await repos.servers.settings(act.guild_id)).log_channel_id
        try:
            with self._stopping.interruptible():
                show = partial(self._announcer.show_act, act, channel_id)
                await self._patience.with_discord(show, within=PATIENCE_SECONDS)
        except DiscordUnavailable:
            return False
        except (PlaceError, DiscordRejected) as error:
            log.info("act not shown", act=act.id, reason=type(error).__name__)
        async with self._database.transaction() as repos:
            await repos.servers.announced(act.id)
        return True


async def decide(repos: Repositories, order: ChatOrder, kind: ActKind, detail: str = "") -> None:
    """Records what a moderator decided of a member, of themselves as well."""
    if order.guild_id is not None:
        await repos.servers.record(order.guild_id, order.asked_by, order.user_id, kind, detail, None)


async def record(
    repos: Repositories, order: ChatOrder, kind: ActKind, detail: str = "", thread_id: int | None = None
) -> None:
    """Records what was done, if it is a moderator's doing on a server."""
    if order.by_moderator and order.guild_id is not None:
        await repos.servers.record(order.guild_id, order.asked_by, order.user_id, kind, detail, thread_id)
