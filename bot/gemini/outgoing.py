"""Pictures on their way to Gemini, around the SDK: it sees a digest in place of each, the wire gets their base64.

Building a request of 60 MB in memory holds the event loop for a second and takes five times its size.
"""

from __future__ import annotations

import re
from base64 import urlsafe_b64decode
from collections.abc import Iterable, Iterator, Mapping
from typing import Protocol

import httpx2
from pybase64 import b64encode

_PLACEHOLDER = re.compile(rb'"data":\s*"([\w-]{43}=)"')
"""A digest where a picture belongs, as the SDK writes bytes. No text of people looks so: its quotes are escaped."""


class SendablePicture(Protocol):
    """A picture whose bytes are read when they are needed."""

    @property
    def byte_size(self) -> int: ...

    def pieces(self) -> Iterator[bytes]: ...


def placeholder(sha256: str) -> bytes:
    """What the SDK is given instead of that picture's bytes."""
    return bytes.fromhex(sha256)


def with_pictures(request: httpx2.Request, pictures: Mapping[str, SendablePicture]) -> httpx2.Request:
    """The request as the SDK would have made it of the pictures' bytes; `pictures` by their sha256.

    To be sent by a thread that may wait: each picture is read when it is that one's turn.

    Raises RuntimeError when it holds other placeholders than those of `pictures`: Gemini must never be sent one.
    """
    body = _Body(request.content, pictures)
    headers = request.headers.copy()
    headers["content-length"] = str(body.byte_size)
    return httpx2.Request(request.method, request.url, headers=headers, stream=body, extensions=request.extensions)


class _Body(httpx2.SyncByteStream):
    def __init__(self, content: bytes, pictures: Mapping[str, SendablePicture]) -> None:
        found = [(match.span(1), urlsafe_b64decode(match[1]).hex()) for match in _PLACEHOLDER.finditer(content)]
        if {sha256 for _, sha256 in found} != pictures.keys():
            raise RuntimeError("placeholders and pictures of a request differ")
        self._segments: list[bytes | SendablePicture] = []
        at = 0
        for (start, end), sha256 in found:
            self._segments += [content[at:start], pictures[sha256]]
            at = end
        self._segments.append(content[at:])

    @property
    def byte_size(self) -> int:
        return sum(len(each) if isinstance(each, bytes) else base64_size(each.byte_size) for each in self._segments)

    def __iter__(self) -> Iterator[bytes]:
        for segment in self._segments:
            if isinstance(segment, bytes):
                yield segment
            else:
                yield from _base64(segment.pieces())


def base64_size(byte_size: int) -> int:
    """Four characters for three bytes, padded."""
    return -(-byte_size // 3) * 4


def _base64(pieces: Iterable[bytes]) -> Iterator[bytes]:
    """One base64 text, in pieces: what does not fill three bytes is left for the next.

    In the alphabet of Google's own examples; the SDK's, which Gemini takes as well, costs twice as much.
    """
    rest = b""
    for piece in pieces:
        joined = rest + piece
        whole = len(joined) - len(joined) % 3
        rest = joined[whole:]
        yield b64encode(joined[:whole])
    yield b64encode(rest)
