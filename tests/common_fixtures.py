"""What the tests share: a local Gemini, a database file of their own, and the real bot on a simulated Discord."""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from bot.demo.local_gemini import LocalGemini
from bot.settings import Settings
from rehearsal import share_compiled
from stage import READY, Stage, database_in, settings_for, silence_log
from storage.database import Database
from wire.ready_interpreter import ReadyInterpreter, ready_interpreter


@pytest.fixture(autouse=True)
def quiet_log() -> None:
    """Lines of the log stay out of the tests' output; a test that reads them captures them itself."""
    silence_log()


@pytest.fixture
async def gemini() -> AsyncIterator[LocalGemini]:
    """Has its pictures ready; with `gemini.picture = None` it draws them."""
    async with LocalGemini(api_key="the-key") as gemini:
        gemini.picture = READY
        yield gemini


@pytest.fixture(scope="session")
def empty_database(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A database file with the newest schema and nothing in it: to be copied, for it takes a while to make."""
    file = tmp_path_factory.mktemp("schema") / "bot.db"
    asyncio.run(_make(file))
    return file


async def _make(file: Path) -> None:
    database = database_in(file)
    await database.migrate()
    await database.close()


@pytest.fixture(scope="session")
def compiled_once(empty_database: Path) -> Iterator[None]:
    """Statements are compiled once for all tests."""
    with pytest.MonkeyPatch.context() as patch:
        share_compiled(asyncio.run(_opened(empty_database)).sync_engine, patch)
        yield


async def _opened(file: Path) -> AsyncEngine:
    database = database_in(file)
    async with database.engine.connect():
        engine = database.engine
    await database.close()
    return engine


@pytest.fixture
def database_file(compiled_once: None, empty_database: Path, tmp_path: Path) -> Path:
    return Path(shutil.copy(empty_database, tmp_path / "bot.db"))


@pytest.fixture
def settings(gemini: LocalGemini, database_file: Path) -> Settings:
    return settings_for(gemini.url, database_file.parent)


@pytest.fixture
async def database(database_file: Path) -> AsyncIterator[Database]:
    database = database_in(database_file)
    yield database
    await database.close()


@pytest.fixture(scope="session")
def identity_bot(pytestconfig: pytest.Config) -> Iterator[ReadyInterpreter]:
    """The one of all workers, or one of its own where there are none."""
    with ready_interpreter(getattr(pytestconfig, "workerinput", {}).get("interpreter")) as interpreter:
        yield interpreter


@pytest.fixture
async def stage(settings: Settings, gemini: LocalGemini) -> AsyncIterator[Stage]:
    stage = Stage(settings, gemini)
    async with stage:
        yield stage
