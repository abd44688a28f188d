"""Pictures of a request: the SDK sees a digest, the wire gets their base64, in pieces."""

from __future__ import annotations

import json
from base64 import b64encode, urlsafe_b64encode
from collections.abc import Iterator
from dataclasses import dataclass

import httpx2
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain import PIECE_BYTES, Picture
from bot.gemini.outgoing import SendablePicture, placeholder, with_pictures


@dataclass
class InPieces:
    """A picture that comes in pieces of any sizes."""

    cut: list[bytes]

    @property
    def byte_size(self) -> int:
        return sum(map(len, self.cut))

    def pieces(self) -> Iterator[bytes]:
        return iter(self.cut)


def request(*sha256: str, text: str = "warmer") -> httpx2.Request:
    """As the SDK builds it."""
    parts = [{"inlineData": {"data": urlsafe_b64encode(placeholder(each)).decode()}} for each in sha256]
    return httpx2.Request("POST", "http://gemini.test/", json={"contents": [{"parts": [{"text": text}, *parts]}]})


def sent(built: httpx2.Request, pictures: dict[str, SendablePicture]) -> list[bytes]:
    streamed = with_pictures(built, pictures)
    assert isinstance(streamed.stream, httpx2.SyncByteStream)
    pieces = list(streamed.stream)
    assert int(streamed.headers["content-length"]) == sum(map(len, pieces))
    return pieces


@given(st.lists(st.binary(max_size=20), max_size=6), st.lists(st.binary(max_size=20), max_size=6))
def test_each_picture_stands_in_its_place_however_it_is_cut(one: list[bytes], other: list[bytes]) -> None:
    pictures: dict[str, SendablePicture] = {"11" * 32: InPieces(one), "22" * 32: InPieces(other)}

    body = json.loads(b"".join(sent(request("22" * 32, "11" * 32, "22" * 32), pictures)))

    expected = [b64encode(b"".join(each)).decode() for each in (other, one, other)]
    assert [part["inlineData"]["data"] for part in body["contents"][0]["parts"][1:]] == expected


def test_no_piece_is_large_whatever_the_picture() -> None:
    picture = Picture(bytes(3 * PIECE_BYTES + 1), "image/jpeg", 1, 1)

    pieces = sent(request(picture.sha256), {picture.sha256: picture})

    assert max(map(len, pieces)) == PIECE_BYTES * 4 // 3


def test_words_that_look_like_a_placeholder_stay_words() -> None:
    picture = Picture(b"picture", "image/jpeg", 1, 1)
    words = f'"data": "{urlsafe_b64encode(placeholder(picture.sha256)).decode()}"'

    body = json.loads(b"".join(sent(request(picture.sha256, text=words), {picture.sha256: picture})))

    assert body["contents"][0]["parts"][0] == {"text": words}


def test_a_placeholder_is_never_sent_for_a_picture() -> None:
    picture = Picture(b"picture", "image/jpeg", 1, 1)

    with pytest.raises(RuntimeError):
        with_pictures(request("11" * 32), {})
    with pytest.raises(RuntimeError):
        with_pictures(request(), {picture.sha256: picture})
