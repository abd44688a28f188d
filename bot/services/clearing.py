"""Posts of the bot that are to go: each is deleted on Discord, as far as it still may be."""

from __future__ import annotations

from functools import partial
from typing import Protocol

import structlog

from bot.errors import DiscordRejected, DiscordUnavailable, PlaceError
from bot.services.backlog import Backlog
from bot.services.patience import Patience
from bot.services.stopping import Stopping
from storage.database import Database

AT_ONCE = 50
"""Posts that are read together."""

PATIENCE_SECONDS = 20
"""How long one of them is tried before the next."""

log = structlog.get_logger(__name__)


class Remover(Protocol):
    async def remove_post(self, thread_id: int, message_id: int) -> None:
        """Deletes the message; one that is gone already is no trouble. Raises PlaceError, DiscordUnavailable."""


class Clearing:
    """The table of unwanted posts is the list; what a stop leaves is gone on with after the next start."""

    def __init__(self, database: Database, remover: Remover, patience: Patience, stopping: Stopping) -> None:
        self._database = database
        self._remover = remover
        self._patience = patience
        self._stopping = stopping
        self._backlog = Backlog("unwanted posts", self._clear, stopping)

    def wake(self) -> None:
        """Has the posts deleted, in the background."""
        self._backlog.wake()

    async def close(self) -> None:
        """Posts that are left then are deleted after the next start."""
        await self._backlog.close()

    async def _clear(self) -> bool:
        async with self._database.snapshot() as repos:
            posts = await repos.uses.unwanted_posts(AT_ONCE)
        gone = [await self._remove(thread_id, message_id) for thread_id, message_id in posts]
        return len(posts) == AT_ONCE and any(gone)

    async def _remove(self, thread_id: int, message_id: int) -> bool:
        """False when Discord does not take it right now: it is tried later, and the next one now."""
        remove = partial(self._remover.remove_post, thread_id, message_id)
        try:
            with self._stopping.interruptible():
                await self._patience.with_discord(remove, within=PATIENCE_SECONDS)
        except DiscordUnavailable:
            return False
        except (PlaceError, DiscordRejected) as error:
            log.info("post cannot be deleted", thread=thread_id, reason=type(error).__name__)
        async with self._database.transaction() as repos:
            await repos.uses.done_with(message_id)
        return True
