"""Commands of `identity-bot`, each in a process of its own, without two seconds of imports for each.

One interpreter imports the command line and forks for every command; what the fork does from there on is what
`identity-bot` does, to the end of its interpreter.
"""

from __future__ import annotations

import asyncio
import gc
import json
import os
import signal
import subprocess
import sys
from collections import deque
from concurrent.futures import Future
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from threading import Thread
from typing import IO, Any, Self

from wire.bot_process import LIMIT, REPOSITORY

LATE = ("anyio._backends._asyncio", "httpcore2")
"""What the bot imports only when it opens its first connection."""

NO_LIMIT = 0


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


class ReadyInterpreter:
    """To be used from any event loop, and from one after another."""

    def __init__(self) -> None:
        path = os.pathsep.join([str(REPOSITORY), str(REPOSITORY / "tests")])
        self._process = subprocess.Popen(
            [sys.executable, "-m", "wire.ready_interpreter"],
            env={"PATH": os.environ.get("PATH", ""), "PYTHONPATH": path},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        self._starting: deque[Future[Fork]] = deque()
        self._ends: dict[int, Future[int]] = {}
        self._listener = Thread(target=self._listen)
        self._listener.start()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_error: object) -> None:
        self._process.kill()
        self._listener.join()
        self._process.communicate()

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
        }
        started: Future[Fork] = _future()
        self._starting.append(started)
        stream = _given(self._process.stdin)
        stream.write(json.dumps(order) + "\n")
        stream.flush()
        return await asyncio.wrap_future(started)

    def _listen(self) -> None:
        for line in _given(self._process.stdout):
            pid, *code = map(int, line.split())
            if code:
                self._ends.pop(pid).set_result(code[0])
            else:
                self._ends[pid] = _future()
                self._starting.popleft().set_result(Fork(pid, self._ends[pid]))


def _future() -> Future[Any]:
    future: Future[Any] = Future()
    future.set_running_or_notify_cancel()  # or one who gives up waiting would cancel it for all
    return future


def _given(stream: IO[str] | None) -> IO[str]:
    assert stream is not None
    return stream


def serve() -> None:
    """Takes an order a line. Answers with the id of the process it starts; when that has ended, with id and code."""
    from bot.__main__ import main

    for each in LATE:
        import_module(each)
    gc.freeze()  # or each fork would copy all memory at its first collection
    signal.signal(signal.SIGCHLD, tell_of_ends)
    for line in sys.stdin:
        signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGCHLD})  # no end is told before its start
        child = os.fork()
        if child == 0:
            become(json.loads(line))
            return main()
        tell(child)
        signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGCHLD})
    return None


def tell_of_ends(*_signal: object) -> None:
    """One signal may stand for several ends."""
    while True:
        try:
            child, status = os.waitpid(-1, os.WNOHANG)
        except ChildProcessError:
            return
        if child == 0:
            return
        tell(child, os.waitstatus_to_exitcode(status))


def tell(*numbers: int) -> None:
    """Past the buffer of `print`, which a signal must not enter a second time."""
    os.write(1, (" ".join(map(str, numbers)) + "\n").encode())


def become(order: dict[str, Any]) -> None:
    """Makes this process one that was started as ordered."""
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGCHLD})
    os.chdir(order["folder"])
    os.environ.clear()
    os.environ.update(order["environment"])
    sys.argv = ["identity-bot", *order["arguments"]]
    os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
    for number, name in ((1, "output"), (2, "errors")):
        os.dup2(os.open(order[name], os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600), number)
    signal.alarm(order["seconds"])


if __name__ == "__main__":
    serve()
