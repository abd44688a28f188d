"""Pictures of a response: decoded as they arrive, and the SDK sees a digest."""

from __future__ import annotations

import gzip
import hashlib
import json
from base64 import b64decode, b64encode, urlsafe_b64encode
from collections.abc import Callable, Iterator, Sequence
from itertools import pairwise

import httpx2
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.gemini.incoming import Received, without_pictures

JSON_ESCAPES = {"/": r"\/", "=": r"\u003d", "+": r"\u002B"}


class Chunks(httpx2.SyncByteStream):
    def __init__(self, chunks: Sequence[bytes]) -> None:
        self._chunks = chunks

    def __iter__(self) -> Iterator[bytes]:
        return iter(self._chunks)


def read(chunks: Sequence[bytes], **headers: str) -> tuple[bytes, Received]:
    """What the SDK gets to see of a response that arrives in those chunks, and the pictures."""
    received: Received = {}
    return without_pictures(httpx2.Response(200, headers=headers, stream=Chunks(chunks)), received), received


def standard(data: bytes) -> str:
    return b64encode(data).decode()


def url_safe(data: bytes) -> str:
    return urlsafe_b64encode(data).decode()


def unpadded(data: bytes) -> str:
    return standard(data).rstrip("=")


def escaped(data: bytes) -> str:
    return "".join(JSON_ESCAPES.get(character, character) for character in standard(data))


def answer(*pictures: str) -> str:
    parts = ", ".join(f'{{"inlineData": {{"mimeType": "image/jpeg", "data" :\n "{each}"}}}}' for each in pictures)
    return f'{{"candidates": [{{"content": {{"parts": [{{"text": "\\"data\\": \\"x"}}, {parts}]}}}}]}}'


@given(
    st.lists(st.binary(min_size=1), min_size=1, max_size=3),
    st.sampled_from([standard, url_safe, unpadded, escaped]),
    st.data(),
)
def test_every_picture_is_found_however_it_is_written_and_cut(
    pictures: list[bytes], write: Callable[[bytes], str], data: st.DataObject
) -> None:
    body = answer(*map(write, pictures)).encode()
    cuts = sorted(data.draw(st.lists(st.integers(0, len(body)), max_size=8)))
    chunks = [body[start:end] for start, end in pairwise([0, *cuts, len(body)])]

    seen, received = read(chunks)

    (candidate,) = json.loads(seen)["candidates"]
    text, *parts = candidate["content"]["parts"]
    assert text == {"text": '"data": "x'}
    assert [received[b64decode(part["inlineData"]["data"])] for part in parts] == pictures
    assert all(hashlib.sha256(picture).digest() == digest for digest, picture in received.items())


def test_byte_by_byte_is_as_good_as_at_once() -> None:
    body = answer(escaped(bytes(range(256))), standard(b"another")).encode()

    assert read([bytes([each]) for each in body]) == read([body])


def test_the_sdk_sees_little_of_a_large_picture() -> None:
    body = answer(standard(bytes(3_000_000))).encode()

    seen, received = read([body[start : start + 65536] for start in range(0, len(body), 65536)])

    assert len(seen) < 300
    assert list(received.values()) == [bytes(3_000_000)]


def test_a_packed_response_is_unpacked_first() -> None:
    body = gzip.compress(answer(standard(b"picture")).encode())

    seen, received = read([body], **{"content-encoding": "gzip", "content-length": str(len(body))})

    assert list(received.values()) == [b"picture"]
    assert json.loads(seen)


@pytest.mark.parametrize("picture", ["!!!!", "a", "YWJj YWJj", "=AAA"])
def test_what_is_no_base64_is_an_error(picture: str) -> None:
    with pytest.raises(ValueError, match=r"base64|padding|characters"):
        read([answer(picture).encode()])


def test_no_picture_is_no_picture() -> None:
    seen, received = read([answer("").encode()])

    assert seen == answer("").encode()
    assert received == {}


@given(st.lists(st.binary(), max_size=5))
def test_anything_without_a_picture_passes_unchanged(chunks: list[bytes]) -> None:
    seen, received = read(chunks)

    assert seen == b"".join(chunks)
    assert received == {}
