"""Chats: one per user, replaced by the picture of the next start."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import and_, bindparam, case, delete, func, insert, or_, select, union, update
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.domain import Home, IdentityImageChat, ImageSettings, Place
from storage.images import Images
from storage.rows import AnyRow, columns_of, put_if_new
from storage.tables import FormerThreadRow, IdentityImageChatRow, TurnImageRow, TurnRow
from storage.turns import BY_MESSAGE
from storage.waiting import TO_DO

_NEW = insert(IdentityImageChatRow).returning(IdentityImageChatRow)
_OF_USER = select(IdentityImageChatRow).where(IdentityImageChatRow.user_id == bindparam("of"))
_BY_ID = select(IdentityImageChatRow).where(IdentityImageChatRow.id == bindparam("chat"))
_CHANGED = update(IdentityImageChatRow).where(IdentityImageChatRow.id == bindparam("chat"))
_FORMER = (FormerThreadRow.user_id == bindparam("user_id"), FormerThreadRow.thread_id == bindparam("thread_id"))
_LIVED_IN = select(FormerThreadRow.thread_id).where(*_FORMER)
_FORGET_FORMER = delete(FormerThreadRow).where(*_FORMER)


class Chats:
    def __init__(self, connection: AsyncConnection, images: Images) -> None:
        self._connection = connection
        self._images = images

    async def create(
        self,
        user_id: int,
        *,
        identity_id: int | None,
        identity_name: str,
        place: Place,
        image: ImageSettings,
        started_at: datetime | None = None,
        head_turn_id: int | None = None,
    ) -> IdentityImageChat:
        """The user's only chat; `set_head` may follow. Raises sqlalchemy's IntegrityError for a second one."""
        values = {
            "user_id": user_id,
            "identity_id": identity_id,
            "identity_name": identity_name,
            "guild_id": place.guild_id,
            "channel_id": place.channel_id,
            "thread_id": place.thread_id,
            "model": image.model,
            "aspect_ratio": image.aspect_ratio,
            "image_size": image.image_size,
            "started_at": started_at or datetime.now(UTC),
            "head_turn_id": head_turn_id,
            "tip_turn_id": head_turn_id,
        }
        row = (await self._connection.execute(_NEW, values)).one()
        await self._connection.execute(_FORGET_FORMER, {"user_id": user_id, "thread_id": place.thread_id})
        return _chat(row)

    async def of_user(self, user_id: int) -> IdentityImageChat | None:
        row = (await self._connection.execute(_OF_USER, {"of": user_id})).first()
        return None if row is None else _chat(row)

    async def homes(self, since: datetime) -> list[Home]:
        """Every chat's thread; unsettled are those with something to be done, and with a picture posted `since`.

        Reads all turns, yet of an index alone: a start waits for it.
        """
        here = (TurnRow.thread_id, TurnRow.user_id)
        newest_prompt, newest_picture = (
            func.max(case((BY_MESSAGE, TurnRow.source_id))),
            func.max(TurnRow.reply_message_id),
        )
        newest = (
            select(*here, newest_prompt.label("prompt"), newest_picture.label("picture")).group_by(*here).subquery()
        )
        chat = IdentityImageChatRow
        of_chat = and_(newest.c.user_id == chat.user_id, newest.c.thread_id == chat.thread_id)
        columns = (chat.user_id, chat.guild_id, chat.channel_id, chat.thread_id, newest.c.prompt, newest.c.picture)
        rows = await self._connection.execute(select(*columns).outerjoin(newest, of_chat))
        to_do, lately = (
            select(TurnRow.user_id, TurnRow.thread_id).where(each) for each in (TO_DO, TurnRow.posted_at >= since)
        )
        unsettled = {tuple(row) for row in await self._connection.execute(union(to_do, lately))}
        return [
            Home(
                user_id,
                Place(guild_id, channel_id, thread_id),
                max(filter(None, newest_ids), default=None),
                (user_id, thread_id) in unsettled,
            )
            for user_id, guild_id, channel_id, thread_id, *newest_ids in rows
        ]

    async def threads(self) -> set[int]:
        """The threads of all chats."""
        return set(await self._connection.scalars(select(IdentityImageChatRow.thread_id)))

    async def former_threads(self, user_id: int) -> Sequence[int]:
        """Where earlier chats of the user lived."""
        return (
            await self._connection.scalars(select(FormerThreadRow.thread_id).where(FormerThreadRow.user_id == user_id))
        ).all()

    async def servers(self) -> set[int]:
        """Where chats live, but for private ones."""
        servers = await self._connection.scalars(select(IdentityImageChatRow.guild_id).distinct())
        return {each for each in servers if each is not None}

    async def at(
        self, *, guild_id: int | None = None, channel_id: int | None = None, thread_id: int | None = None
    ) -> list[IdentityImageChat]:
        """The chats that live on that server, below that channel, or in that thread."""
        given = {"guild_id": guild_id, "channel_id": channel_id, "thread_id": thread_id}
        matches = {name: value for name, value in given.items() if value is not None}
        rows = await self._connection.execute(select(IdentityImageChatRow).filter_by(**matches))
        return [_chat(row) for row in rows]

    async def get(self, chat_id: int) -> IdentityImageChat | None:
        row = (await self._connection.execute(_BY_ID, {"chat": chat_id})).first()
        return None if row is None else _chat(row)

    async def set_head(self, chat_id: int, turn_id: int) -> None:
        """The next prompt edits that turn, and there is nothing to redo."""
        await self._update(chat_id, head_turn_id=turn_id, tip_turn_id=turn_id)

    async def step_to(self, chat_id: int, turn_id: int) -> None:
        """The next prompt edits that turn; where redo leads stays."""
        await self._update(chat_id, head_turn_id=turn_id)

    async def idle(self, since: datetime, *, warned_before: datetime | None) -> list[IdentityImageChat]:
        """Chats without a prompt since then: those not warned so far, or those warned before that other moment.

        A warning counts for the prompts before it alone.
        """
        newest = select(func.max(TurnRow.asked_at)).where(TurnRow.chat_id == IdentityImageChatRow.id).scalar_subquery()
        used = func.coalesce(newest, IdentityImageChatRow.started_at)
        warned = IdentityImageChatRow.warned_at
        if warned_before is None:
            wanted = or_(warned.is_(None), warned < used)
        else:
            wanted = and_(warned < warned_before, warned >= used)
        rows = await self._connection.execute(select(IdentityImageChatRow).where(used < since, wanted))
        return [_chat(row) for row in rows]

    async def warned(self, chat_id: int, at: datetime) -> None:
        """Its thread was told then that it will be removed."""
        await self._update(chat_id, warned_at=at)

    async def move(self, chat_id: int, place: Place) -> None:
        """The chat goes on at another place."""
        await self._update(chat_id, guild_id=place.guild_id, channel_id=place.channel_id, thread_id=place.thread_id)

    async def delete(self, chat: IdentityImageChat) -> None:
        """Deletes the chat, its turns and the bytes that only they named, and remembers its thread as former."""
        hashes = await self._image_hashes(chat.id)
        await self._connection.execute(delete(IdentityImageChatRow).where(IdentityImageChatRow.id == chat.id))
        await self._images.delete_unreferenced(hashes)
        await self.remember_thread(chat.user_id, chat.place.thread_id)

    async def remember_thread(self, user_id: int, thread_id: int) -> None:
        """Messages of the user in that thread are answered with where to go."""
        await put_if_new(self._connection, FormerThreadRow, thread_id=thread_id, user_id=user_id)

    async def lived_in(self, user_id: int, thread_id: int) -> bool:
        """Whether an earlier chat of the user lived in that thread."""
        return await self._connection.scalar(_LIVED_IN, {"user_id": user_id, "thread_id": thread_id}) is not None

    async def _update(self, chat_id: int, **values: Any) -> None:
        assert values.keys() <= columns_of(IdentityImageChatRow)  # noqa: S101 - any other would be passed over
        await self._connection.execute(_CHANGED, {"chat": chat_id, **values})

    async def _image_hashes(self, chat_id: int) -> Sequence[str]:
        return (
            await self._connection.scalars(
                select(TurnImageRow.sha256)
                .join(TurnRow, TurnRow.id == TurnImageRow.turn_id)
                .where(TurnRow.chat_id == chat_id)
                .distinct()
            )
        ).all()


def _chat(row: AnyRow) -> IdentityImageChat:
    return IdentityImageChat(
        id=row.id,
        user_id=row.user_id,
        identity_id=row.identity_id,
        identity_name=row.identity_name,
        place=Place(guild_id=row.guild_id, channel_id=row.channel_id, thread_id=row.thread_id),
        image=ImageSettings(model=row.model, aspect_ratio=row.aspect_ratio, image_size=row.image_size),
        head_turn_id=row.head_turn_id,
        tip_turn_id=row.tip_turn_id,
        started_at=row.started_at,
    )
