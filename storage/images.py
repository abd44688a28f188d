"""Pictures: the same bytes are stored once, and go when nothing names them any more."""

from __future__ import annotations

from collections.abc import Iterable
from io import BytesIO
from typing import Any

from sqlalchemy import ColumnElement, Select, bindparam, delete, exists, insert, select
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.domain import Picture
from storage.rows import AnyRow, put_those_new
from storage.tables import ImageBytesRow, ImageRow, ReferencePhotoRow, TurnImageRow


def pieces_of(sha256: ColumnElement[str] | str) -> Select[bytes]:
    """A picture's bytes, in order; no rows when it is not stored, or not any more."""
    return select(ImageBytesRow.data).where(ImageBytesRow.sha256 == sha256).order_by(ImageBytesRow.position)


_AMONG = ImageRow.sha256.in_(bindparam("hashes", expanding=True))
_SIZES = select(ImageRow.sha256, ImageRow.byte_size).where(_AMONG)
_THOSE = select(ImageRow).where(_AMONG)
_PIECES = pieces_of(bindparam("sha256"))
_NEW_PIECE = insert(ImageBytesRow)


class Images:
    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def keep(self, pictures: Iterable[Picture]) -> None:
        """Stores those pictures whose bytes are not stored yet."""
        given = {picture.sha256: picture for picture in pictures}
        rows = [_values(given[sha256]) for sha256 in sorted(given)]  # two who store the same would else wait in a ring
        for row in await put_those_new(self._connection, ImageRow, rows):
            for position, piece in enumerate(given[row.sha256].pieces()):
                values = {"sha256": row.sha256, "position": position, "data": piece}
                await self._connection.execute(_NEW_PIECE, values)

    async def load(self, hashes: Iterable[str]) -> dict[str, Picture]:
        """The pictures by their hashes; one that is not stored is missing from the answer."""
        rows = await self._connection.execute(_THOSE, {"hashes": list(set(hashes))})
        return {row.sha256: await self._picture(row) for row in rows}

    async def byte_sizes(self, hashes: Iterable[str]) -> dict[str, int]:
        rows = await self._connection.execute(_SIZES, {"hashes": list(set(hashes))})
        return {row.sha256: row.byte_size for row in rows}

    async def delete_unreferenced(self, hashes: Iterable[str]) -> None:
        """Deletes those of `hashes` that neither a turn nor a reference photo names. Part of every deletion."""
        candidates = set(hashes)
        if not candidates:
            return
        await self._connection.execute(
            delete(ImageRow).where(
                ImageRow.sha256.in_(candidates),
                ~exists().where(TurnImageRow.sha256 == ImageRow.sha256),
                ~exists().where(ReferencePhotoRow.sha256 == ImageRow.sha256),
            )
        )

    async def _picture(self, row: AnyRow) -> Picture:
        data = BytesIO()  # gives its bytes away without copying them
        pieces: list[bytes] = list(await self._connection.scalars(_PIECES, {"sha256": row.sha256}))
        while pieces:
            data.write(pieces.pop(0))  # so that memory holds the picture once
        return Picture(data.getvalue(), row.mime_type, row.width, row.height, known_sha256=row.sha256)


def _values(picture: Picture) -> dict[str, Any]:
    return {
        "sha256": picture.sha256,
        "mime_type": picture.mime_type,
        "width": picture.width,
        "height": picture.height,
        "byte_size": len(picture.data),
    }
