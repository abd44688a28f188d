"""Users: a row to hang everything on, and to delete everything by."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime

from sqlalchemy import bindparam, delete, select, union, update
from sqlalchemy.ext.asyncio import AsyncConnection

from storage.images import Images
from storage.rows import AnyRow, put_if_new
from storage.tables import KnownMemberRow, ReferencePhotoRow, TurnImageRow, TurnRow, UserRow

_USER = select(UserRow).where(UserRow.id == bindparam("user_id"))


class Users:
    def __init__(self, connection: AsyncConnection, images: Images) -> None:
        self._connection = connection
        self._images = images

    async def ensure(self, user_id: int, guild_id: int | None = None) -> None:
        """Makes the user known if they are not, also on that server."""
        await put_if_new(self._connection, UserRow, id=user_id)
        if guild_id is not None:
            await put_if_new(self._connection, KnownMemberRow, user_id=user_id, guild_id=guild_id)

    async def known_on(self, user_id: int, guild_id: int) -> bool:
        """Whether the user themselves has used the bot on that server."""
        here = (KnownMemberRow.user_id == user_id, KnownMemberRow.guild_id == guild_id)
        return await self._connection.scalar(select(KnownMemberRow.user_id).where(*here)) is not None

    async def servers(self, user_id: int) -> Sequence[int]:
        """On which the user themselves has used the bot."""
        known = select(KnownMemberRow.guild_id).where(KnownMemberRow.user_id == user_id)
        return (await self._connection.scalars(known.order_by(KnownMemberRow.guild_id))).all()

    async def exists(self, user_id: int) -> bool:
        return await self._row(user_id) is not None

    async def knows_of_photos(self, user_id: int) -> bool:
        """Whether the user was told what happens to their photos."""
        row = await self._row(user_id)
        return row is not None and row.photos_explained_at is not None

    async def told_of_photos(self, user_id: int) -> None:
        """The user was told; one that is not known by now stays unknown."""
        await self._connection.execute(
            update(UserRow).where(UserRow.id == user_id).values(photos_explained_at=datetime.now(UTC))
        )

    async def since(self, user_id: int) -> dict[str, datetime | None]:
        """When they became known, and when they were told what happens to their photos."""
        row = await self._row(user_id)
        return {} if row is None else {"known": row.created_at, "photos_explained": row.photos_explained_at}

    async def usual_image(self, user_id: int) -> tuple[str | None, str | None]:
        """The ratio and the size that they chose last, each."""
        row = await self._row(user_id)
        return (None, None) if row is None else (row.aspect_ratio, row.image_size)

    async def remember_image(self, user_id: int, *, aspect_ratio: str, image_size: str) -> None:
        """What they chose, of the two that is not empty."""
        chosen = {"aspect_ratio": aspect_ratio, "image_size": image_size}
        values = {name: value for name, value in chosen.items() if value}
        if values:
            await self._connection.execute(update(UserRow).where(UserRow.id == user_id).values(values))

    async def delete(self, user_id: int) -> bool:
        """Deletes the user with all that is theirs, bytes included; False when they were not known."""
        hashes = (
            await self._connection.scalars(
                union(
                    select(ReferencePhotoRow.sha256).where(ReferencePhotoRow.user_id == user_id),
                    select(TurnImageRow.sha256)
                    .join(TurnRow, TurnRow.id == TurnImageRow.turn_id)
                    .where(TurnRow.user_id == user_id),
                )
            )
        ).all()
        deleted = await self._connection.execute(delete(UserRow).where(UserRow.id == user_id).returning(UserRow.id))
        known = deleted.first() is not None
        await self._images.delete_unreferenced(hashes)
        return known

    async def _row(self, user_id: int) -> AnyRow | None:
        return (await self._connection.execute(_USER, {"user_id": user_id})).first()
