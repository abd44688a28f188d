"""The engine, and the one way to use it: a transaction that commits once."""

from __future__ import annotations

import asyncio
import contextlib
import sqlite3
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from functools import cache, partial
from pathlib import Path
from typing import Any
from weakref import WeakSet

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import URL, Connection, event, make_url
from sqlalchemy.exc import ArgumentError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine

from bot.errors import InvalidSetting
from storage import sqlite_connection
from storage.appearances import Appearances
from storage.chats import Chats
from storage.identities import Identities
from storage.images import Images
from storage.reference_photos import ReferencePhotos
from storage.servers import Servers
from storage.stored_pictures import Read, SqlitePieces, StoredPicture, pieces_by_driver
from storage.turns import Turns
from storage.unavailable import our_errors
from storage.users import Users
from storage.uses import Uses
from storage.waiting import Waiting

BUSY_TIMEOUT_SECONDS = 2
"""How long a statement waits for another process, such as a backup, to let go of the file: less than the 3 s that
Discord gives a command to answer. Of our own it waits for a rollback at most, which nobody else waits for."""

READ_BUSY_SECONDS = 0.2
"""The same for pictures that are sent, whose threads wait in a row: only for a process that keeps out readers too."""

READ_CACHE_KIB = 256
"""What SQLite may keep of pictures that are sent: each page of theirs is read once."""

CONNECTIONS = 3
"""To SQLite, each with a thread; who finds none free waits in line. More do no more in the same time, and hold the
event loop up."""

LOG_BUSY_MILLISECONDS = 200
"""How long emptying SQLite's log waits for those who read, and holds up those who write."""


@dataclass(frozen=True)
class Repositories:
    """The repositories of one transaction."""

    users: Users
    appearances: Appearances
    identities: Identities
    reference_photos: ReferencePhotos
    chats: Chats
    turns: Turns
    waiting: Waiting
    images: Images
    servers: Servers
    uses: Uses

    @classmethod
    def of(cls, connection: AsyncConnection) -> Repositories:
        images = Images(connection)
        turns = Turns(connection, images)
        return cls(
            users=Users(connection, images),
            appearances=Appearances(connection),
            identities=Identities(connection),
            reference_photos=ReferencePhotos(connection, images),
            chats=Chats(connection, images),
            turns=turns,
            waiting=Waiting(connection, turns, images),
            images=images,
            servers=Servers(connection),
            uses=Uses(connection),
        )


class Database:
    """The store of everything that outlives the process.

    `url` is an SQLAlchemy URL with an async driver. Opens nothing until it is first used. Raises InvalidSetting for a
    URL that cannot be read or whose driver is not installed.
    """

    def __init__(self, url: str) -> None:
        self._url = _checked(url)
        self._engine: AsyncEngine | None = None
        self._reader: AsyncEngine | None = None
        self._connections: WeakSet[Any] = WeakSet()
        self._log_to_empty = True  # an earlier process may have been killed before it came to that
        self._is_sqlite = self._url.get_backend_name() == "sqlite"
        self._pieces: SqlitePieces | None = None
        self._writing = asyncio.Lock() if self._is_sqlite else contextlib.nullcontext()
        """SQLite lets in one writer, whoever asks at the right moment; here they wait in line, however long."""

    @property
    def engine(self) -> AsyncEngine:
        if self._engine is None:
            self._engine = _create_engine(self._url)
            event.listen(self._engine.sync_engine, "connect", self._remember)
        return self._engine

    async def migrate(self) -> None:
        """Brings the schema up to date in one transaction: killed half-way, it has not happened."""
        if self._is_sqlite and self._url.database:
            _make_folder(Path(str(self._url.database)))
        with our_errors():
            async with self.engine.begin() as connection:
                await connection.run_sync(_upgrade)

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[Repositories]:
        """Repositories whose changes are committed together when the block ends, or not at all.

        Raises DatabaseUnavailable when the database cannot do its part.
        """
        with our_errors():
            async with self._writing, self._connection(self.engine) as connection:
                yield Repositories.of(connection)
                await connection.commit()
            self._log_to_empty = True

    @asynccontextmanager
    async def snapshot(self) -> AsyncIterator[Repositories]:
        """Repositories to read from, as of one moment, without holding up those who write."""
        with our_errors():
            async with self._connection(self._to_read) as connection:
                yield Repositories.of(connection)

    async def pictures(self, repos: Repositories, hashes: Iterable[str]) -> dict[str, StoredPicture]:
        """Pictures to be read later, outside of any transaction; one that is not stored is missing."""
        sizes = await repos.images.byte_sizes(hashes)
        read = self._reading()
        return {sha256: StoredPicture(sha256, byte_size, read) for sha256, byte_size in sizes.items()}

    async def empty_log(self) -> None:
        """Has SQLite bring its log into the database file and begin it anew: what was deleted is in neither then.

        While somebody reads that cannot be done: it stays to be done, and `mend_log` does it.
        """
        if not self._is_sqlite:
            return
        self._log_to_empty = True
        with our_errors():
            async with self._writing, self.engine.connect() as connection:
                raw = (await connection.get_raw_connection()).driver_connection
                if raw is None:
                    return
                await raw.rollback()
                await raw.execute_fetchall(f"PRAGMA busy_timeout = {LOG_BUSY_MILLISECONDS}")
                try:
                    ((busy, _, _),) = await raw.execute_fetchall("PRAGMA wal_checkpoint(TRUNCATE)")
                finally:
                    await raw.execute_fetchall(f"PRAGMA busy_timeout = {BUSY_TIMEOUT_SECONDS * 1000}")
                self._log_to_empty = bool(busy)

    async def mend_log(self) -> None:
        """As `empty_log`, if that is still to be done, or if something was deleted or overwritten since it was."""
        if self._log_to_empty:
            await self.empty_log()

    async def close(self) -> None:
        """Closes every connection, also one that was in use by a task that is gone: each keeps a thread alive."""
        if self._engine is not None:
            await asyncio.shield(self._engine.dispose())
            self._engine = self._reader = None
        for connection in list(self._connections):
            await connection.close()
        if self._pieces is not None:
            pieces, self._pieces = self._pieces, None
            await asyncio.to_thread(pieces.close)

    @asynccontextmanager
    async def _connection(self, engine: AsyncEngine) -> AsyncIterator[AsyncConnection]:
        """What was begun and not committed is rolled back in the end, also when the task is cancelled meanwhile."""
        if not self._is_sqlite:
            async with engine.connect() as connection:
                yield connection
            return
        connection = await engine.connect()
        try:
            yield connection
        finally:
            await connection.close()  # waits for nothing, while the other way takes a task

    @property
    def _to_read(self) -> AsyncEngine:
        """The engine, for transactions that see one moment and keep no writer waiting."""
        if self._reader is None:
            how = {"begin": "BEGIN"} if self._is_sqlite else {"isolation_level": "REPEATABLE READ"}
            self._reader = self.engine.execution_options(**how)
        return self._reader

    def _reading(self) -> Read:
        if not self._is_sqlite:
            return pieces_by_driver(self.engine, asyncio.get_running_loop())
        self._pieces = self._pieces or SqlitePieces(partial(_opened_for_threads, self._url))
        return self._pieces

    def _remember(self, connection: Any, _record: Any) -> None:
        self._connections.add(connection.driver_connection)


def _checked(url: str) -> URL:
    try:
        checked = make_url(url)
        checked.get_dialect().import_dbapi()
    except (ArgumentError, ValueError):
        raise InvalidSetting("DATABASE_URL is not a database URL, such as sqlite+aiosqlite:///bot.db") from None
    except ModuleNotFoundError as error:
        raise InvalidSetting(f"DATABASE_URL needs {error.name}: pip install 'identity-bot[postgres]'") from None
    return checked


def _make_folder(file: Path) -> None:
    with our_errors():
        file.parent.mkdir(parents=True, exist_ok=True)


def _create_engine(url: Any) -> AsyncEngine:
    if url.get_backend_name() != "sqlite":
        in_utc = {"server_settings": {"timezone": "UTC"}}
        return create_async_engine(url, pool_pre_ping=True, hide_parameters=True, connect_args=in_utc)
    ours = {"timeout": BUSY_TIMEOUT_SECONDS, "async_creator_fn": sqlite_connection.connect}
    engine = create_async_engine(url, connect_args=ours, hide_parameters=True, pool_size=CONNECTIONS, max_overflow=0)
    event.listen(engine.sync_engine, "begin", _begin_sqlite)
    return engine


def _opened_for_threads(url: URL) -> sqlite3.Connection:
    """A connection to the same file, for threads that may wait."""
    (file,), options = url.get_dialect()().create_connect_args(url)
    ours = {"timeout": READ_BUSY_SECONDS, "check_same_thread": False}
    connection = sqlite_connection.opened(file, {**options, **ours})
    connection.execute(f"PRAGMA cache_size = -{READ_CACHE_KIB}")
    return connection


def _begin_sqlite(connection: Connection) -> None:
    """Takes the write lock at once: a transaction that reads first and writes later could only fail there."""
    ours: Any = connection.connection.driver_connection
    ours.begin(connection.get_execution_options().get("begin", "BEGIN IMMEDIATE"))


def _upgrade(connection: Connection) -> None:
    config = _migrations()
    if MigrationContext.configure(connection).get_current_revision() != _newest_revision():
        config.attributes["connection"] = connection
        command.upgrade(config, "head")


def _migrations() -> Config:
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent / "migrations").replace("%", "%%"))
    return config


@cache
def _newest_revision() -> str | None:
    return ScriptDirectory.from_config(_migrations()).get_current_head()
