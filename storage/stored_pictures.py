"""Pictures that stay in the database until their bytes are sent, by a thread that may wait for them."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import count
from threading import Lock

from sqlalchemy import bindparam
from sqlalchemy.dialects import sqlite
from sqlalchemy.ext.asyncio import AsyncEngine

from storage.images import pieces_of
from storage.tables import ImageBytesRow
from storage.unavailable import our_errors

Read = Callable[[str], Iterator[bytes]]
"""The pieces of a picture by its sha256, in order, as many as are stored."""


@dataclass(frozen=True)
class StoredPicture:
    sha256: str
    byte_size: int
    read: Read

    def pieces(self) -> Iterator[bytes]:
        """The bytes, `PIECE_BYTES` at a time. Waits for the disk: never for the event loop's thread.

        Raises KeyError when they are deleted by now, DatabaseUnavailable when the database cannot do its part.
        """
        left = self.byte_size
        with our_errors():
            for piece in self.read(self.sha256):
                yield piece
                left -= len(piece)
        if left:
            raise KeyError(f"picture {self.sha256} is not stored any more")


class SqlitePieces:
    """Reads pieces, each by itself, over one connection for all threads: by SQLAlchemy it takes more CPU.

    However long the sending takes, no reading holds up SQLite's log meanwhile.
    """

    def __init__(self, connect: Callable[[], sqlite3.Connection]) -> None:
        self._connect = connect
        self._connection: sqlite3.Connection | None = None
        self._is_closed = False
        self._lock = Lock()

    def __call__(self, sha256: str) -> Iterator[bytes]:
        for position in count():
            with self._lock:
                if self._is_closed:
                    raise sqlite3.OperationalError("the database is closed")
                self._connection = self._connection or self._connect()
                found = self._connection.execute(_PIECE, (sha256, position)).fetchall()
            if not found:
                return
            yield found[0][0]

    def close(self) -> None:
        """Waits for a reading that is under way; none begins after that."""
        with self._lock:
            self._is_closed = True
            if self._connection is not None:
                self._connection.close()


def pieces_by_driver(engine: AsyncEngine, loop: asyncio.AbstractEventLoop) -> Read:
    """Reads a whole picture at once by `engine`, which lives on `loop`."""

    async def load(sha256: str) -> list[bytes]:
        async with engine.connect() as connection:
            return list(await connection.scalars(pieces_of(sha256)))

    def read(sha256: str) -> Iterator[bytes]:
        pieces = asyncio.run_coroutine_threadsafe(load(sha256), loop).result()
        while pieces:
            yield pieces.pop(0)  # so that each is let go of before the next

    return read


_PIECE = str(
    pieces_of(bindparam("sha256"))
    .where(ImageBytesRow.position == bindparam("position"))
    .compile(dialect=sqlite.dialect())
)
