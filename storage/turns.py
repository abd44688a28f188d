"""Turns: the history of every chat, and what becomes of each prompt."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import BigInteger, Executable, Select, bindparam, case, delete, func, or_, select, union, update
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.domain import (
    Ask,
    Generated,
    Place,
    StoredContent,
    Turn,
    TurnKind,
    TurnState,
    Version,
    picture_hashes,
)
from storage.images import Images
from storage.rows import columns_of, put_if_new, put_those_new
from storage.tables import FormerThreadRow, IdentityImageChatRow, TurnImageRow, TurnRow
from storage.turn_rows import all_turns, first_turn, turn_of, values_of

NO_CONTENT: StoredContent = {"role": "user", "parts": []}

BY_MESSAGE = or_(TurnRow.reply_to_message_id.is_not(None), TurnRow.kind == TurnKind.START)
"""Whose source is a message in the thread, or the start that opened it."""

_THAT = TurnRow.id == bindparam("turn_id")
_BY_ID = select(TurnRow).where(_THAT)
_HELD = _BY_ID.with_for_update()
_BY_SOURCE = select(TurnRow).where(TurnRow.source_id == bindparam("source_id"))
_BY_REPLY = select(TurnRow).where(
    TurnRow.reply_message_id == bindparam("message_id"), TurnRow.picture_sha256.is_not(None)
)
_LAST_SOURCE = select(func.max(TurnRow.source_id)).where(
    TurnRow.user_id == bindparam("user_id"), TurnRow.thread_id == bindparam("thread_id"), BY_MESSAGE
)
_CHANGED = update(TurnRow).where(_THAT)
_CHANGED_IF_THERE = _CHANGED.returning(TurnRow.id)
_WAITING = _CHANGED_IF_THERE.where(TurnRow.state == TurnState.ASKED)
_AGAIN = _CHANGED_IF_THERE.values(attempt=TurnRow.attempt + 1)
_BELOW = update(TurnRow).where(TurnRow.parent_id == bindparam("above"))
_FAILED_STARTS = (
    select(TurnRow)
    .where(
        TurnRow.user_id == bindparam("user_id"),
        TurnRow.chat_id.is_(None),
        TurnRow.state.in_((TurnState.FAILED, TurnState.REFUSED)),
        or_(TurnRow.retryable, TurnRow.problem.is_not(None)),
    )
    .order_by(TurnRow.id)
)


def _upwards() -> Select[TurnRow]:
    """The turn `head` and all that it comes from."""
    above = select(TurnRow.id, TurnRow.parent_id).where(TurnRow.id == bindparam("head")).cte(recursive=True)
    above = above.union(select(TurnRow.id, TurnRow.parent_id).join(above, TurnRow.id == above.c.parent_id))
    return select(TurnRow).where(TurnRow.id.in_(select(above.c.id))).order_by(TurnRow.version)


def _with_version() -> Executable:
    """Gives the turn the version after the newest of the chat `of`, one that was deleted included."""
    of, chats = bindparam("of", type_=BigInteger), IdentityImageChatRow
    kept = select(func.coalesce(func.max(TurnRow.version), 0)).where(TurnRow.chat_id == of).scalar_subquery()
    deleted = select(chats.deleted_version).where(chats.id == of).scalar_subquery()
    return _CHANGED.values(version=case((deleted > kept, deleted), else_=kept) + 1).returning(TurnRow)


_PATH = _upwards()
_NEXT_VERSION = _with_version()
_NO_VERSION = _CHANGED.returning(TurnRow)


class Turns:
    def __init__(self, connection: AsyncConnection, images: Images) -> None:
        self._connection = connection
        self._images = images

    async def take(self, ask: Ask) -> Turn | None:
        """Puts a prompt and its photos into the queue; None when its source was taken before."""
        row = await put_if_new(self._connection, TurnRow, by="source_id", **values_of(ask))
        if row is None:
            return None
        await self._images.keep(ask.photos)
        await self.name_images(row.id, picture_hashes([ask.user_content]))
        return turn_of(row)

    async def get(self, turn_id: int) -> Turn | None:
        return await first_turn(self._connection, _BY_ID, turn_id=turn_id)

    async def hold(self, turn_id: int) -> Turn | None:
        """As `get`; nobody else changes the turn until this transaction ends. SQLite lets in one writer anyway."""
        return await first_turn(self._connection, _HELD, turn_id=turn_id)

    async def newest_of_user(self, user_id: int, guild_id: int | None = None) -> Turn | None:
        """The user's latest turn, on that server if one is named, whatever became of it."""
        here = [TurnRow.user_id == user_id, *([] if guild_id is None else [TurnRow.guild_id == guild_id])]
        return await first_turn(self._connection, select(TurnRow).where(*here).order_by(TurnRow.id.desc()).limit(1))

    async def recent_prompts(self, user_id: int, limit: int) -> Sequence[str]:
        """What the user themselves asked to be edited, each wording once, the latest first."""
        return (
            await self._connection.scalars(
                select(TurnRow.prompt)
                .where(TurnRow.user_id == user_id, TurnRow.asked_by == user_id, TurnRow.kind == TurnKind.EDIT)
                .group_by(TurnRow.prompt)
                .order_by(func.max(TurnRow.id).desc())
                .limit(limit)
            )
        ).all()

    async def last_source(self, user_id: int, thread_id: int) -> int | None:
        """The newest message of the user in that thread that was taken, or the start that opened it."""
        return await self._connection.scalar(_LAST_SOURCE, {"user_id": user_id, "thread_id": thread_id})

    async def asked_in(self, thread_ids: Collection[int]) -> set[int]:
        """Those threads that are the place of a turn, or of a chat that has ended."""
        here = select(TurnRow.thread_id).where(TurnRow.thread_id.in_(thread_ids))
        former = select(FormerThreadRow.thread_id).where(FormerThreadRow.thread_id.in_(thread_ids))
        return set(await self._connection.scalars(union(here, former)))

    async def withdraw(self, turn_id: int) -> bool:
        """Cancels the turn; False when it has its picture by now, or has ended."""
        if not await self._changed(_WAITING, turn_id, state=TurnState.CANCELLED):
            return False
        await self.let_go_of_images(turn_id)
        return True

    async def of_source(self, source_id: int) -> Turn | None:
        """The turn that a message or interaction asked for."""
        return await first_turn(self._connection, _BY_SOURCE, source_id=source_id)

    async def of_reply(self, message_id: int) -> Turn | None:
        """The turn whose picture that message shows."""
        return await first_turn(self._connection, _BY_REPLY, message_id=message_id)

    async def reword(self, turn_id: int, prompt: str, user_content: StoredContent) -> None:
        """Changes what a waiting turn asks for."""
        await self._changed(_WAITING, turn_id, prompt=prompt, user_content=user_content)

    async def all_of_user(self, user_id: int) -> list[Turn]:
        """Oldest first."""
        return await all_turns(self._connection, select(TurnRow).where(TurnRow.user_id == user_id).order_by(TurnRow.id))

    async def delete(self, turn: Turn) -> None:
        """Deletes the turn and the bytes that only it named; what was made from it now comes from its parent."""
        named = await self._connection.scalars(select(TurnImageRow.sha256).where(TurnImageRow.turn_id == turn.id))
        hashes = named.all()
        if turn.parent_id is None:
            await self._hand_photos_on(turn)
        await self._strike_out(turn)
        await self._connection.execute(_BELOW, {"above": turn.id, "parent_id": turn.parent_id})
        await self._connection.execute(delete(TurnRow).where(TurnRow.id == turn.id))
        if turn.version is not None:
            chat = (IdentityImageChatRow.id == turn.chat_id, IdentityImageChatRow.deleted_version < turn.version)
            await self._connection.execute(
                update(IdentityImageChatRow).where(*chat).values(deleted_version=turn.version)
            )
        await self._images.delete_unreferenced(hashes)

    async def path(self, head_turn_id: int | None) -> list[Turn]:
        """The turns from the first one to the head, each the parent of the next."""
        return await all_turns(self._connection, _PATH, head=head_turn_id)

    async def versions(self, chat_id: int) -> list[Version]:
        """All pictures of a chat, oldest first, without the contents that were sent."""
        columns = (TurnRow.id, TurnRow.version, TurnRow.parent_id, TurnRow.prompt, TurnRow.picture_sha256)
        rows = await self._connection.execute(
            select(*columns)
            .where(TurnRow.chat_id == chat_id, TurnRow.version.is_not(None), TurnRow.picture_sha256.is_not(None))
            .order_by(TurnRow.version)
        )
        return [Version(row.id, row.version, row.parent_id, row.prompt, row.picture_sha256) for row in rows]

    async def count_pictures(self, chat_id: int) -> int:
        return (
            await self._connection.scalar(select(func.count(TurnRow.version)).where(TurnRow.chat_id == chat_id))
        ) or 0

    async def generated(self, turn: Turn, answer: Generated, *, chat_id: int | None, parent_id: int | None) -> Turn:
        """Stores the picture and both contents, and gives the turn the chat's next version."""
        await self._images.keep([answer.picture])
        values = {
            "state": TurnState.GENERATED,
            "chat_id": chat_id,
            "parent_id": parent_id,
            "user_content": answer.user_content,
            "model_content": answer.model_content,
            "picture_sha256": answer.picture.sha256,
            "finish_reason": answer.finish_reason,
            "prompt_tokens": answer.usage.prompt_tokens,
            "output_tokens": answer.usage.output_tokens,
            "cost_usd": answer.usage.cost_usd,
            "seconds": answer.usage.seconds,
            "generated_at": datetime.now(UTC),
        }
        if chat_id is None:
            generated = await first_turn(self._connection, _NO_VERSION, turn_id=turn.id, **values)
        else:
            generated = await first_turn(self._connection, _NEXT_VERSION, turn_id=turn.id, of=chat_id, **values)
        assert generated is not None, "the turn is held by this transaction"  # noqa: S101
        await self.name_images(turn.id, picture_hashes([answer.user_content, answer.model_content]))
        return generated

    async def posted(self, turn_id: int, message_id: int) -> bool:
        """That message shows the turn's picture; False when the turn is deleted by now."""
        shown = {"reply_message_id": message_id, "posted_at": datetime.now(UTC)}
        over = {"problem": None, "status_message_id": None}
        return await self._changed(_CHANGED_IF_THERE, turn_id, state=TurnState.POSTED, **shown, **over)

    async def ended(self, turn_id: int, state: TurnState, problem: str, *, retryable: bool = False) -> None:
        """The turn ends without a message that shows its picture; what it may be tried again with is kept."""
        await self._changed(_CHANGED_IF_THERE, turn_id, state=state, problem=problem, retryable=retryable)
        turn = await self.get(turn_id)
        if not retryable and turn is not None and not turn.drawn:
            await self.let_go_of_images(turn_id)

    async def told(self, turn_id: int, message_id: int | None) -> None:
        """The one who asked knows of the problem, by that message if it is in the thread."""
        values = {"told_at": datetime.now(UTC), "status_message_id": None, "reply_message_id": message_id}
        await self._changed(_CHANGED_IF_THERE, turn_id, **values)

    async def replies_in(self, thread_id: int) -> set[int]:
        """The messages in that thread that are known to answer a prompt."""
        here = (TurnRow.thread_id == thread_id, TurnRow.reply_message_id.is_not(None))
        return {each for each in await self._connection.scalars(select(TurnRow.reply_message_id).where(*here)) if each}

    async def status_shown(self, turn_id: int, message_id: int) -> bool:
        """That message says that the turn's picture is waited for; False when it is not by now, or is deleted."""
        return await self._changed(_WAITING, turn_id, status_message_id=message_id)

    async def try_again(self, turn: Turn, place: Place) -> None:
        """Puts a turn that failed into the queue once more: to be posted if it has its picture, else to be drawn."""
        values: dict[str, Any] = {
            "state": TurnState.GENERATED if turn.drawn else TurnState.ASKED,
            "guild_id": place.guild_id,
            "channel_id": place.channel_id,
            "thread_id": place.thread_id,
            "problem": None,
            "told_at": None,
            "retryable": False,
        }
        if turn.chat_id is not None:
            values["asked_at"] = datetime.now(UTC)  # the chat is in use
        await self._changed(_AGAIN, turn.id, **values)

    async def give_up_failed(self, user_id: int, guild_id: int | None = None) -> list[Turn]:
        """First pictures of the user that came to nothing are not tried again: what was kept for that goes.

        Those on that server alone, if one is named. Answers them as they were, but for those given up before.
        """
        failed = _FAILED_STARTS if guild_id is None else _FAILED_STARTS.where(TurnRow.guild_id == guild_id)
        given_up = await all_turns(self._connection, failed, user_id=user_id)
        for turn in given_up:
            await self.let_go_of_images(turn.id)
            await self._changed(_CHANGED_IF_THERE, turn.id, retryable=False, problem=None)
        return given_up

    async def name_images(self, turn_id: int, hashes: Collection[str]) -> None:
        """Records that the turn's contents name those pictures, which keeps their bytes."""
        names = [{"turn_id": turn_id, "sha256": sha256} for sha256 in hashes]
        await put_those_new(self._connection, TurnImageRow, names)

    async def let_go_of_images(self, turn_id: int) -> None:
        """The turn names no picture any more; bytes that only it named are deleted, as is what was said for it.

        In a chat, that stays as long as the chat does.
        """
        await self._changed(_CHANGED_IF_THERE, turn_id, picture_sha256=None)
        alone = (TurnRow.id == turn_id, TurnRow.chat_id.is_(None))
        nothing = {"user_content": NO_CONTENT, "model_content": None, "prompt": "", "identity_name": ""}
        await self._connection.execute(update(TurnRow).where(*alone).values(nothing))
        released = await self._connection.execute(
            delete(TurnImageRow).where(TurnImageRow.turn_id == turn_id).returning(TurnImageRow.sha256)
        )
        await self._images.delete_unreferenced(released.scalars().all())

    async def _strike_out(self, deleted: Turn) -> None:
        """Takes the picture out of what was said for others: one that began without a history came with it."""
        sha256 = deleted.picture_sha256
        named = select(TurnImageRow.turn_id).where(TurnImageRow.sha256 == sha256)
        others = select(TurnRow).where(
            TurnRow.id.in_(named),
            TurnRow.user_id == deleted.user_id,
            TurnRow.picture_sha256.is_distinct_from(sha256),
        )
        for turn in await all_turns(self._connection, others):
            parts = [each for each in turn.user_content["parts"] if each.get("inline_data", {}).get("sha256") != sha256]
            await self._changed(_CHANGED_IF_THERE, turn.id, user_content={**turn.user_content, "parts": parts})
            name = (TurnImageRow.turn_id == turn.id, TurnImageRow.sha256 == sha256)
            await self._connection.execute(delete(TurnImageRow).where(*name))

    async def _hand_photos_on(self, root: Turn) -> None:
        """What was made from a chat's first picture becomes a beginning of its own, with the same reference photos."""
        photos = [part for part in root.user_content["parts"] if "inline_data" in part]
        for turn in await all_turns(self._connection, select(TurnRow).where(TurnRow.parent_id == root.id)):
            content = {**turn.user_content, "parts": [*photos, *turn.user_content["parts"]]}
            await self._changed(_CHANGED_IF_THERE, turn.id, user_content=content)
            await self.name_images(turn.id, picture_hashes([content]))

    async def _changed(self, statement: Executable, turn_id: int, **values: Any) -> bool:
        """Changes those columns; False when there is no such turn for the statement."""
        assert values.keys() <= columns_of(TurnRow)  # noqa: S101 - any other would be passed over
        return await self._connection.scalar(statement, {"turn_id": turn_id, **values}) is not None
