"""Commands of `identity-bot`, each in a process of its own, without two seconds of imports for each.

One interpreter imports the command line and rehearses, for all who run tests, and forks for each: `forking.py`.
"""

from __future__ import annotations

import asyncio
import json
import os
import socket
import subprocess
import sys
from collections import deque
from collections.abc import Iterator
from concurrent.futures import Future
from contextlib import contextmanager, nullcontext, suppress
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from threading import Thread
from typing import Any, Self

from wire.bot_process import LIMIT, REPOSITORY

NO_LIMIT = 0
ENDED = "the interpreter has ended"


@dataclass(frozen=True)
class Finished:
    """A command that has ended, by itself or, when it took too long, by SIGALRM: then its code is negative."""

    code: int
    output: str
    errors: str

    @property
    def lines(self) -> list[str]:
        return self.output.splitlines()

    @property
    def error_lines(self) -> list[str]:
        return self.errors.splitlines()


class Fork:
    """A command under way, as a process."""

    def __init__(self, pid: int, ended: Future[int]) -> None:
        self._pid = pid
        self._ended = ended

    @property
    def returncode(self) -> int | None:
        return self._ended.result() if self._ended.done() else None

    async def wait(self) -> int:
        return await asyncio.wrap_future(self._ended)

    def send_signal(self, signal: int, /) -> None:
        if self._ended.done():
            raise ProcessLookupError
        os.kill(self._pid, signal)


@contextmanager
def interpreter_server() -> Iterator[str]:
    """An interpreter to be shared, until the end: where `ReadyInterpreter` finds it.

    It gets ready when the first one asks for it.
    """
    with TemporaryDirectory(prefix="interpreter-") as folder:
        address = f"{folder}/socket"
        path = os.pathsep.join([str(REPOSITORY), str(REPOSITORY / "tests")])
        with socket.socket(socket.AF_UNIX) as listener:
            listener.bind(address)
            listener.listen()
            process = subprocess.Popen(
                [sys.executable, "-m", "wire.forking"],
                env={"PATH": os.environ.get("PATH", ""), "PYTHONPATH": path},
                stdin=listener.fileno(),
            )
        with process, socket.socket(socket.AF_UNIX) as owner:
            owner.connect(address)
            yield address


class ReadyInterpreter:
    """To be used from any event loop, and from one after another."""

    def __init__(self, address: str) -> None:
        self._connection = socket.socket(socket.AF_UNIX)
        self._connection.connect(address)
        self._starting: deque[Future[Fork]] = deque()
        self._ends: dict[int, Future[int]] = {}
        self._listener = Thread(target=self._listen)
        self._listener.start()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_error: object) -> None:
        self._connection.shutdown(socket.SHUT_RDWR)
        self._listener.join()
        self._connection.close()

    async def run(self, *arguments: str, folder: Path, environment: dict[str, str]) -> Finished:
        """Runs `identity-bot ARGUMENTS` in `folder` to its end, with no more environment than it is given."""
        output, errors = folder / "output", folder / "errors"
        for each in (output, errors):
            each.unlink(missing_ok=True)
        fork = await self._start(arguments, folder, environment, output, errors, seconds=int(LIMIT))
        return Finished(await fork.wait(), output.read_text(), errors.read_text())

    async def launch_bot(self, folder: Path, environment: dict[str, str], log: Path) -> Fork:
        """`wire.bot_process.Launch`: a bot that runs until it is told to stop."""
        return await self._start(("run",), folder, environment, log, log, seconds=NO_LIMIT)

    async def _start(
        self,
        arguments: tuple[str, ...],
        folder: Path,
        environment: dict[str, str],
        output: Path,
        errors: Path,
        *,
        seconds: int,
    ) -> Fork:
        order = {
            "arguments": arguments,
            "folder": str(folder),
            "environment": environment,
            "output": str(output),
            "errors": str(errors),
            "seconds": seconds,
            "cores": sorted(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else None,
        }
        started: Future[Fork] = _future()
        self._starting.append(started)
        try:
            self._connection.sendall(json.dumps(order).encode() + b"\n")
        except BrokenPipeError:
            raise ConnectionError(ENDED) from None
        return await asyncio.wrap_future(started)

    def _listen(self) -> None:
        with suppress(ConnectionError), self._connection.makefile() as lines:
            for line in lines:
                pid, *code = map(int, line.split())
                if code:
                    self._ends.pop(pid).set_result(code[0])
                else:
                    self._ends[pid] = _future()
                    self._starting.popleft().set_result(Fork(pid, self._ends[pid]))
        waiting: list[Future[Any]] = [*self._starting, *self._ends.values()]
        for each in waiting:
            each.set_exception(ConnectionError(ENDED))


@contextmanager
def ready_interpreter(server: str | None = None) -> Iterator[ReadyInterpreter]:
    """With a server of its own, unless there is one."""
    serving = nullcontext(server) if server else interpreter_server()
    with serving as address, ReadyInterpreter(address) as interpreter:
        yield interpreter


def _future() -> Future[Any]:
    future: Future[Any] = Future()
    future.set_running_or_notify_cancel()  # or one who gives up waiting would cancel it for all
    return future
