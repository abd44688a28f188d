"""Memory that pictures took goes back to the system with them; what was imported is not looked through for garbage.

By itself glibc's malloc learns from the first picture that blocks of that size are common. From then on it copies each
one that grows, and keeps what was freed: a turn in flight then takes three pictures where it needs less than two. With
another malloc nothing is done about that.
"""

from __future__ import annotations

import ctypes
import gc
import os

_LIBC = ctypes.CDLL(None) if os.name == "posix" else None
_TRIM_THRESHOLD, _MMAP_THRESHOLD = -1, -3
"""Of mallopt(3), in <malloc.h>."""

_PICTURE_BYTES = 2 << 20
"""From this size a block is the system's own, which grows without a copy; the pieces of a picture are smaller."""

_KEPT_BYTES = 32 << 20
"""What may stay free at the end of the heap, for the pieces that come next."""


def set_up() -> bool:
    """For the whole process, once, when all is imported. Answers whether malloc is one that can be told so."""
    gc.collect()
    gc.freeze()  # modules stay: looking through them all time and again would hold up the event loop
    mallopt = getattr(_LIBC, "mallopt", None)
    return mallopt is not None and all(
        [mallopt(_MMAP_THRESHOLD, _PICTURE_BYTES), mallopt(_TRIM_THRESHOLD, _KEPT_BYTES)]
    )


def give_back() -> None:
    """Gives free memory to the system, in a few milliseconds for some ten MB."""
    malloc_trim = getattr(_LIBC, "malloc_trim", None)
    if malloc_trim is not None:
        malloc_trim(0)
