"""Uses: what came of every prompt, counted for limits and costs; and the posts that are to be deleted with a user."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Text, bindparam, case, cast, delete, exists, func, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.domain import ImageSettings, Turn, TurnState
from bot.servers import DayOfUse, Outcome
from storage.rows import put
from storage.tables import TurnRow, UnwantedPostRow, UseRow

COUNTING = 1
"""The number of PostgreSQL's lock for it."""

_NEW = insert(UseRow)
_POSTED = update(UseRow).where(UseRow.turn_id == bindparam("turn"), UseRow.outcome == Outcome.PICTURE)
_WAITING = select(func.count()).select_from(TurnRow).where(TurnRow.state == TurnState.ASKED)
_WAITING_OF_USER = _WAITING.where(TurnRow.user_id == bindparam("user_id"))


class Uses:
    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def one_at_a_time(self) -> None:
        """Until this transaction ends no other one counts, or PostgreSQL would show neither what the other reserves.

        SQLite lets in one writer anyway.
        """
        if self._connection.dialect.name == "postgresql":
            await self._connection.execute(select(func.pg_advisory_xact_lock(COUNTING)))

    async def count(self, turn: Turn, outcome: Outcome, cost_usd: float = 0.0, *, named: bool = True) -> None:
        """Something came of the turn; `named=False` when its user is not known any more."""
        values = {
            "turn_id": turn.id,
            "guild_id": turn.place.guild_id,
            "user_id": turn.user_id if named else None,
            "outcome": outcome,
            "cost_usd": cost_usd,
        }
        await self._connection.execute(_NEW, values)

    async def paid_in_vain(self, turn_id: int) -> bool:
        """Whether it is counted already that the turn was cancelled after Gemini had been asked."""
        cancelled = (UseRow.turn_id == turn_id, UseRow.outcome == Outcome.CANCELLED)
        return await self._connection.scalar(select(UseRow.id).where(*cancelled).limit(1)) is not None

    async def posted(self, turn: Turn, message_id: int) -> None:
        """That message shows the turn's picture."""
        place = {"thread_id": turn.place.thread_id, "message_id": message_id}
        await self._connection.execute(_POSTED, {"turn": turn.id, **place})

    async def pictures_of_user(self, user_id: int, guild_id: int | None, since: datetime) -> list[datetime]:
        """When each of the user's pictures there came, oldest first; guild_id is None in private chats."""
        return await self._times(UseRow.user_id == user_id, UseRow.guild_id == guild_id, UseRow.at >= since)

    async def servers_of_user(self, user_id: int, since: datetime) -> list[int | None]:
        """Where the user had pictures; None for private chats."""
        query = select(UseRow.guild_id).where(UseRow.user_id == user_id, UseRow.at >= since).distinct()
        return list(await self._connection.scalars(query))

    async def pictures_of_server(self, guild_id: int, since: datetime) -> list[datetime]:
        """When each of the server's pictures came, oldest first."""
        return await self._times(UseRow.guild_id == guild_id, UseRow.at >= since)

    async def costs(self, since: datetime) -> list[tuple[datetime, float]]:
        """What each picture cost in US dollars, over all servers, oldest first."""
        rows = await self._connection.execute(
            select(UseRow.at, UseRow.cost_usd).where(UseRow.at >= since, UseRow.cost_usd > 0).order_by(UseRow.at)
        )
        return [(row.at, row.cost_usd) for row in rows]

    async def waiting_of_user(self, user_id: int) -> int:
        """The user's prompts without a picture so far: each has a picture reserved."""
        return await self._connection.scalar(_WAITING_OF_USER, {"user_id": user_id}) or 0

    async def waiting_of_user_on(self, user_id: int, guild_id: int | None) -> int:
        """The same, of those on that server, or in private."""
        return await self._waiting(TurnRow.user_id == user_id, TurnRow.guild_id == guild_id)

    async def waiting_of_server(self, guild_id: int) -> int:
        return await self._waiting(TurnRow.guild_id == guild_id)

    async def waiting_images(self) -> list[ImageSettings]:
        """With what all prompts that wait will be drawn."""
        columns = (TurnRow.model, TurnRow.aspect_ratio, TurnRow.image_size)
        rows = await self._connection.execute(select(*columns).where(TurnRow.state == TurnState.ASKED))
        return [ImageSettings(row.model, row.aspect_ratio, row.image_size) for row in rows]

    async def _waiting(self, *here: ColumnElement[bool]) -> int:
        return await self._connection.scalar(_WAITING.where(*here)) or 0

    async def by_day(self, guild_id: int, since: datetime, user_id: int | None = None) -> Sequence[DayOfUse]:
        """A server's days in order, those without any use left out; of one user if so wished."""
        day = func.substr(cast(UseRow.at, Text), 1, 10).label("day")  # stored, and told by PostgreSQL, in UTC
        here = [UseRow.guild_id == guild_id, UseRow.at >= since]
        if user_id is not None:
            here.append(UseRow.user_id == user_id)
        rows = await self._connection.execute(
            select(
                day,
                _counted(Outcome.PICTURE),
                _counted(Outcome.REFUSED),
                _counted(Outcome.FAILED),
                func.sum(UseRow.cost_usd).label("cost_usd"),
            )
            .where(*here)
            .group_by(day)
            .order_by(day)
        )
        return [DayOfUse(row.day, row.picture, row.refused, row.failed, row.cost_usd) for row in rows]

    async def forget_user(self, user_id: int) -> None:
        """The numbers stay without saying whose; the posts are put down as unwanted."""
        known = exists().where(UnwantedPostRow.message_id == UseRow.message_id)
        posts = (
            select(UseRow.message_id, UseRow.thread_id)
            .where(UseRow.user_id == user_id, UseRow.message_id.is_not(None), ~known)
            .group_by(UseRow.message_id, UseRow.thread_id)
        )
        await self._connection.execute(insert(UnwantedPostRow).from_select(["message_id", "thread_id"], posts))
        nobody = {"user_id": None, "thread_id": None, "message_id": None}
        await self._connection.execute(update(UseRow).where(UseRow.user_id == user_id).values(nobody))

    async def exported(self, user_id: int, channel_id: int, message_id: int) -> None:
        """That message, in private, holds an export."""
        place = {"guild_id": None, "thread_id": channel_id, "message_id": message_id}
        export = {"turn_id": 0, "user_id": user_id, "outcome": Outcome.EXPORT, "cost_usd": 0.0}
        await self._connection.execute(_NEW, export | place)

    async def of_user(self, user_id: int) -> list[dict[str, Any]]:
        """What came of each of the user's prompts, as records."""
        columns = (UseRow.at, UseRow.guild_id, UseRow.outcome, UseRow.cost_usd, UseRow.thread_id, UseRow.message_id)
        rows = await self._connection.execute(select(*columns).where(UseRow.user_id == user_id).order_by(UseRow.id))
        return [dict(row) for row in rows.mappings()]

    async def unwanted(self, thread_id: int, message_id: int) -> None:
        """That message is to be deleted."""
        await put(self._connection, UnwantedPostRow, message_id=message_id, thread_id=thread_id)

    async def lines_unwanted(self, waiting: Iterable[Turn]) -> None:
        """The lines below those prompts are to be deleted, if the process ends before it comes to that."""
        for turn in waiting:
            if turn.status_message_id is not None:
                await self.unwanted(turn.place.thread_id, turn.status_message_id)

    async def unwanted_posts(self, limit: int) -> list[tuple[int, int]]:
        """Threads and messages in them that are to be deleted, the oldest first."""
        rows = await self._connection.execute(
            select(UnwantedPostRow.thread_id, UnwantedPostRow.message_id)
            .order_by(UnwantedPostRow.message_id)
            .limit(limit)
        )
        return [(row.thread_id, row.message_id) for row in rows]

    async def done_with(self, message_id: int) -> None:
        """The message is gone, or out of reach for good."""
        await self._connection.execute(delete(UnwantedPostRow).where(UnwantedPostRow.message_id == message_id))

    async def _times(self, *here: ColumnElement[bool]) -> list[datetime]:
        query = select(UseRow.at).where(UseRow.outcome == Outcome.PICTURE, *here).order_by(UseRow.at)
        return list(await self._connection.scalars(query))


def _counted(outcome: Outcome) -> ColumnElement[int]:
    return func.sum(case((UseRow.outcome == outcome, 1), else_=0)).label(outcome)
