"""Commands of `identity-bot`, each in a process of its own, without two seconds of imports for each.

One interpreter imports the command line and forks for every command; what the fork does from there on is what
`identity-bot` does, to the end of its interpreter. `Town` starts the bot in the ordinary way.
"""

from __future__ import annotations

import asyncio
import gc
import json
import os
import signal
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

from wire.bot_process import LIMIT, REPOSITORY


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


class ReadyInterpreter:
    def __init__(self) -> None:
        path = os.pathsep.join([str(REPOSITORY), str(REPOSITORY / "tests")])
        self._process = subprocess.Popen(
            [sys.executable, "-m", "wire.ready_interpreter"],
            env={"PATH": os.environ.get("PATH", ""), "PYTHONPATH": path},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    async def run(self, *arguments: str, folder: Path, environment: dict[str, str]) -> Finished:
        """Runs `identity-bot ARGUMENTS` in `folder` to its end, with no more environment than it is given."""
        order = {"arguments": arguments, "folder": str(folder), "environment": environment}
        code = await asyncio.to_thread(self._exchange, json.dumps(order))
        output, errors = ((folder / name).read_text() for name in ("output", "errors"))
        return Finished(code, output, errors)

    def close(self) -> None:
        self._process.kill()
        self._process.communicate()

    def _exchange(self, order: str) -> int:
        _given(self._process.stdin).write(order + "\n")
        _given(self._process.stdin).flush()
        return int(_given(self._process.stdout).readline())


def _given(stream: IO[str] | None) -> IO[str]:
    assert stream is not None
    return stream


def serve() -> None:
    """Takes an order a line; answers each with the exit code of its command."""
    from bot.__main__ import main

    gc.freeze()  # or each fork would copy all memory at its first collection
    for line in sys.stdin:
        child = os.fork()
        if child == 0:
            become(json.loads(line))
            return main()
        _, status = os.waitpid(child, 0)
        print(os.waitstatus_to_exitcode(status), flush=True)  # noqa: T201
    return None


def become(order: dict[str, Any]) -> None:
    """Makes this process one that was started as ordered."""
    os.chdir(order["folder"])
    os.environ.clear()
    os.environ.update(order["environment"])
    sys.argv = ["identity-bot", *order["arguments"]]
    os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
    for number, name in ((1, "output"), (2, "errors")):
        os.dup2(os.open(name, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), number)
    signal.alarm(int(LIMIT))


if __name__ == "__main__":
    serve()
