"""How the tests are run. What they share is in `common_fixtures.py`, with the seconds that importing the bot takes."""

from __future__ import annotations

import gc
import os

import pytest


def pytest_configure(config: pytest.Config) -> None:
    """The process that only hands out tests does without the fixtures. A worker keeps to one core: to wake a thread on
    another costs more than most statements do."""
    worker = getattr(config, "workerinput", {}).get("workerid", "")
    if worker or config.getoption("dist") == "no":
        config.pluginmanager.import_plugin("common_fixtures")
    if worker and hasattr(os, "sched_setaffinity"):
        cores = sorted(os.sched_getaffinity(0))
        os.sched_setaffinity(0, {cores[int(worker.removeprefix("gw")) % len(cores)]})


def pytest_xdist_auto_num_workers() -> int:
    """Twice as many as cores: half of what a test does is wait for the disk, for threads and for sockets."""
    return 2 * (os.cpu_count() or 1)


def pytest_collection() -> None:
    """What is imported stays: there is no garbage to look for yet."""
    gc.disable()


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The longest one begins first: at the end all others would wait for it."""
    items.sort(key=lambda item: item.path.name != "test_kill.py")


def pytest_collection_finish() -> None:
    """From now on there is, though not in what was imported; it is looked for less often than usual."""
    gc.enable()
    gc.collect()
    gc.freeze()
    gc.set_threshold(20_000, 20, 20)
