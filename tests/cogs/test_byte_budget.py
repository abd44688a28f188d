"""Room for attached files: given in full or waited for, and given back with the files."""

from __future__ import annotations

import asyncio

import pytest

from bot.domain import RawPhoto
from cogs import attachments
from cogs.byte_budget import ByteBudget
from stage import Stage, photo


async def test_who_finds_no_room_waits_until_a_file_is_let_go_of() -> None:
    budget = ByteBudget(10)
    await budget.reserve(8)
    file = RawPhoto("me.png", b"")
    budget.release_with(file, 8)
    second = asyncio.create_task(budget.reserve(5))
    await asyncio.sleep(0)
    waited = not second.done()

    del file
    async with asyncio.timeout(5):
        await second

    assert waited


async def test_attached_files_hold_their_room_until_they_are_let_go_of(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = photo()
    message = await stage.bob.send(stage.studio, attachments=[("me.png", file)])
    monkeypatch.setattr(attachments, "_held", ByteBudget(len(file)))
    first = await attachments.read_files(message.attachments)
    second = asyncio.create_task(attachments.read_files(message.attachments))
    await asyncio.wait([second], timeout=0.05)
    waited = not second.done()

    del first
    async with asyncio.timeout(5):
        read = await second

    assert waited
    assert [each.data for each in read] == [file]


async def test_more_than_there_is_room_for_is_taken_alone() -> None:
    budget = ByteBudget(10)

    await budget.reserve(50)
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.01):
            await budget.reserve(1)


async def test_who_gives_up_waiting_holds_nobody_up() -> None:
    budget = ByteBudget(10)
    await budget.reserve(10)
    impatient = asyncio.create_task(budget.reserve(5))
    patient = asyncio.create_task(budget.reserve(5))
    await asyncio.sleep(0)
    impatient.cancel()

    budget.release(10)

    async with asyncio.timeout(5):
        await patient
