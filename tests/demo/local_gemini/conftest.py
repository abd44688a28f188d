"""A local Gemini for each test, and a plain HTTP client for it."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from bot.demo.local_gemini import LocalGemini
from demo.local_gemini.conversation import Conversation


@pytest.fixture
async def gemini() -> AsyncIterator[LocalGemini]:
    async with LocalGemini() as server:
        yield server


@pytest.fixture
async def conversation(gemini: LocalGemini) -> AsyncIterator[Conversation]:
    async with Conversation.with_server(gemini.url) as speaking:
        yield speaking
