"""Work that libraries put off until first use, done once for many bots: SQL is compiled, models are built."""

from __future__ import annotations

import tempfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
import structlog
from sqlalchemy import URL, Engine
from sqlalchemy.ext.asyncio import AsyncEngine

import storage.database
from bot.demo.local_gemini import LocalGemini
from bot.imaging import workbench
from stage import READY, Stage, pictures, settings_for, silence_log


async def rehearse() -> Engine:
    """Has a bot draw the first picture of a chat and an edit; leaves no thread and nothing open.

    Answers the engine that it used, disposed of by now.
    """
    silence_log()
    with (
        tempfile.TemporaryDirectory() as folder,
        ThreadPoolExecutor(max_workers=1) as bench,
        pytest.MonkeyPatch.context() as patch,
    ):
        patch.setattr(workbench, "_workbench", bench)  # whose thread ends here: no fork would have it
        async with LocalGemini(api_key="the-key") as gemini:
            gemini.picture = READY
            async with Stage(settings_for(gemini.url, Path(folder)), gemini) as stage:
                await stage.start()
                await stage.alice.send(stage.thread, "make it warmer")
                assert len(pictures(stage.thread)) == 2
                known = stage.database.engine.sync_engine
    structlog.reset_defaults()
    return known


def share_compiled(known: Engine, patch: pytest.MonkeyPatch) -> None:
    """Statements are compiled once, which SQLAlchemy would do anew for every database of the same kind as `known`."""
    create = storage.database._create_engine

    def create_alike(url: URL) -> AsyncEngine:
        engine = create(url)
        if engine.name == known.name:
            engine.sync_engine.dialect, engine.sync_engine._compiled_cache = known.dialect, known._compiled_cache
        return engine

    patch.setattr(storage.database, "_create_engine", create_alike)
