"""The interpreter behind `ready_interpreter.py`: it imports the bot once, rehearses, and forks for every command.

What a fork does from there on is what `identity-bot` does, but that its SQL is compiled already, up to the end of its
threads. The interpreter itself is not taken apart, which would copy the memory that forks share. What only an
interpreter of its own shows is left to `test_secrets.py`.
"""

from __future__ import annotations

import asyncio
import gc
import json
import os
import select
import signal
import socket
import sys
import tempfile
import threading
import traceback
from contextlib import suppress
from importlib import import_module
from typing import Any, NoReturn

import pytest

LATE = ("anyio._backends._asyncio", "httpcore2")
"""What the bot imports only when it opens its first connection: in a rehearsal it would get SimCord's clock to keep."""


def main() -> None:
    """Serves the socket that it was given as stdin, until the first who connected goes: the owner.

    For each other one there is a fork that takes orders. All is made ready when the first of them comes.
    """
    listener = socket.socket(fileno=0)
    owner, _ = listener.accept()
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl+C is for the tests, which end their bots then
    while owner not in select.select([listener, owner], [], [])[0]:
        connection, _ = listener.accept()
        get_ready()
        if os.fork() == 0:
            try:
                owner.close()
                os.dup2(connection.fileno(), 0)
                os.dup2(connection.fileno(), 1)
                connection.close()
                serve()
            finally:
                os._exit(0)
        connection.close()


def get_ready() -> None:
    if "bot" in sys.modules:
        return
    gc.disable()  # until all is imported, there is no garbage to look for
    from bot.app import EXTENSIONS

    for each in ("bot.__main__", *LATE, *EXTENSIONS):
        import_module(each)
    from rehearsal import rehearse, share_compiled

    share_compiled(asyncio.run(rehearse()), pytest.MonkeyPatch())  # for good
    assert threading.active_count() == 1, threading.enumerate()  # a fork has none of the others
    gc.collect()
    gc.freeze()  # or each fork would copy all memory at its first collection
    gc.enable()


def serve() -> None:
    """Takes an order a line. Answers with the id of the process it starts; when that has ended, with id and code.

    When there are no more orders, or nobody listens any more, what still runs is killed.
    """
    running: set[int] = set()
    signal.signal(signal.SIGCHLD, lambda *_: tell_of_ends(running))
    try:
        for line in sys.stdin:
            signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGCHLD})  # no end is told before its start
            child = os.fork()
            if child == 0:
                obey(json.loads(line))
            running.add(child)
            tell(child)
            signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGCHLD})
    finally:
        signal.signal(signal.SIGCHLD, signal.SIG_IGN)
        for child in running:
            with suppress(ProcessLookupError):
                os.kill(child, signal.SIGKILL)


def tell_of_ends(running: set[int]) -> None:
    """One signal may stand for several ends."""
    while True:
        try:
            child, status = os.waitpid(-1, os.WNOHANG)
        except ChildProcessError:
            return
        if child == 0:
            return
        running.discard(child)
        tell(child, os.waitstatus_to_exitcode(status))


def tell(*numbers: int) -> None:
    """Past the buffer of `print`, which a signal must not enter a second time."""
    os.write(1, (" ".join(map(str, numbers)) + "\n").encode())


def become(order: dict[str, Any]) -> None:
    """Makes this process one that was started as ordered, on the cores of the test that ordered it."""
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    signal.signal(signal.SIGINT, signal.default_int_handler)
    signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGCHLD})
    tempfile.tempdir = None  # which the rehearsal has found out
    os.chdir(order["folder"])
    os.environ.clear()
    os.environ.update(order["environment"])
    sys.argv = ["identity-bot", *order["arguments"]]
    os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
    for number, name in ((1, "output"), (2, "errors")):
        os.dup2(os.open(order[name], os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600), number)
    if order["cores"] is not None:
        os.sched_setaffinity(0, order["cores"])
    signal.alarm(order["seconds"])


def obey(order: dict[str, Any]) -> NoReturn:
    """Runs `identity-bot` as ordered, to the end of its threads and of all that is no module."""
    code = 1
    try:
        become(order)
        import_module("bot.__main__").main()
        code = 0
    except SystemExit as exit_:
        code = exit_.code if isinstance(exit_.code, int) else 1
    except BaseException:  # noqa: BLE001
        traceback.print_exc()
    finally:
        threading._shutdown()  # type: ignore[attr-defined]  # waits for them, as every interpreter does
        gc.collect()  # what complains of never having been closed does so now
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(code)


if __name__ == "__main__":
    main()
