"""Measuring one turn: CPU, stalls of the event loop, memory, bytes written to the database. Linux alone."""

from __future__ import annotations

import asyncio
import ctypes
import os
import sqlite3
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, closing
from dataclasses import dataclass
from pathlib import Path

BEAT_SECONDS = 0.005
"""How often the event loop is asked for a sign of life. The whole gap between two counts, so no stall counts less."""

PROCESS = Path("/proc/self")


@dataclass
class TurnCost:
    """Seconds and bytes.

    `written` is what commits appended to SQLite's log; `disk` is all that was written to files, the log's copy into
    the database file included. `memory` is how much larger the process became than it was before.
    """

    cpu: float = 0.0
    stall: float = 0.0
    memory: int = 0
    written: int = 0
    disk: int = 0

    def notice(self, gap: float) -> None:
        self.stall = max(self.stall, gap)


@asynccontextmanager
async def measured(database: Path, *, watched: bool) -> AsyncIterator[TurnCost]:
    """What the process does inside the block and, after it, to bring SQLite's log into the database file.

    Stalls are found only in a `watched` turn; the watching is in its CPU.
    """
    cost = TurnCost()
    with closing(sqlite3.connect(database)) as reader:
        _empty_log(database)
        reader.execute("BEGIN")
        reader.execute("SELECT 1 FROM sqlite_schema").fetchone()  # while this is open the log only grows
        heart = Heart(asyncio.get_running_loop(), cost.notice) if watched else None
        disk, memory, began = _bytes_written(), _largest_from_now(), time.process_time()
        yield cost
        cost.written = _size(f"{database}-wal")
        reader.execute("COMMIT")
        await asyncio.to_thread(_empty_log, database)
        cost.cpu = time.process_time() - began
        cost.memory = resident("VmHWM") - memory
        cost.disk = _bytes_written() - disk
        if heart is not None:
            heart.stop()


def cpu_seconds(process: Path) -> float:
    """Of all its threads, user and system, since it began."""
    user, system = (process / "stat").read_text().rpartition(")")[2].split()[11:13]
    return (int(user) + int(system)) / os.sysconf("SC_CLK_TCK")


def resident(what: str = "VmRSS", process: Path = PROCESS) -> int:
    """Bytes of memory that the process holds now, or has held at most (VmHWM)."""
    lines = (process / "status").read_text().splitlines()
    return next(int(line.split()[1]) * 1024 for line in lines if line.startswith(what))


@dataclass(frozen=True)
class Usage:
    """Of a process during some time: seconds of CPU; bytes of memory before that, and the most since it began."""

    cpu: float
    memory: int
    most_memory: int


class Meter:
    """What a process uses from now on, by its folder in /proc."""

    def __init__(self, process: Path) -> None:
        self._process = process
        self._cpu, self._memory = cpu_seconds(process), resident(process=process)

    def usage(self) -> Usage:
        """While the process is still there."""
        return Usage(cpu_seconds(self._process) - self._cpu, self._memory, resident("VmHWM", self._process))


def _largest_from_now() -> int:
    """What is resident now, from where on the largest size is counted anew.

    Memory that is free, and kept by malloc for the next turn, is given back first: it would hide what that turn takes.
    """
    ctypes.CDLL(None).malloc_trim(0)
    (PROCESS / "clear_refs").write_text("5")
    return resident()


class Heart:
    """Beats on an event loop: two hundred times a second, which takes CPU of its own.

    `notice` is told the seconds between each beat and the next.
    """

    def __init__(self, loop: asyncio.AbstractEventLoop, notice: Callable[[float], None]) -> None:
        self._loop = loop
        self._notice = notice
        self._last = time.perf_counter()
        self._next = self._loop.call_later(BEAT_SECONDS, self._beat)

    def _beat(self) -> None:
        now = time.perf_counter()
        self._notice(now - self._last)
        self._last = now
        self._next = self._loop.call_later(BEAT_SECONDS, self._beat)

    def stop(self) -> None:
        self._next.cancel()


def _bytes_written() -> int:
    """By write(2) and pwrite(2), which sockets of asyncio do not use."""
    lines = (PROCESS / "io").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("wchar"))


def _empty_log(database: Path) -> None:
    with closing(sqlite3.connect(database)) as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")


def _size(file: str) -> int:
    return Path(file).stat().st_size
