"""The queue: turns with which something is still to be done."""

from __future__ import annotations

from sqlalchemy import BigInteger, bindparam, delete, func, literal, select, text, update
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.domain import Turn, TurnKind, TurnState
from storage.images import Images
from storage.tables import QUEUE, TurnImageRow, TurnRow
from storage.turn_rows import all_turns, first_turn, turn_of
from storage.turns import Turns

TO_DO = text(f"({QUEUE})")
"""What the queue works on, in the very words of its index: only so is that used."""

_MINE = TurnRow.user_id == bindparam("of")
_ASKED = TurnRow.state == TurnState.ASKED
_STARTS = (TurnRow.kind == TurnKind.START, _ASKED)

_OLDEST = select(func.min(TurnRow.id)).where(TO_DO).group_by(TurnRow.user_id)
_NEXT_OF_USERS = select(TurnRow).where(TurnRow.id.in_(_OLDEST)).order_by(TurnRow.id)
_NEXT_OF_USER = select(TurnRow).where(_MINE, TO_DO).order_by(TurnRow.id).limit(2)
_OF_USER = select(TurnRow).where(_MINE, _ASKED).order_by(TurnRow.id)
_ALL_STARTS = select(TurnRow).where(*_STARTS).order_by(TurnRow.id)
_STARTS_OF_USER = select(TurnRow).where(_MINE, *_STARTS).order_by(TurnRow.id)

_AFTER = TurnRow.id > bindparam("start", type_=BigInteger)
_NEXT_START = select(func.min(TurnRow.id)).where(_MINE, *_STARTS, _AFTER).scalar_subquery()
_EDITS_AFTER = (
    _MINE,
    TurnRow.kind == TurnKind.EDIT,
    _ASKED,
    TurnRow.chat_id.is_(None),
    _AFTER,
    TurnRow.id < func.coalesce(_NEXT_START, literal(2**63 - 1, BigInteger)),
)
_FIRST_EDITS = select(TurnRow).where(*_EDITS_AFTER).order_by(TurnRow.id)
_JOINING = update(TurnRow).where(*_EDITS_AFTER)


class Waiting:
    def __init__(self, connection: AsyncConnection, turns: Turns, images: Images) -> None:
        self._connection = connection
        self._turns = turns
        self._images = images

    async def next_of_users(self) -> list[Turn]:
        """Each user's oldest turn with which something is still to be done, those who waited longest first."""
        return await all_turns(self._connection, _NEXT_OF_USERS)

    async def next_of_user(self, user_id: int) -> tuple[Turn, bool] | None:
        """The user's oldest turn with which something is still to be done, and whether there are more."""
        rows = (await self._connection.execute(_NEXT_OF_USER, {"of": user_id})).all()
        return (turn_of(rows[0]), len(rows) > 1) if rows else None

    async def of_user(self, user_id: int) -> list[Turn]:
        """The user's turns that have no picture yet, in the order in which they are drawn."""
        return await all_turns(self._connection, _OF_USER, of=user_id)

    async def asked_by(self, asker_id: int, guild_id: int) -> list[Turn]:
        """The turns without a picture that somebody asked for on that server, in whosever chat."""
        asked = (TurnRow.asked_by == asker_id, TurnRow.guild_id == guild_id, _ASKED)
        return await all_turns(self._connection, select(TurnRow).where(*asked).order_by(TurnRow.id))

    async def in_chat(self, chat_id: int) -> Turn | None:
        """The chat's oldest turn that has no picture yet."""
        oldest = select(TurnRow).where(TurnRow.chat_id == chat_id, _ASKED).order_by(TurnRow.id).limit(1)
        return await first_turn(self._connection, oldest)

    async def unposted_in(self, chat_id: int) -> bool:
        """Whether a picture of the chat is still to come, or to be posted."""
        coming = (TurnRow.chat_id == chat_id, TurnRow.state.in_((TurnState.ASKED, TurnState.GENERATED)))
        return await self._connection.scalar(select(TurnRow.id).where(*coming).limit(1)) is not None

    async def starts_of(self, user_id: int) -> list[Turn]:
        """The starts of the user that have no picture yet, oldest first."""
        return await all_turns(self._connection, _STARTS_OF_USER, of=user_id)

    async def starts(self) -> list[Turn]:
        """Every user's starts that have no picture yet."""
        return await all_turns(self._connection, _ALL_STARTS)

    async def edits_after(self, start: Turn) -> list[Turn]:
        """Edits that wait for the chat that `start` opens: those asked for after it and before the next start."""
        return await all_turns(self._connection, _FIRST_EDITS, of=start.user_id, start=start.id)

    async def join_chat(self, start: Turn, chat_id: int) -> None:
        """Edits that were asked for before `start` had its picture belong to its chat from now on."""
        await self._connection.execute(_JOINING, {"of": start.user_id, "start": start.id, "chat_id": chat_id})

    async def forget_of_user(self, user_id: int) -> None:
        """Deletes the user's starts and edits that are still asked for."""
        asked = (TurnRow.user_id == user_id, _ASKED, TurnRow.kind != TurnKind.ONCE)
        hashes = (
            await self._connection.scalars(
                select(TurnImageRow.sha256).join(TurnRow, TurnRow.id == TurnImageRow.turn_id).where(*asked)
            )
        ).all()
        await self._connection.execute(delete(TurnRow).where(*asked))
        await self._images.delete_unreferenced(hashes)

    async def forget_in(self, chat_id: int) -> list[Turn]:
        """Deletes what is still asked of that chat, and answers it."""
        waiting = await all_turns(self._connection, select(TurnRow).where(TurnRow.chat_id == chat_id, _ASKED))
        for turn in waiting:
            await self._turns.delete(turn)
        return waiting
