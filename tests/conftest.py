"""What the tests share: a local Gemini, a database file of their own, and the real bot on a simulated Discord."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import structlog

from bot.demo.local_gemini import LocalGemini
from bot.settings import Settings
from stage import Stage, settings_for
from storage.database import Database


@pytest.fixture(autouse=True)
def quiet_log() -> None:
    """Lines of the log stay out of the tests' output; a test that reads them captures them itself."""
    structlog.configure(processors=[], logger_factory=structlog.ReturnLoggerFactory(), cache_logger_on_first_use=False)


@pytest.fixture
async def gemini() -> AsyncIterator[LocalGemini]:
    async with LocalGemini(api_key="the-key") as gemini:
        yield gemini


@pytest.fixture
def settings(gemini: LocalGemini, tmp_path: Path) -> Settings:
    return settings_for(gemini.url, tmp_path)


@pytest.fixture
async def database(tmp_path: Path) -> AsyncIterator[Database]:
    database = Database(f"sqlite+aiosqlite:///{tmp_path}/bot.db")
    await database.migrate()
    yield database
    await database.close()


@pytest.fixture
async def stage(settings: Settings, gemini: LocalGemini) -> AsyncIterator[Stage]:
    stage = Stage(settings, gemini)
    async with stage:
        yield stage
