"""What a turn costs at least, in seconds of CPU: its bytes, moved with nothing around them."""

from __future__ import annotations

import os
import socket
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from contextlib import closing
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from statistics import median

from pybase64 import b64decode, b64encode

from bot.domain import PIECE_BYTES

_DRAIN = """
import socket, sys
with socket.create_connection(("127.0.0.1", int(sys.argv[1]))) as source:
    while source.recv(1 << 20):
        pass
"""


@dataclass(frozen=True)
class Floor:
    """`encoding`, `reading` and `sending` are for each picture of a request: its base64, its bytes out of SQLite, its
    base64 into a socket. `receiving` is for the new picture: its base64 decoded, one SHA-256, one file written."""

    encoding: float
    reading: float
    sending: float
    receiving: float


def floor_of(picture: bytes) -> Floor:
    pieces = [picture[start : start + PIECE_BYTES] for start in range(0, len(picture), PIECE_BYTES)]
    texts = [b64encode(piece) for piece in pieces]
    return Floor(
        encoding=_cpu(lambda: [len(b64encode(piece)) for piece in pieces]),
        reading=_reading(pieces),
        sending=_sending(texts),
        receiving=_receiving(picture),
    )


def _reading(pieces: Sequence[bytes]) -> float:
    with tempfile.TemporaryDirectory() as folder, closing(sqlite3.connect(Path(folder) / "floor.db")) as database:
        database.execute("CREATE TABLE pieces (position INTEGER PRIMARY KEY, data BLOB)")
        database.executemany("INSERT INTO pieces VALUES (?, ?)", enumerate(pieces))
        database.commit()
        return _cpu(lambda: [None for _ in database.execute("SELECT data FROM pieces ORDER BY position")])


def _sending(texts: Sequence[bytes]) -> float:
    with socket.create_server(("127.0.0.1", 0)) as server:
        command = [sys.executable, "-c", _DRAIN, str(server.getsockname()[1])]
        with subprocess.Popen(command) as drain:  # noqa: S603 - our own few lines
            connection, _ = server.accept()

            def send() -> None:
                for text in texts:
                    connection.sendall(text)

            with connection:
                seconds = _cpu(send)
            drain.wait()
    return seconds


def _receiving(picture: bytes) -> float:
    text = b64encode(picture)
    with tempfile.TemporaryFile() as file:

        def write() -> None:
            file.seek(0)
            file.write(picture)
            file.flush()
            os.fsync(file.fileno())

        return _cpu(lambda: b64decode(text, validate=True)) + _cpu(lambda: sha256(picture).digest()) + _cpu(write)


def _cpu(work: Callable[[], object], times: int = 9) -> float:
    taken = []
    for _ in range(times):
        began = time.process_time()
        work()
        taken.append(time.process_time() - began)
    return median(taken)
