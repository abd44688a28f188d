"""Uses: what came of every prompt, counted for limits and costs; and the posts that are to be deleted with a user."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import ColumnElement, Text, case, cast, delete, func, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from bot.domain import Turn, TurnState
from bot.servers import DayOfUse, Outcome
from storage.tables import TurnRow, UnwantedPostRow, UseRow


class Uses:
    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    async def count(self, turn: Turn, outcome: Outcome, cost_usd: float | None = None) -> None:
        """Something came of the turn; a price that is not known counts as none."""
        self._session.add(
            UseRow(
                turn_id=turn.id,
                guild_id=turn.place.guild_id,
                user_id=turn.user_id,
                outcome=outcome,
                cost_usd=cost_usd or 0.0,
            )
        )
        await self._session.flush()

    async def posted(self, turn: Turn, message_id: int) -> None:
        """That message shows the turn's picture."""
        picture = (UseRow.turn_id == turn.id, UseRow.outcome == Outcome.PICTURE)
        place = {"thread_id": turn.place.thread_id, "message_id": message_id}
        await self._session.execute(update(UseRow).where(*picture).values(place))

    async def pictures_of_user(self, user_id: int, guild_id: int | None, since: datetime) -> list[datetime]:
        """When each of the user's pictures there came, oldest first; guild_id is None in private chats."""
        return await self._times(UseRow.user_id == user_id, UseRow.guild_id == guild_id, UseRow.at >= since)

    async def pictures_of_server(self, guild_id: int, since: datetime) -> list[datetime]:
        """When each of the server's pictures came, oldest first."""
        return await self._times(UseRow.guild_id == guild_id, UseRow.at >= since)

    async def costs(self, since: datetime) -> list[tuple[datetime, float]]:
        """What each picture cost in US dollars, over all servers, oldest first."""
        rows = await self._session.execute(
            select(UseRow.at, UseRow.cost_usd).where(UseRow.at >= since, UseRow.cost_usd > 0).order_by(UseRow.at)
        )
        return [(row.at, row.cost_usd) for row in rows]

    async def waiting(self, *, user_id: int | None = None, guild_id: int | None = None) -> int:
        """Prompts without a picture so far: each has a picture reserved. Of a user, of a server, or of all."""
        here: list[ColumnElement[bool]] = [TurnRow.state == TurnState.ASKED]
        if user_id is not None:
            here.append(TurnRow.user_id == user_id)
        if guild_id is not None:
            here.append(TurnRow.guild_id == guild_id)
        return await self._session.scalar(select(func.count()).select_from(TurnRow).where(*here)) or 0

    async def by_day(self, guild_id: int, since: datetime, user_id: int | None = None) -> Sequence[DayOfUse]:
        """A server's days in order, those without any use left out; of one user if so wished."""
        day = func.substr(cast(UseRow.at, Text), 1, 10).label("day")  # stored, and told by PostgreSQL, in UTC
        here = [UseRow.guild_id == guild_id, UseRow.at >= since]
        if user_id is not None:
            here.append(UseRow.user_id == user_id)
        rows = await self._session.execute(
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

    async def forget_user(self, user_id: int) -> int:
        """The numbers stay without saying whose; the posts are put down as unwanted. Answers how many those are."""
        posted = (UseRow.user_id == user_id, UseRow.message_id.is_not(None))
        posts = (await self._session.execute(select(UseRow.message_id, UseRow.thread_id).where(*posted))).all()
        for message_id, thread_id in posts:
            if message_id is not None and thread_id is not None:
                await self.unwanted(thread_id, message_id)
        await self._session.execute(
            update(UseRow).where(UseRow.user_id == user_id).values(user_id=None, thread_id=None, message_id=None)
        )
        return len(posts)

    async def unwanted(self, thread_id: int, message_id: int) -> None:
        """That message is to be deleted."""
        await self._session.merge(UnwantedPostRow(message_id=message_id, thread_id=thread_id))

    async def unwanted_posts(self, limit: int) -> list[tuple[int, int]]:
        """Threads and messages in them that are to be deleted, the oldest first."""
        rows = await self._session.execute(
            select(UnwantedPostRow.thread_id, UnwantedPostRow.message_id)
            .order_by(UnwantedPostRow.message_id)
            .limit(limit)
        )
        return [(row.thread_id, row.message_id) for row in rows]

    async def done_with(self, message_id: int) -> None:
        """The message is gone, or out of reach for good."""
        await self._session.execute(delete(UnwantedPostRow).where(UnwantedPostRow.message_id == message_id))

    async def _times(self, *here: ColumnElement[bool]) -> list[datetime]:
        query = select(UseRow.at).where(UseRow.outcome == Outcome.PICTURE, *here).order_by(UseRow.at)
        return list(await self._session.scalars(query))


def _counted(outcome: Outcome) -> ColumnElement[int]:
    return func.sum(case((UseRow.outcome == outcome, 1), else_=0)).label(outcome)
