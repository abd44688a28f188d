"""Pictures: the same bytes are stored once, and go when nothing names them any more."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from sqlalchemy import delete, exists, select
from sqlalchemy.ext.asyncio import AsyncSession

from bot.domain import Picture
from storage.tables import ImageBytesRow, ImageRow, ReferencePhotoRow, TurnImageRow


class Images:
    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    async def keep(self, pictures: Iterable[Picture]) -> None:
        """Stores those pictures whose bytes are not stored yet."""
        new = {picture.sha256: picture for picture in pictures}
        for known in await self._known(new):
            del new[known]
        self._session.add_all(_row(picture) for picture in new.values())
        await self._session.flush()
        self._session.add_all(ImageBytesRow(sha256=sha256, data=new[sha256].data) for sha256 in new)
        await self._session.flush()

    async def load(self, hashes: Iterable[str]) -> dict[str, Picture]:
        """The pictures by their hashes; one that is not stored is missing from the answer."""
        rows = await self._session.execute(
            select(ImageRow, ImageBytesRow.data)
            .join(ImageBytesRow, ImageBytesRow.sha256 == ImageRow.sha256)
            .where(ImageRow.sha256.in_(set(hashes)))
        )
        return {
            row.sha256: Picture(data=data, mime_type=row.mime_type, width=row.width, height=row.height)
            for row, data in rows
        }

    async def byte_sizes(self, hashes: Iterable[str]) -> dict[str, int]:
        rows = await self._session.execute(
            select(ImageRow.sha256, ImageRow.byte_size).where(ImageRow.sha256.in_(set(hashes)))
        )
        return {row.sha256: row.byte_size for row in rows}

    async def delete_unreferenced(self, hashes: Iterable[str]) -> None:
        """Deletes those of `hashes` that neither a turn nor a reference photo names."""
        candidates = set(hashes)
        if not candidates:
            return
        await self._session.execute(
            delete(ImageRow).where(
                ImageRow.sha256.in_(candidates),
                ~exists().where(TurnImageRow.sha256 == ImageRow.sha256),
                ~exists().where(ReferencePhotoRow.sha256 == ImageRow.sha256),
            )
        )

    async def _known(self, hashes: Iterable[str]) -> Sequence[str]:
        return (await self._session.scalars(select(ImageRow.sha256).where(ImageRow.sha256.in_(set(hashes))))).all()


def _row(picture: Picture) -> ImageRow:
    return ImageRow(
        sha256=picture.sha256,
        mime_type=picture.mime_type,
        width=picture.width,
        height=picture.height,
        byte_size=len(picture.data),
    )
