"""The interpreter behind `ready_interpreter.py`: it imports the bot once and forks for every command.

What a fork does from there on is what `identity-bot` does, up to the end of its threads. The interpreter itself is not
taken apart, which would copy the memory that forks share.
"""

from __future__ import annotations

import gc
import json
import os
import select
import signal
import socket
import sys
import threading
import traceback
from collections.abc import Callable
from importlib import import_module
from typing import Any, NoReturn

LATE = ("anyio._backends._asyncio", "httpcore2")
"""What the bot imports only when it opens its first connection."""


def main() -> None:
    """Serves the socket that it was given as stdin, until the first who connected goes: the owner.

    For each other one there is a fork that takes orders. All is imported when the first of them comes.
    """
    listener = socket.socket(fileno=0)
    owner, _ = listener.accept()
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    while owner not in select.select([listener, owner], [], [])[0]:
        connection, _ = listener.accept()
        import_all()
        if os.fork() == 0:
            owner.close()
            os.dup2(connection.fileno(), 0)
            os.dup2(connection.fileno(), 1)
            connection.close()
            serve()
            os._exit(0)
        connection.close()


def import_all() -> None:
    if "bot" in sys.modules:
        return
    gc.disable()  # what is imported stays
    from bot.app import EXTENSIONS

    for each in ("bot.__main__", *LATE, *EXTENSIONS):
        import_module(each)
    gc.freeze()  # or each fork would copy all memory at its first collection
    gc.enable()


def serve() -> None:
    """Takes an order a line. Answers with the id of the process it starts; when that has ended, with id and code."""
    from bot.__main__ import main as identity_bot

    signal.signal(signal.SIGCHLD, tell_of_ends)
    for line in sys.stdin:
        signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGCHLD})  # no end is told before its start
        child = os.fork()
        if child == 0:
            become(json.loads(line))
            end(identity_bot)
        tell(child)
        signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGCHLD})


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


def end(command: Callable[[], None]) -> NoReturn:
    """Ends with what the command exits with, as `multiprocessing` ends its forks."""
    code: object = 1
    try:
        command()
    except SystemExit as exit_:
        code = exit_.code
    except BaseException:  # noqa: BLE001
        traceback.print_exc()
    threading._shutdown()  # type: ignore[attr-defined]  # waits for them, as every interpreter does
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(code if isinstance(code, int) else 1)


if __name__ == "__main__":
    main()
