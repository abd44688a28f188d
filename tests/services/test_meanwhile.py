"""What somebody does while Gemini draws loses no picture that is paid for, and no cost."""

from __future__ import annotations

import asyncio
from itertools import count
from pathlib import Path

import pytest
from sqlalchemy import select

from bot.demo.local_gemini import LocalGemini
from bot.domain import Turn, TurnState
from bot.errors import DatabaseUnavailable
from bot.services import turns
from bot.services.limits import Limits
from bot.services.waiting_prompts import WaitingPrompts
from stage import BLUE, Stage, database_in, newest_turn, own, photo, pictures, until
from storage.database import Database
from storage.tables import UseRow
from workshop import UNLIMITED, Wall, Workshop


async def drawn(stage: Stage, requests: int) -> None:
    await until(lambda: len(stage.gemini.requests) == requests)


async def outcomes(database: Database) -> list[tuple[str, bool]]:
    """What came of each prompt, and whether it is counted as paid for."""
    async with database.engine.connect() as connection:
        uses = await connection.execute(select(UseRow.outcome, UseRow.cost_usd).order_by(UseRow.id))
        return [(use.outcome, use.cost_usd > 0) for use in uses]


async def test_a_start_whose_identity_is_deleted_gets_its_picture(stage: Stage) -> None:
    stage.gemini.hold()
    starting = asyncio.ensure_future(stage.start())
    await drawn(stage, 1)
    await stage.bot.services.identities.delete(stage.alice.id, "The Artist")
    stage.gemini.release()
    await starting

    assert len(pictures(stage.thread)) == 1
    assert await outcomes(stage.database) == [("picture", True)]


async def test_an_edit_whose_added_photo_is_removed_gets_its_picture(stage: Stage) -> None:
    await stage.start()
    await stage.alice.slash(stage.studio, "photos add", photo1=("hat.png", photo(BLUE)))
    stage.gemini.hold()
    stage.env.backend.create_message(stage.thread.id, stage.alice.id, "wear it")
    await drawn(stage, 2)
    *_, hat = await stage.bot.services.photos.of_user(stage.alice.id)
    await stage.bot.services.photos.remove(stage.alice.id, [hat.sha256])
    stage.gemini.release()
    await stage.env.settle()

    assert len(pictures(stage.thread)) == 2
    assert await outcomes(stage.database) == [("picture", True)] * 2
    async with stage.database.snapshot() as repos:
        assert hat.sha256 in await repos.images.load([hat.sha256]), "the chat has used it"


async def test_a_picture_that_cannot_be_kept_is_paid_for(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    async def broken(*_: object) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr(turns, "store_picture", broken)
    await stage.start()

    assert (await newest_turn(stage)).state is TurnState.FAILED
    assert await outcomes(stage.database) == [("failed", True)]


async def test_what_a_stop_cuts_off_is_paid_for_as_well(gemini: LocalGemini, database_file: Path) -> None:
    stopped = Workshop(database_in(database_file), gemini.url, Wall(), count(1000))
    await stopped.open()
    await stopped.start(photo())
    await stopped.idle()
    gemini.latency_seconds = 600
    await stopped.edit("warmer")
    await until(lambda: len(gemini.requests) == 2)
    await stopped.close()
    gemini.latency_seconds = 0

    after = Workshop(database_in(database_file), gemini.url, Wall(), count(5000))
    await after.open()
    await after.idle()

    assert len(gemini.requests) == 3
    assert await outcomes(after.database) == [("picture", True), ("cancelled", True), ("picture", True)]
    await after.close()


async def test_a_deletion_is_done_also_when_its_cost_cannot_be_counted(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def away(*_: object) -> None:
        raise DatabaseUnavailable

    await stage.start()
    stage.gemini.latency_seconds = 600
    stage.env.backend.create_message(stage.thread.id, stage.alice.id, "warmer")
    await drawn(stage, 2)
    monkeypatch.setattr(turns, "store_cost", away)

    assert await stage.bot.services.privacy.delete_everything(stage.alice.id)

    await until(lambda: not pictures(stage.thread))
    await until(lambda: not stage.bot._queue.working)


async def test_new_words_that_come_too_late_change_nothing(gemini: LocalGemini, database_file: Path) -> None:
    """It begins to be drawn while their author is looked up."""

    class HeldWall(Wall):
        """Until `released` no line is shown, and nothing drawn."""

        released = asyncio.Event()

        async def show_status(self, turn: Turn, text: str) -> int:
            if turn.prompt == "warmer":
                await self.released.wait()
            return await super().show_status(turn, text)

    wall = HeldWall()
    workshop = Workshop(database_in(database_file), gemini.url, wall, count(1000))
    await workshop.open()
    await workshop.start(photo())
    await workshop.idle()
    gemini.hold()
    await workshop.edit("warmer")
    source_id = workshop.next_source() - 1

    async def look_up() -> None:
        wall.released.set()
        await until(lambda: len(gemini.requests) == 2)

    prompts = WaitingPrompts(workshop.database, workshop.queue, Limits(UNLIMITED))
    await prompts.reword(source_id, "colder", look_up)
    gemini.release()
    await workshop.idle()

    async with workshop.database.snapshot() as repos:
        turn = await repos.turns.of_source(source_id)
    assert turn is not None
    assert turn.prompt == "warmer"
    await workshop.close()


async def test_what_is_drawn_without_the_chat_is_none_of_its_business(stage: Stage) -> None:
    await stage.start()
    stage.gemini.hold()
    once = asyncio.ensure_future(stage.alice.slash(stage.studio, "identity once", identity="The Artist"))
    await drawn(stage, 2)
    overview = await stage.bot.services.chats.overview(own(stage.alice))
    stage.gemini.release()
    await once

    assert overview.waiting is None
