"""Reference photos: pictures of a user, kept for their identities."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import bindparam, delete, func, insert, select
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.domain import Picture, ReferencePhoto
from storage.images import Images
from storage.rows import AnyRow
from storage.tables import ImageRow, ReferencePhotoRow

_PHOTO = ReferencePhotoRow
_MINE = _PHOTO.user_id == bindparam("user_id")
_OF_USER = (
    select(
        _PHOTO.id,
        _PHOTO.user_id,
        _PHOTO.name,
        _PHOTO.sha256,
        _PHOTO.added_at,
        ImageRow.mime_type,
        ImageRow.width,
        ImageRow.height,
        ImageRow.byte_size,
    )
    .join(ImageRow, ImageRow.sha256 == _PHOTO.sha256)
    .where(_MINE)
    .order_by(_PHOTO.id)
)
_HASHES = select(_PHOTO.sha256).where(_MINE)
_NEW = insert(_PHOTO)


class ReferencePhotos:
    def __init__(self, connection: AsyncConnection, images: Images) -> None:
        self._connection = connection
        self._images = images

    async def hashes(self, user_id: int) -> set[str]:
        """Those of all the user's photos."""
        return set(await self._connection.scalars(_HASHES, {"user_id": user_id}))

    async def add(self, user_id: int, name: str, picture: Picture) -> None:
        """Keeps a photo that the user does not have yet."""
        await self._images.keep([picture])
        await self._connection.execute(_NEW, {"user_id": user_id, "name": name, "sha256": picture.sha256})

    async def count(self, user_id: int) -> int:
        counted = await self._connection.scalar(
            select(func.count()).select_from(ReferencePhotoRow).where(ReferencePhotoRow.user_id == user_id)
        )
        return counted or 0

    async def of_user(self, user_id: int) -> Sequence[ReferencePhoto]:
        """All of the user's photos, oldest first."""
        return [_photo(row) for row in await self._connection.execute(_OF_USER, {"user_id": user_id})]

    async def remove(self, user_id: int, hashes: Sequence[str]) -> int:
        """Removes the photos of those sha256, if they are that user's; says how many were.

        Never by their ids, which SQLite gives out again: what was picked long ago must not mean another photo.
        """
        removed = await self._connection.execute(
            delete(ReferencePhotoRow)
            .where(ReferencePhotoRow.user_id == user_id, ReferencePhotoRow.sha256.in_(hashes))
            .returning(ReferencePhotoRow.sha256)
        )
        gone = removed.scalars().all()
        await self._images.delete_unreferenced(gone)
        return len(gone)


def _photo(row: AnyRow) -> ReferencePhoto:
    return ReferencePhoto(
        id=row.id,
        user_id=row.user_id,
        name=row.name,
        sha256=row.sha256,
        mime_type=row.mime_type,
        width=row.width,
        height=row.height,
        byte_size=row.byte_size,
        added_at=row.added_at,
    )
