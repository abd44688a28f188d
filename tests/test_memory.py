"""What malloc does with the memory of pictures. Only glibc's can be told."""

from __future__ import annotations

import ctypes
import platform

import pytest

from benchmarks.meters import resident
from bot import memory

pytestmark = pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="needs glibc")

MB = 1 << 20


class _Mallinfo(ctypes.Structure):
    """Of mallinfo2(3); `hblkhd` is the bytes of all blocks that the system gave out one by one."""

    _fields_ = [(name, ctypes.c_size_t) for name in ("arena", "ordblks", "smblks", "hblks", "hblkhd", *"uford")]


def bytes_of_large_blocks() -> int:
    mallinfo = ctypes.CDLL(None).mallinfo2
    mallinfo.restype = _Mallinfo
    return int(mallinfo().hblkhd)


def test_a_picture_is_a_block_of_its_own_also_after_larger_ones_were_freed() -> None:
    assert memory.set_up()
    bytes(16 * MB)  # after this, malloc would by itself take blocks of that size from its heap
    before = bytes_of_large_blocks()

    picture = bytes(3 * MB)

    assert bytes_of_large_blocks() - before >= len(picture)


def test_free_memory_is_given_back_to_the_system() -> None:
    memory.set_up()
    pieces = [b"x" * MB for _ in range(30)]
    at_the_end_of_the_heap = [b"x" * (MB // 2) for _ in range(8)]
    del pieces
    before = resident()

    memory.give_back()

    assert before - resident() > 20 * MB
    assert len(at_the_end_of_the_heap) == 8
