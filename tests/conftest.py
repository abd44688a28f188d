"""How the tests are run. What they share is in `common_fixtures.py`, with the seconds that importing the bot takes."""

from __future__ import annotations

import gc
import os
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from wire.ready_interpreter import interpreter_server

if TYPE_CHECKING:
    from xdist.workermanage import WorkerController  # type: ignore[import-untyped]

TESTS = Path(__file__).parent
INTERPRETER = pytest.StashKey[str]()

LONGEST = (
    "wire/test_kill.py",
    "services/test_every_crash_point.py",
    "demo/test_conversation.py",
    "cogs/test_who_may_what.py",
    "services/test_any_sequence.py",
    "services/test_refusals.py",
)
"""Files that would outlast the rest of a run, were they to begin at its end; the longest first."""


def pytest_configure(config: pytest.Config) -> None:
    """The process that only hands out tests does without the fixtures. A worker keeps to one core: to wake a thread on
    another costs more than most statements do."""
    worker = getattr(config, "workerinput", {}).get("workerid", "")
    if worker or config.getoption("dist") == "no":
        gc.disable()  # what is imported stays: until all is, there is no garbage to look for
        config.pluginmanager.import_plugin("common_fixtures")
    if worker and hasattr(os, "sched_setaffinity"):
        cores = sorted(os.sched_getaffinity(0))
        os.sched_setaffinity(0, {cores[int(worker.removeprefix("gw")) % len(cores)]})


def pytest_configure_node(node: WorkerController) -> None:
    """One interpreter that is ready to be the bot is enough for all workers."""
    config = node.config
    if not hasattr(os, "fork"):
        return
    if INTERPRETER not in config.stash:
        server = ExitStack()
        config.stash[INTERPRETER] = server.enter_context(interpreter_server())
        config.add_cleanup(server.close)
    node.workerinput["interpreter"] = config.stash[INTERPRETER]


def pytest_xdist_auto_num_workers() -> int:
    """Twice as many as cores: half of what a test does is wait for the disk, for threads and for sockets."""
    return 2 * (os.cpu_count() or 1)


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """The longest files begin first, spread over the workers: at the end all others would wait for them.

    Of the list xdist's `worksteal` gives each worker an even share, in order.
    """
    workers = getattr(config, "workerinput", {}).get("workercount", 1)
    longest: dict[Path, list[pytest.Item]] = {TESTS / name: [] for name in LONGEST}
    others: list[pytest.Item] = []
    for item in items:
        longest.get(item.path, others).append(item)
    files = list(longest.values())
    count = len(items)
    items.clear()
    for worker in range(workers):
        share = [item for file in files[worker::workers] for item in file]
        left = (count - len(items)) // (workers - worker) - len(share)
        items += share + others[: max(left, 0)]
        del others[: max(left, 0)]
    items += others


def pytest_collection_finish() -> None:
    """Garbage is looked for again, though not in what was imported, and less often than usual."""
    gc.enable()
    gc.freeze()
    gc.set_threshold(100_000, 20, 20)
