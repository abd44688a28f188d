"""Reference photos: pictures of a user, kept for their identities."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import delete, func, select
from sqlalchemy.ext.asyncio import AsyncSession

from bot.domain import Picture, ReferencePhoto
from storage.images import Images
from storage.tables import ImageRow, ReferencePhotoRow


class ReferencePhotos:
    def __init__(self, session: AsyncSession, images: Images) -> None:
        self._session = session
        self._images = images

    async def has(self, user_id: int, sha256: str) -> bool:
        """Whether the user has that very picture."""
        found = await self._session.scalar(
            select(ReferencePhotoRow.id).where(ReferencePhotoRow.user_id == user_id, ReferencePhotoRow.sha256 == sha256)
        )
        return found is not None

    async def add(self, user_id: int, name: str, picture: Picture) -> None:
        """Keeps a photo that the user does not have yet."""
        await self._images.keep([picture])
        self._session.add(ReferencePhotoRow(user_id=user_id, name=name, sha256=picture.sha256))
        await self._session.flush()

    async def count(self, user_id: int) -> int:
        counted = await self._session.scalar(
            select(func.count()).select_from(ReferencePhotoRow).where(ReferencePhotoRow.user_id == user_id)
        )
        return counted or 0

    async def of_user(self, user_id: int) -> Sequence[ReferencePhoto]:
        """All of the user's photos, oldest first."""
        rows = await self._session.execute(
            select(ReferencePhotoRow, ImageRow)
            .join(ImageRow, ImageRow.sha256 == ReferencePhotoRow.sha256)
            .where(ReferencePhotoRow.user_id == user_id)
            .order_by(ReferencePhotoRow.id)
        )
        return [_photo(photo, image) for photo, image in rows]

    async def remove(self, user_id: int, photo_ids: Sequence[int]) -> int:
        """Removes those photos, if they are that user's; says how many were."""
        removed = await self._session.execute(
            delete(ReferencePhotoRow)
            .where(ReferencePhotoRow.user_id == user_id, ReferencePhotoRow.id.in_(photo_ids))
            .returning(ReferencePhotoRow.sha256)
        )
        hashes = removed.scalars().all()
        await self._images.delete_unreferenced(hashes)
        return len(hashes)


def _photo(photo: ReferencePhotoRow, image: ImageRow) -> ReferencePhoto:
    return ReferencePhoto(
        id=photo.id,
        user_id=photo.user_id,
        name=photo.name,
        sha256=photo.sha256,
        mime_type=image.mime_type,
        width=image.width,
        height=image.height,
        byte_size=image.byte_size,
        added_at=photo.added_at,
    )
