"""Pictures on their way from Gemini, around the SDK: decoded as they arrive, it sees a digest in place of each."""

from __future__ import annotations

import hashlib
import json
import re
from io import BytesIO

import httpx2
from pybase64 import b64decode, b64encode

Received = dict[bytes, bytes]
"""The pictures of a response by their SHA-256 digests, which stand in their places."""

_BEGINNING = re.compile(rb'"data"\s{0,8}:\s{0,8}"')
_LONGEST_BEGINNING = len('"data":"') + 2 * 8
"""A picture's base64 comes after this. No text looks so: its quotes are escaped."""

_LONGEST_ESCAPE = len(r"\u003d")
_STANDARD = bytes.maketrans(b"-_", b"+/")


def without_pictures(response: httpx2.Response, received: Received) -> bytes:
    """What the response says, read to its end, with digests for pictures, which are put into `received`.

    Raises ValueError for a picture that is no base64.
    """
    sieve = _Sieve(received)
    passed = [sieve.pass_on(chunk) for chunk in response.iter_bytes()]
    return b"".join([*passed, sieve.rest])


class _Sieve:
    """Lets JSON through and keeps the pictures; takes it in any pieces."""

    def __init__(self, received: Received) -> None:
        self._received = received
        self._picture: _ArrivingPicture | None = None
        self.rest = b""
        """What may be the first half of a beginning."""

    def pass_on(self, chunk: bytes) -> bytes:
        passed = []
        chunk = self.rest + chunk
        self.rest = b""
        while chunk:
            if self._picture is None:
                beginning = _BEGINNING.search(chunk)
                if beginning is None:
                    passed.append(chunk[:-_LONGEST_BEGINNING])
                    self.rest = chunk[-_LONGEST_BEGINNING:]
                    break
                passed.append(chunk[: beginning.end()])
                chunk = chunk[beginning.end() :]
                self._picture = _ArrivingPicture()
            text, quote, chunk = chunk.partition(b'"')
            self._picture.add(text, last=bool(quote))
            if quote:
                passed += [b64encode(self._picture.keep(self._received)), quote]
                self._picture = None
        return b"".join(passed)


class _ArrivingPicture:
    def __init__(self) -> None:
        self._data = BytesIO()
        self._hash = hashlib.sha256()
        self._text = b""

    def add(self, text: bytes, *, last: bool) -> None:
        """Decodes what comes in groups of four, of either alphabet, padded or not."""
        text, self._text = _unescaped(self._text + text, last=last)
        if b"-" in text or b"_" in text:
            text = text.translate(_STANDARD)
        if last:
            text += b"=" * (-len(text) % 4)
        whole = len(text) - len(text) % 4
        self._text = text[whole:] + self._text
        decoded = b64decode(text[:whole], validate=True)
        self._hash.update(decoded)
        self._data.write(decoded)

    def keep(self, received: Received) -> bytes:
        """The digest by which the whole picture is found; b"" where there was none."""
        if not self._data.tell():
            return b""
        digest = self._hash.digest()
        received[digest] = self._data.getvalue()
        return digest


def _unescaped(text: bytes, *, last: bool) -> tuple[bytes, bytes]:
    """JSON may write "/" and "=" with a backslash: the text without, and what may be half of such an escape."""
    if b"\\" not in text:
        return text, b""
    at = text.rfind(b"\\")
    if last or len(text) - at >= _LONGEST_ESCAPE:
        at = len(text)
    return str(json.loads(b'"%s"' % text[:at])).encode(), text[at:]
