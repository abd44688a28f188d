"""Pictures: the same bytes are stored once, and go when nothing names them any more."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from io import BytesIO

from sqlalchemy import ColumnElement, Select, delete, exists, insert, select
from sqlalchemy.ext.asyncio import AsyncSession

from bot.domain import Picture
from storage.tables import ImageBytesRow, ImageRow, ReferencePhotoRow, TurnImageRow


class Images:
    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    async def keep(self, pictures: Iterable[Picture]) -> None:
        """Stores those pictures whose bytes are not stored yet."""
        new = {picture.sha256: picture for picture in pictures}
        if not new:
            return
        for known in await self._known(new):
            del new[known]
        self._session.add_all(_row(picture) for picture in new.values())
        await self._session.flush()
        for sha256, picture in new.items():
            for position, piece in enumerate(picture.pieces()):
                row = {"sha256": sha256, "position": position, "data": piece}
                await self._session.execute(insert(ImageBytesRow), row)

    async def load(self, hashes: Iterable[str]) -> dict[str, Picture]:
        """The pictures by their hashes; one that is not stored is missing from the answer."""
        rows = await self._session.scalars(select(ImageRow).where(ImageRow.sha256.in_(set(hashes))))
        return {row.sha256: await self._picture(row) for row in rows}

    async def byte_sizes(self, hashes: Iterable[str]) -> dict[str, int]:
        rows = await self._session.execute(
            select(ImageRow.sha256, ImageRow.byte_size).where(ImageRow.sha256.in_(set(hashes)))
        )
        return {row.sha256: row.byte_size for row in rows}

    async def delete_unreferenced(self, hashes: Iterable[str]) -> None:
        """Deletes those of `hashes` that neither a turn nor a reference photo names. Part of every deletion."""
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

    async def _picture(self, row: ImageRow) -> Picture:
        data = BytesIO()  # gives its bytes away without copying them
        pieces: list[bytes] = list(await self._session.scalars(pieces_of(row.sha256)))
        while pieces:
            data.write(pieces.pop(0))  # so that memory holds the picture once
        return Picture(data.getvalue(), row.mime_type, row.width, row.height, known_sha256=row.sha256)

    async def _known(self, hashes: Iterable[str]) -> Sequence[str]:
        return (await self._session.scalars(select(ImageRow.sha256).where(ImageRow.sha256.in_(set(hashes))))).all()


def pieces_of(sha256: ColumnElement[str] | str) -> Select[bytes]:
    """A picture's bytes, in order; no rows when it is not stored, or not any more."""
    return select(ImageBytesRow.data).where(ImageBytesRow.sha256 == sha256).order_by(ImageBytesRow.position)


def _row(picture: Picture) -> ImageRow:
    return ImageRow(
        sha256=picture.sha256,
        mime_type=picture.mime_type,
        width=picture.width,
        height=picture.height,
        byte_size=len(picture.data),
    )
