from __future__ import annotations

import asyncio
import threading
import time

import pytest

from bot.imaging.workbench import work_on


def test_one_picture_at_a_time_is_worked_on_across_event_loops() -> None:
    at_work, most = 0, 0

    def work() -> None:
        nonlocal at_work, most
        at_work += 1
        most = max(most, at_work)
        time.sleep(0.002)
        at_work -= 1

    async def several() -> None:
        await asyncio.gather(*(work_on(work) for _ in range(10)))

    threads = [threading.Thread(target=asyncio.run, args=[several()]) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert most == 1


async def test_work_is_done_on_another_thread_and_its_result_comes_back() -> None:
    assert await work_on(threading.get_ident) != threading.get_ident()


async def test_a_fault_comes_back_to_the_one_who_asked() -> None:
    def work() -> None:
        raise LookupError("lost")

    with pytest.raises(LookupError, match="lost"):
        await work_on(work)


async def test_work_that_nobody_waits_for_any_more_is_not_begun() -> None:
    done: list[str] = []
    may_go_on = threading.Event()
    first = asyncio.create_task(work_on(may_go_on.wait))
    second = asyncio.create_task(work_on(lambda: done.append("second")))
    await asyncio.sleep(0.01)

    second.cancel()
    await asyncio.gather(second, return_exceptions=True)
    may_go_on.set()
    await first
    await work_on(lambda: done.append("third"))

    assert done == ["third"]
