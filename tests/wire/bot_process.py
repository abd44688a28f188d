"""`identity-bot run` as a process of its own, with no more environment than it is given."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import sys
from asyncio.subprocess import DEVNULL, Process
from pathlib import Path
from typing import Self

REPOSITORY = Path(__file__).parents[2]
COMMAND = (sys.executable, "-m", "bot", "run")
LIMIT = 30.0
"""Seconds that anything here may take on a busy machine; what goes well takes a fraction of it."""


class BotProcess:
    """Everything that the bot says goes to one file, which outlives it."""

    def __init__(self, process: Process, log: Path) -> None:
        self._process = process
        self._log = log

    @classmethod
    async def start(cls, folder: Path, environment: dict[str, str]) -> Self:
        log = folder / "bot.log"
        with log.open("ab") as file:
            process = await asyncio.create_subprocess_exec(
                *COMMAND, cwd=folder, env=_complete(environment), stdin=DEVNULL, stdout=file, stderr=file
            )
        return cls(process, log)

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

    def ask_to_end(self) -> None:
        """As a service manager does."""
        self._process.send_signal(signal.SIGTERM)

    async def terminate(self) -> int:
        self.ask_to_end()
        return await self.ended()

    async def kill(self) -> None:
        """Stops it between one instruction and the next."""
        await _end(self._process)


async def _end(process: Process) -> None:
    if process.returncode is None:
        with contextlib.suppress(ProcessLookupError):
            process.kill()
        await process.wait()


def _complete(environment: dict[str, str]) -> dict[str, str]:
    return {"PATH": os.environ.get("PATH", ""), "PYTHONPATH": str(REPOSITORY), **environment}
