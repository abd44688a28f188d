"""The two transport compressions that discord.py asks for, one context for each socket.

It asks for zstd-stream where a zstandard library is installed (or on Python 3.14, which brings one) and for
zlib-stream elsewhere.
"""

import importlib
import zlib
from collections.abc import Callable

Compress = Callable[[bytes], bytes]
"""One gateway frame in, the bytes of one websocket message out."""


def zlib_stream() -> Compress:
    context = zlib.compressobj()
    return lambda frame: context.compress(frame) + context.flush(zlib.Z_SYNC_FLUSH)


def zstd_stream() -> Compress:
    try:
        stdlib = importlib.import_module("compression.zstd")
    except ImportError:
        zstandard = importlib.import_module("zstandard")
        context = zstandard.ZstdCompressor().compressobj()
        return lambda frame: bytes(context.compress(frame) + context.flush(zstandard.COMPRESSOBJ_FLUSH_BLOCK))
    compressor = stdlib.ZstdCompressor()
    return lambda frame: bytes(compressor.compress(frame, stdlib.ZstdCompressor.FLUSH_BLOCK))


COMPRESSIONS: dict[str, Callable[[], Compress]] = {"zlib-stream": zlib_stream, "zstd-stream": zstd_stream}
