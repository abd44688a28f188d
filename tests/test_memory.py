"""What becomes of memory, in a process that has none of it yet."""

from __future__ import annotations

import platform
import subprocess
import sys
from pathlib import Path

import pytest

only_with_glibc = pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="needs glibc")

MB = 1 << 20

A_BLOCK_OF_ITS_OWN = """
import ctypes
from bot import memory

class Mallinfo(ctypes.Structure):
    "Of mallinfo2(3); hblkhd is the bytes of all blocks that the system gave out one by one."
    _fields_ = [(name, ctypes.c_size_t) for name in ("arena", "ordblks", "smblks", "hblks", "hblkhd", *"uford")]

mallinfo = ctypes.CDLL(None).mallinfo2
mallinfo.restype = Mallinfo

memory.set_up()
bytes(16 << 20)  # after this, malloc would by itself take blocks of that size from its heap
before = mallinfo().hblkhd
picture = bytes(3 << 20)
print(mallinfo().hblkhd - before)
"""

GIVEN_BACK = """
from benchmarks.meters import resident
from bot import memory

memory.set_up()
pieces = [b"x" * (1 << 20) for _ in range(30)]
at_the_end_of_the_heap = [b"x" * (1 << 19) for _ in range(8)]
del pieces
before = resident()
memory.give_back()
print(before - resident())
"""


IMPORTED = """
import gc
import discord, sqlalchemy
from bot import memory

looked_through = len(gc.get_objects())
memory.set_up()
print(looked_through - len(gc.get_objects()))
"""


@only_with_glibc
def test_a_picture_is_a_block_of_its_own_also_after_larger_ones_were_freed() -> None:
    assert printed_by(A_BLOCK_OF_ITS_OWN) >= 3 * MB


@only_with_glibc
def test_free_memory_is_given_back_to_the_system() -> None:
    assert printed_by(GIVEN_BACK) > 20 * MB


def test_what_was_imported_is_not_looked_through_for_garbage() -> None:
    assert printed_by(IMPORTED) > 50_000


def printed_by(program: str) -> int:
    root = Path(__file__).parents[1]
    ended = subprocess.run([sys.executable, "-c", program], cwd=root, capture_output=True, text=True, check=True)  # noqa: S603 - own
    return int(ended.stdout)
