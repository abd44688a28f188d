"""The line below a prompt that says how far it is, from the moment it is taken until its picture is there."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import partial
from typing import Protocol
from weakref import WeakValueDictionary

import structlog

from bot.domain import Turn
from bot.errors import BotError
from bot.services.patience import Patience
from bot.services.stopping import Stopping
from storage.database import Database

log = structlog.get_logger(__name__)

LINE_SECONDS = 10
"""How long a picture waits for Discord to take its line, or to take it away."""


class StatusPoster(Protocol):
    """Shows the lines on Discord. Raises BotError when Discord does not take one."""

    async def show_status(self, turn: Turn, text: str) -> int:
        """Posts the turn's line, or changes it; answers the message's id."""

    async def find_status(self, turn: Turn) -> int | None:
        """The id of the message that is the turn's line already, if there is one."""

    async def remove_status(self, turn: Turn) -> None:
        """Takes the turn's line away."""


@dataclass(frozen=True)
class _Line:
    message_id: int
    text: str


class StatusLines:
    """A line that cannot be shown or changed holds nothing up for long."""

    def __init__(self, database: Database, poster: StatusPoster, patience: Patience, stopping: Stopping) -> None:
        self._database = database
        self._poster = poster
        self._patience = patience
        self._stopping = stopping
        self._began = datetime.now(UTC)
        self._shown: dict[int, _Line] = {}
        """By the ids of their turns."""
        self._one_at_a_time: WeakValueDictionary[int, asyncio.Lock] = WeakValueDictionary()

    async def show(self, turn: Turn, text: str) -> None:
        """Posts or changes the line of a turn that waits for its picture, as far as the caller knows."""
        async with self._lock(turn.id):
            turn = self._with_own_line(turn)
            if turn.id in self._shown and self._shown[turn.id].text == text:
                return
            try:
                with self._stopping.interruptible():
                    message_id = await self._patience.with_discord(partial(self._show, turn, text), within=LINE_SECONDS)
            except BotError as error:
                log.info("status not shown", turn=turn.id, reason=type(error).__name__)
                return
            self._shown[turn.id] = _Line(message_id, text)
            if message_id != turn.status_message_id and not await self._patience.with_database(
                partial(self._store, turn.id, message_id)
            ):
                await self._take_away(turn)  # it waits no more, or is deleted

    async def _store(self, turn_id: int, message_id: int) -> bool:
        async with self._database.transaction() as repos:
            return await repos.turns.status_shown(turn_id, message_id)

    async def _show(self, turn: Turn, text: str) -> int:
        return await self._poster.show_status(await self._with_line(turn), text)

    async def _with_line(self, turn: Turn) -> Turn:
        """The turn with the line that an earlier process posted right before it ended, without storing which it is."""
        if turn.status_message_id is not None or turn.asked_at >= self._began:
            return turn
        return replace(turn, status_message_id=await self._poster.find_status(turn))

    def _with_own_line(self, turn: Turn) -> Turn:
        """The turn with the line that this process posted, of which the caller may not know yet."""
        line = self._shown.get(turn.id)
        return turn if line is None else replace(turn, status_message_id=line.message_id)

    async def remove(self, turn: Turn) -> None:
        """Takes the line away. Its turn still names it, for a crash: what ends the turn forgets it as well."""
        async with self._lock(turn.id):
            await self._take_away(turn)

    async def _take_away(self, turn: Turn) -> None:
        turn = self._with_own_line(turn)
        self._shown.pop(turn.id, None)
        if turn.status_message_id is None:
            return
        try:
            with self._stopping.interruptible():
                await self._patience.with_discord(partial(self._poster.remove_status, turn), within=LINE_SECONDS)
        except BotError as error:
            log.info("status not removed", turn=turn.id, reason=type(error).__name__)

    def _lock(self, turn_id: int) -> asyncio.Lock:
        return self._one_at_a_time.setdefault(turn_id, asyncio.Lock())
