"""How work ends when the bot is told to stop."""

from __future__ import annotations

import asyncio

from bot.services.stopping import Stopping


async def test_what_ends_in_time_is_not_cancelled() -> None:
    stopping = Stopping()

    async def draw() -> str:
        with stopping.interruptible():
            await asyncio.sleep(0.01)
        return "drawn"

    drawing = asyncio.create_task(draw())
    await asyncio.sleep(0)

    await stopping.stop([drawing], within=60)

    assert drawing.result() == "drawn"


async def test_what_waits_when_the_time_is_up_is_cancelled_and_a_transaction_is_not() -> None:
    stopping, committed, reached = Stopping(), [], asyncio.Event()

    async def store() -> None:
        await asyncio.sleep(0.01)
        committed.append(True)
        with stopping.interruptible():
            reached.set()

    async def draw() -> None:
        with stopping.interruptible():
            with stopping.interruptible():
                pass  # a pause within a call
            await asyncio.sleep(600)

    tasks = [asyncio.create_task(store()), asyncio.create_task(draw())]
    await asyncio.sleep(0)

    await stopping.stop(tasks, within=0)

    assert committed
    assert not reached.is_set()
    assert [each.cancelled() for each in tasks] == [True, True]
