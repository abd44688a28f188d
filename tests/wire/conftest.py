from __future__ import annotations

import shutil
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio

from wire.ready_interpreter import ReadyInterpreter
from wire.town import Studio, Town


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def module_town(
    identity_bot: ReadyInterpreter, empty_database: Path, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[Town]:
    async with Town(tmp_path_factory.mktemp("town"), identity_bot.launch_bot) as town:
        town.database.parent.mkdir()
        shutil.copy(empty_database, town.database)
        await town.start_bot()
        yield town
        assert town.discord.unknown_requests == []


@pytest_asyncio.fixture(loop_scope="module")
async def town(module_town: Town) -> Town:
    """A bot that the tests of one file share: it takes a while to start. Each test works on a server of its own."""
    await module_town.calm()
    return module_town


@pytest_asyncio.fixture(loop_scope="module")
async def studio(town: Town) -> Studio:
    return town.open_studio()
