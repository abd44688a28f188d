"""`identity-bot run` as a process of its own, with no more environment than it is given."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import sys
from asyncio.subprocess import DEVNULL
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Protocol, Self

REPOSITORY = Path(__file__).parents[2]
COMMAND = (sys.executable, "-m", "bot", "run")
LIMIT = 30.0
"""Seconds that anything here may take on a busy machine; what goes well takes a fraction of it."""


class Process(Protocol):
    """As asyncio has it."""

    @property
    def returncode(self) -> int | None:
        """None while it runs; negative when a signal ended it."""

    async def wait(self) -> int:
        """Waits for its end; answers its exit code."""

    def send_signal(self, signal: int, /) -> None:
        """Raises ProcessLookupError when it has ended."""


Launch = Callable[[Path, dict[str, str], Path], Awaitable[Process]]
"""Starts `identity-bot run` in a folder, with an environment, and adds all that it says to a log."""


class BotProcess:
    """Everything that the bot says goes to one file, which outlives it."""

    def __init__(self, process: Process, log: Path) -> None:
        self._process = process
        self._log = log

    @classmethod
    async def start(cls, launch: Launch, folder: Path, environment: dict[str, str]) -> Self:
        log = folder / "bot.log"
        return cls(await launch(folder, environment, log), log)

    @property
    def running(self) -> bool:
        return self._process.returncode is None

    @property
    def log(self) -> str:
        return self._log.read_text()

    async def ended(self) -> int:
        """Waits for its end; answers its exit code, which is that of a signal where it is negative."""
        async with asyncio.timeout(LIMIT):
            return await self._process.wait()

    def ask_to_end(self, by: signal.Signals = signal.SIGTERM) -> None:
        """As a service manager does, or someone who presses Ctrl+C."""
        self._process.send_signal(by)

    async def terminate(self) -> int:
        self.ask_to_end()
        return await self.ended()

    async def kill(self) -> None:
        """Stops it between one instruction and the next."""
        with contextlib.suppress(ProcessLookupError):
            self._process.send_signal(signal.SIGKILL)
        await self.ended()


async def launch_as_people_do(folder: Path, environment: dict[str, str], log: Path) -> Process:
    """In a new interpreter; `wire.ready_interpreter` does the same in a quarter of the time."""
    complete = {"PATH": os.environ.get("PATH", ""), "PYTHONPATH": str(REPOSITORY), **environment}
    with log.open("ab") as file:
        return await asyncio.create_subprocess_exec(
            *COMMAND, cwd=folder, env=complete, stdin=DEVNULL, stdout=file, stderr=file
        )
