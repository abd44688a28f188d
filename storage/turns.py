"""Turns: the history of every chat, and what becomes of each prompt."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import UTC, datetime

from sqlalchemy import case, delete, func, or_, select, union, update
from sqlalchemy.ext.asyncio import AsyncSession

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
from storage.tables import FormerThreadRow, IdentityImageChatRow, TurnImageRow, TurnRow
from storage.turn_rows import row_of, turn_of

NO_CONTENT: StoredContent = {"role": "user", "parts": []}

BY_MESSAGE = or_(TurnRow.reply_to_message_id.is_not(None), TurnRow.kind == TurnKind.START)
"""Whose source is a message in the thread, or the start that opened it."""


class Turns:
    def __init__(self, session: AsyncSession, images: Images) -> None:
        self._session = session
        self._images = images

    async def take(self, ask: Ask) -> Turn | None:
        """Puts a prompt and its photos into the queue; None when its source was taken before."""
        if await self._session.scalar(select(TurnRow.id).where(TurnRow.source_id == ask.source_id)):
            return None
        row = row_of(ask)
        self._session.add(row)
        await self._session.flush()
        await self._images.keep(ask.photos)
        await self.name_images(row.id, picture_hashes([ask.user_content]))
        return turn_of(row)

    async def get(self, turn_id: int) -> Turn | None:
        row = await self._session.get(TurnRow, turn_id)
        return None if row is None else turn_of(row)

    async def hold(self, turn_id: int) -> Turn | None:
        """As `get`; nobody else changes the turn until this transaction ends. SQLite lets in one writer anyway."""
        row = await self._session.get(TurnRow, turn_id, with_for_update=True, populate_existing=True)
        return None if row is None else turn_of(row)

    async def newest_of_user(self, user_id: int, guild_id: int | None = None) -> Turn | None:
        """The user's latest turn, on that server if one is named, whatever became of it."""
        here = [TurnRow.user_id == user_id, *([] if guild_id is None else [TurnRow.guild_id == guild_id])]
        row = await self._session.scalar(select(TurnRow).where(*here).order_by(TurnRow.id.desc()).limit(1))
        return None if row is None else turn_of(row)

    async def recent_prompts(self, user_id: int, limit: int) -> Sequence[str]:
        """What the user themselves asked to be edited, each wording once, the latest first."""
        return (
            await self._session.scalars(
                select(TurnRow.prompt)
                .where(TurnRow.user_id == user_id, TurnRow.asked_by == user_id, TurnRow.kind == TurnKind.EDIT)
                .group_by(TurnRow.prompt)
                .order_by(func.max(TurnRow.id).desc())
                .limit(limit)
            )
        ).all()

    async def last_source(self, user_id: int, thread_id: int) -> int | None:
        """The newest message of the user in that thread that was taken, or the start that opened it."""
        return await self._session.scalar(
            select(func.max(TurnRow.source_id)).where(
                TurnRow.user_id == user_id,
                TurnRow.thread_id == thread_id,
                BY_MESSAGE,
            )
        )

    async def asked_in(self, thread_ids: Collection[int]) -> set[int]:
        """Those threads that are the place of a turn, or of a chat that has ended."""
        here = select(TurnRow.thread_id).where(TurnRow.thread_id.in_(thread_ids))
        former = select(FormerThreadRow.thread_id).where(FormerThreadRow.thread_id.in_(thread_ids))
        return set(await self._session.scalars(union(here, former)))

    async def withdraw(self, turn_id: int) -> bool:
        """Cancels the turn; False when it has its picture by now, or has ended."""
        cancelled = await self._session.execute(
            update(TurnRow)
            .where(TurnRow.id == turn_id, TurnRow.state == TurnState.ASKED)
            .values(state=TurnState.CANCELLED)
            .returning(TurnRow.id)
        )
        if cancelled.first() is None:
            return False
        await self.let_go_of_images(turn_id)
        return True

    async def of_source(self, source_id: int) -> Turn | None:
        """The turn that a message or interaction asked for."""
        row = await self._session.scalar(select(TurnRow).where(TurnRow.source_id == source_id))
        return None if row is None else turn_of(row)

    async def of_reply(self, message_id: int) -> Turn | None:
        """The turn whose picture that message shows."""
        row = await self._session.scalar(
            select(TurnRow).where(TurnRow.reply_message_id == message_id, TurnRow.picture_sha256.is_not(None))
        )
        return None if row is None else turn_of(row)

    async def reword(self, turn_id: int, prompt: str, user_content: StoredContent) -> None:
        """Changes what a waiting turn asks for."""
        await self._session.execute(
            update(TurnRow)
            .where(TurnRow.id == turn_id, TurnRow.state == TurnState.ASKED)
            .values(prompt=prompt, user_content=user_content)
        )

    async def all_of_user(self, user_id: int) -> list[Turn]:
        """Oldest first."""
        rows = await self._session.scalars(select(TurnRow).where(TurnRow.user_id == user_id).order_by(TurnRow.id))
        return [turn_of(row) for row in rows]

    async def delete(self, turn: Turn) -> None:
        """Deletes the turn and the bytes that only it named; what was made from it now comes from its parent."""
        named = await self._session.scalars(select(TurnImageRow.sha256).where(TurnImageRow.turn_id == turn.id))
        hashes = named.all()
        if turn.parent_id is None:
            await self._hand_photos_on(turn)
        await self._strike_out(turn)
        await self._session.execute(
            update(TurnRow).where(TurnRow.parent_id == turn.id).values(parent_id=turn.parent_id)
        )
        await self._session.execute(delete(TurnRow).where(TurnRow.id == turn.id))
        if turn.version is not None:
            chat = (IdentityImageChatRow.id == turn.chat_id, IdentityImageChatRow.deleted_version < turn.version)
            await self._session.execute(update(IdentityImageChatRow).where(*chat).values(deleted_version=turn.version))
        await self._images.delete_unreferenced(hashes)

    async def path(self, head_turn_id: int | None) -> list[Turn]:
        """The turns from the first one to the head, each the parent of the next."""
        above = select(TurnRow.id, TurnRow.parent_id).where(TurnRow.id == head_turn_id).cte(recursive=True)
        above = above.union(select(TurnRow.id, TurnRow.parent_id).join(above, TurnRow.id == above.c.parent_id))
        rows = await self._session.scalars(
            select(TurnRow).where(TurnRow.id.in_(select(above.c.id))).order_by(TurnRow.version)
        )
        return [turn_of(row) for row in rows]

    async def versions(self, chat_id: int) -> list[Version]:
        """All pictures of a chat, oldest first, without the contents that were sent."""
        columns = (TurnRow.id, TurnRow.version, TurnRow.parent_id, TurnRow.prompt, TurnRow.picture_sha256)
        rows = await self._session.execute(
            select(*columns)
            .where(TurnRow.chat_id == chat_id, TurnRow.version.is_not(None), TurnRow.picture_sha256.is_not(None))
            .order_by(TurnRow.version)
        )
        return [Version(row.id, row.version, row.parent_id, row.prompt, row.picture_sha256) for row in rows]

    async def count_pictures(self, chat_id: int) -> int:
        return (await self._session.scalar(select(func.count(TurnRow.version)).where(TurnRow.chat_id == chat_id))) or 0

    async def generated(self, turn: Turn, answer: Generated, *, chat_id: int | None, parent_id: int | None) -> Turn:
        """Stores the picture and both contents, and gives the turn the chat's next version."""
        await self._images.keep([answer.picture])
        kept = select(func.coalesce(func.max(TurnRow.version), 0)).where(TurnRow.chat_id == chat_id).scalar_subquery()
        chats = IdentityImageChatRow
        deleted = select(chats.deleted_version).where(chats.id == chat_id).scalar_subquery()
        values = {
            "state": TurnState.GENERATED,
            "chat_id": chat_id,
            "parent_id": parent_id,
            "version": None if chat_id is None else case((deleted > kept, deleted), else_=kept) + 1,
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
        changed = update(TurnRow).where(TurnRow.id == turn.id).values(values).returning(TurnRow)
        row = (await self._session.scalars(changed.execution_options(populate_existing=True))).one()
        await self.name_images(turn.id, picture_hashes([answer.user_content, answer.model_content]))
        return turn_of(row)

    async def posted(self, turn_id: int, message_id: int) -> bool:
        """That message shows the turn's picture; False when the turn is deleted by now."""
        posted = await self._session.scalar(
            update(TurnRow)
            .where(TurnRow.id == turn_id)
            .values(
                state=TurnState.POSTED,
                reply_message_id=message_id,
                posted_at=datetime.now(UTC),
                problem=None,
                status_message_id=None,
            )
            .returning(TurnRow.id)
        )
        return posted is not None

    async def ended(self, turn_id: int, state: TurnState, problem: str, *, retryable: bool = False) -> None:
        """The turn ends without a message that shows its picture; what it may be tried again with is kept."""
        await self._session.execute(
            update(TurnRow).where(TurnRow.id == turn_id).values(state=state, problem=problem, retryable=retryable)
        )
        turn = await self.get(turn_id)
        if not retryable and turn is not None and not turn.drawn:
            await self.let_go_of_images(turn_id)

    async def told(self, turn_id: int, message_id: int | None) -> None:
        """The one who asked knows of the problem, by that message if it is in the thread."""
        values = {"told_at": datetime.now(UTC), "status_message_id": None, "reply_message_id": message_id}
        await self._session.execute(update(TurnRow).where(TurnRow.id == turn_id).values(values))

    async def replies_in(self, thread_id: int) -> set[int]:
        """The messages in that thread that are known to answer a prompt."""
        here = (TurnRow.thread_id == thread_id, TurnRow.reply_message_id.is_not(None))
        return {each for each in await self._session.scalars(select(TurnRow.reply_message_id).where(*here)) if each}

    async def status_shown(self, turn_id: int, message_id: int) -> bool:
        """That message says that the turn's picture is waited for; False when it is not by now, or is deleted."""
        waiting = (TurnRow.id == turn_id, TurnRow.state == TurnState.ASKED)
        shown = update(TurnRow).where(*waiting).values(status_message_id=message_id)
        return (await self._session.scalar(shown.returning(TurnRow.id))) is not None

    async def try_again(self, turn: Turn, place: Place) -> None:
        """Puts a turn that failed into the queue once more: to be posted if it has its picture, else to be drawn."""
        row = await self._session.get_one(TurnRow, turn.id)
        row.state = TurnState.GENERATED if turn.drawn else TurnState.ASKED
        row.guild_id, row.channel_id, row.thread_id = place.guild_id, place.channel_id, place.thread_id
        row.attempt += 1
        if turn.chat_id is not None:
            row.asked_at = datetime.now(UTC)  # the chat is in use
        row.problem = row.told_at = None
        row.retryable = False
        await self._session.flush()

    async def give_up_failed(self, user_id: int, guild_id: int | None = None) -> list[Turn]:
        """First pictures of the user that came to nothing are not tried again: what was kept for that goes.

        Those on that server alone, if one is named. Answers them as they were, but for those given up before.
        """
        here = [] if guild_id is None else [TurnRow.guild_id == guild_id]
        ended = TurnRow.state.in_((TurnState.FAILED, TurnState.REFUSED))
        known = or_(TurnRow.retryable, TurnRow.problem.is_not(None))
        failed = await self._session.scalars(
            select(TurnRow)
            .where(TurnRow.user_id == user_id, TurnRow.chat_id.is_(None), ended, known, *here)
            .order_by(TurnRow.id)
        )
        given_up = [turn_of(row) for row in failed]
        for turn in given_up:
            await self.let_go_of_images(turn.id)
            nothing = {"retryable": False, "problem": None}
            await self._session.execute(update(TurnRow).where(TurnRow.id == turn.id).values(nothing))
        return given_up

    async def name_images(self, turn_id: int, hashes: Collection[str]) -> None:
        """Records that the turn's contents name those pictures, which keeps their bytes."""
        if not hashes:
            return
        known = set(await self._session.scalars(select(TurnImageRow.sha256).where(TurnImageRow.turn_id == turn_id)))
        new = set(hashes) - known
        self._session.add_all(TurnImageRow(turn_id=turn_id, sha256=sha256) for sha256 in new)
        await self._session.flush()

    async def let_go_of_images(self, turn_id: int) -> None:
        """The turn names no picture any more; bytes that only it named are deleted, as is what was said for it.

        In a chat, that stays as long as the chat does.
        """
        await self._session.execute(update(TurnRow).where(TurnRow.id == turn_id).values(picture_sha256=None))
        alone = (TurnRow.id == turn_id, TurnRow.chat_id.is_(None))
        nothing = {"user_content": NO_CONTENT, "model_content": None, "prompt": "", "identity_name": ""}
        await self._session.execute(update(TurnRow).where(*alone).values(nothing))
        released = await self._session.execute(
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
        for row in (await self._session.scalars(others)).all():
            parts = [each for each in row.user_content["parts"] if each.get("inline_data", {}).get("sha256") != sha256]
            row.user_content = {**row.user_content, "parts": parts}
            await self._session.flush()
            name = (TurnImageRow.turn_id == row.id, TurnImageRow.sha256 == sha256)
            await self._session.execute(delete(TurnImageRow).where(*name))

    async def _hand_photos_on(self, root: Turn) -> None:
        """What was made from a chat's first picture becomes a beginning of its own, with the same reference photos."""
        photos = [part for part in root.user_content["parts"] if "inline_data" in part]
        for row in (await self._session.scalars(select(TurnRow).where(TurnRow.parent_id == root.id))).all():
            row.user_content = {**row.user_content, "parts": [*photos, *row.user_content["parts"]]}
            await self._session.flush()
            await self.name_images(row.id, picture_hashes([row.user_content]))
