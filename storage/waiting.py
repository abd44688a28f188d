"""The queue: turns with which something is still to be done."""

from __future__ import annotations

from sqlalchemy import ColumnElement, delete, func, select, text, update
from sqlalchemy.ext.asyncio import AsyncSession

from bot.domain import Turn, TurnKind, TurnState
from storage.images import Images
from storage.tables import QUEUE, TurnImageRow, TurnRow
from storage.turn_rows import turn_of
from storage.turns import Turns

TO_DO = text(f"({QUEUE})")
"""What the queue works on, in the very words of its index: only so is that used."""


class Waiting:
    def __init__(self, session: AsyncSession, turns: Turns, images: Images) -> None:
        self._session = session
        self._turns = turns
        self._images = images

    async def next_of_users(self) -> list[Turn]:
        """Each user's oldest turn with which something is still to be done, those who waited longest first."""
        oldest = select(func.min(TurnRow.id)).where(TO_DO).group_by(TurnRow.user_id)
        rows = await self._session.scalars(select(TurnRow).where(TurnRow.id.in_(oldest)).order_by(TurnRow.id))
        return [turn_of(row) for row in rows]

    async def next_of_user(self, user_id: int) -> Turn | None:
        """The user's oldest turn with which something is still to be done."""
        row = await self._session.scalar(
            select(TurnRow).where(TurnRow.user_id == user_id, TO_DO).order_by(TurnRow.id).limit(1)
        )
        return None if row is None else turn_of(row)

    async def of_user(self, user_id: int) -> list[Turn]:
        """The user's turns that have no picture yet, in the order in which they are drawn."""
        rows = await self._session.scalars(
            select(TurnRow).where(TurnRow.user_id == user_id, TurnRow.state == TurnState.ASKED).order_by(TurnRow.id)
        )
        return [turn_of(row) for row in rows]

    async def asked_by(self, asker_id: int, guild_id: int) -> list[Turn]:
        """The turns without a picture that somebody asked for on that server, in whosever chat."""
        asked = (TurnRow.asked_by == asker_id, TurnRow.guild_id == guild_id, TurnRow.state == TurnState.ASKED)
        return [turn_of(row) for row in await self._session.scalars(select(TurnRow).where(*asked).order_by(TurnRow.id))]

    async def in_chat(self, chat_id: int) -> Turn | None:
        """The chat's oldest turn that has no picture yet."""
        row = await self._session.scalar(
            select(TurnRow)
            .where(TurnRow.chat_id == chat_id, TurnRow.state == TurnState.ASKED)
            .order_by(TurnRow.id)
            .limit(1)
        )
        return None if row is None else turn_of(row)

    async def unposted_in(self, chat_id: int) -> bool:
        """Whether a picture of the chat is still to come, or to be posted."""
        coming = (TurnRow.chat_id == chat_id, TurnRow.state.in_((TurnState.ASKED, TurnState.GENERATED)))
        return await self._session.scalar(select(TurnRow.id).where(*coming).limit(1)) is not None

    async def starts_of(self, user_id: int) -> list[Turn]:
        """The starts of the user that have no picture yet, oldest first."""
        rows = await self._session.scalars(select(TurnRow).where(*_waiting_starts(user_id)).order_by(TurnRow.id))
        return [turn_of(row) for row in rows]

    async def starts(self) -> list[Turn]:
        """Every user's starts that have no picture yet."""
        waiting = (TurnRow.kind == TurnKind.START, TurnRow.state == TurnState.ASKED)
        rows = await self._session.scalars(select(TurnRow).where(*waiting).order_by(TurnRow.id))
        return [turn_of(row) for row in rows]

    async def edits_after(self, start: Turn) -> list[Turn]:
        """Edits that wait for the chat that `start` opens: those asked for after it and before the next start."""
        next_start = await self._session.scalar(
            select(func.min(TurnRow.id)).where(*_waiting_starts(start.user_id), TurnRow.id > start.id)
        )
        query = select(TurnRow).where(
            TurnRow.user_id == start.user_id,
            TurnRow.kind == TurnKind.EDIT,
            TurnRow.state == TurnState.ASKED,
            TurnRow.chat_id.is_(None),
            TurnRow.id > start.id,
        )
        if next_start is not None:
            query = query.where(TurnRow.id < next_start)
        return [turn_of(row) for row in await self._session.scalars(query.order_by(TurnRow.id))]

    async def join_chat(self, start: Turn, chat_id: int) -> None:
        """Edits that were asked for before `start` had its picture belong to its chat from now on."""
        waiting = [turn.id for turn in await self.edits_after(start)]
        await self._session.execute(update(TurnRow).where(TurnRow.id.in_(waiting)).values(chat_id=chat_id))

    async def forget_of_user(self, user_id: int) -> None:
        """Deletes the user's starts and edits that are still asked for."""
        asked = (TurnRow.user_id == user_id, TurnRow.state == TurnState.ASKED, TurnRow.kind != TurnKind.ONCE)
        hashes = (
            await self._session.scalars(
                select(TurnImageRow.sha256).join(TurnRow, TurnRow.id == TurnImageRow.turn_id).where(*asked)
            )
        ).all()
        await self._session.execute(delete(TurnRow).where(*asked))
        await self._images.delete_unreferenced(hashes)

    async def forget_in(self, chat_id: int) -> list[Turn]:
        """Deletes what is still asked of that chat, and answers it."""
        waiting = [
            turn_of(row)
            for row in await self._session.scalars(
                select(TurnRow).where(TurnRow.chat_id == chat_id, TurnRow.state == TurnState.ASKED)
            )
        ]
        for turn in waiting:
            await self._turns.delete(turn)
        return waiting


def _waiting_starts(user_id: int) -> tuple[ColumnElement[bool], ...]:
    return (TurnRow.user_id == user_id, TurnRow.kind == TurnKind.START, TurnRow.state == TurnState.ASKED)
