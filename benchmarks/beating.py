"""`identity-bot run`, and a heart that beats on its event loop; the stalls are in a file when it has ended.

python -m benchmarks.beating FILE
"""

from __future__ import annotations

import asyncio
import json
import runpy
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from benchmarks.meters import Heart

NOTED_SECONDS = 0.01
"""A gap between two beats that is shorter than twice what it should be is none."""


@dataclass(frozen=True)
class Stall:
    """When it was over, in seconds since 1970, and how long it was."""

    at: float
    seconds: float


class Stalls(list[Stall]):
    def notice(self, gap: float) -> None:
        if gap > NOTED_SECONDS:
            self.append(Stall(time.time(), gap))

    def between(self, began: float, ended: float) -> list[float]:
        """How long each was, of those that began and were over in that time."""
        return [each.seconds for each in self if began <= each.at - each.seconds and each.at <= ended]

    def write(self, file: Path) -> None:
        file.write_text(json.dumps([(each.at, each.seconds) for each in self]))

    @classmethod
    def read(cls, file: Path) -> Stalls:
        return cls(Stall(at, seconds) for at, seconds in json.loads(file.read_text()))


class BeatingLoops(asyncio.DefaultEventLoopPolicy):
    """Every event loop has a heart, from its first turn on."""

    def __init__(self, notice: Callable[[float], None]) -> None:
        super().__init__()
        self._notice = notice

    def new_event_loop(self) -> asyncio.AbstractEventLoop:
        loop = super().new_event_loop()
        Heart(loop, self._notice)
        return loop


def main() -> None:
    file, stalls = Path(sys.argv[1]).absolute(), Stalls()
    asyncio.set_event_loop_policy(BeatingLoops(stalls.notice))
    sys.argv = ["identity-bot", "run"]
    try:
        runpy.run_module("bot", run_name="__main__", alter_sys=True)
    finally:
        stalls.write(file)


if __name__ == "__main__":
    main()
