"""Prompts that change while they wait."""

from __future__ import annotations

import asyncio
from itertools import count
from pathlib import Path

from bot.demo.local_gemini import LocalGemini
from bot.domain import Turn
from bot.servers import Ceilings
from bot.services.limits import Limits
from bot.services.waiting_prompts import WaitingPrompts
from stage import database_in, photo
from workshop import Wall, Workshop


class SlowWall(Wall):
    """On which the line of an edit stays away until it is let through."""

    def __init__(self) -> None:
        super().__init__()
        self.asked, self.let_through = asyncio.Event(), asyncio.Event()

    async def show_status(self, turn: Turn, text: str) -> int:
        if turn.parent_id is None and turn.prompt == "warmer":
            self.asked.set()
            await self.let_through.wait()
        return await super().show_status(turn, text)


async def test_new_words_that_come_while_the_line_is_posted_are_drawn(gemini: LocalGemini, database_file: Path) -> None:
    wall = SlowWall()
    workshop = Workshop(database_in(database_file), gemini.url, wall, count(1000))
    await workshop.open()
    await workshop.start(photo())
    await workshop.idle()
    await workshop.edit("warmer")
    await wall.asked.wait()

    source_id = workshop.next_source() - 1
    await WaitingPrompts(workshop.database, workshop.queue, Limits(Ceilings())).reword(source_id, "colder", _admitted)
    wall.let_through.set()
    await workshop.idle()
    await workshop.close()

    assert "colder" in str(gemini.requests[-1])
    assert "warmer" not in str(gemini.requests[-1])


async def _admitted() -> None:
    """Nobody is kept from it."""
