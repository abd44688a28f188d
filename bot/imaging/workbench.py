"""Where pictures are worked on: one thread for the whole process, so that memory holds one at a time."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

_T = TypeVar("_T")

_workbench = ThreadPoolExecutor(max_workers=1, thread_name_prefix="imaging")
"""Its thread starts with the first picture. It is not asyncio's default pool, whose few threads also look up
hosts: pictures waiting for their turn would hold those up."""


async def work_on(work: Callable[[], _T]) -> _T:
    """Does `work` off the event loop, after whatever was asked before; works from any event loop.

    Cancelled, it drops work that has not begun; work that has goes on to its end, unheard.
    """
    return await asyncio.get_running_loop().run_in_executor(_workbench, work)
