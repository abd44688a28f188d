"""Files that nobody made on purpose: the intake answers each with a photo or a sentence, within its memory and time."""

from __future__ import annotations

import resource
import struct
import sys
import zlib
from collections.abc import Callable
from io import BytesIO
from random import Random

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PIL import Image

from bot.domain import RawPhoto
from bot.errors import UnusablePhoto
from bot.imaging.intake import MAX_EDGE, MAX_KEPT_BYTES, clean_photo

MODES = ["1", "L", "LA", "P", "RGB", "RGBA", "CMYK", "I;16", "F"]
FORMATS = ["PNG", "JPEG", "WEBP", "GIF", "TIFF", "BMP", "ICO", "PPM", "TGA", "JPEG2000", "AVIF"]
"""All that Pillow both writes and, unless the intake says otherwise, reads: also those that are no photos."""

BEGINNINGS = [b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff\xe0", b"GIF89a", b"RIFF", b"II*\x00", b"MM\x00*"]

MOST_MEMORY = 700 * 2**20
"""Bytes that the process may grow by, over all these files: 64 megapixels are 256 MB, twice with transparency."""

quick = settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large]
)


def taken(data: bytes) -> bool:
    """Whether the intake has made a photo of it; anything but a photo or its own sentence is a fault."""
    try:
        picture = clean_photo(RawPhoto("file", data))
    except UnusablePhoto:
        return False
    assert picture.mime_type == "image/jpeg"
    assert max(picture.width, picture.height) <= MAX_EDGE
    assert picture.byte_size <= MAX_KEPT_BYTES
    with Image.open(BytesIO(picture.data)) as image:
        assert image.format == "JPEG"
        assert not image.getexif()
        assert "icc_profile" not in image.info
    return True


@st.composite
def pictures(draw: st.DrawFn) -> bytes:
    """A small picture in any mode and format that go together."""
    size = draw(st.tuples(st.integers(16, 90), st.integers(16, 90)))
    noise = Image.frombytes("L", size, Random(draw(st.integers(0, 9))).randbytes(size[0] * size[1]))
    image = noise.convert("RGB").convert("RGBA") if draw(st.booleans()) else noise
    form = draw(st.sampled_from(FORMATS))
    file = BytesIO()
    try:
        image.convert(draw(st.sampled_from(MODES))).save(file, form)
    except (OSError, ValueError, KeyError):  # not every format holds every mode
        image.convert("RGB").save(file, form)
    return file.getvalue()


@quick
@given(st.binary(max_size=3000))
def test_noise(data: bytes) -> None:
    taken(data)


@quick
@given(pictures())
def test_pictures_of_any_kind(data: bytes) -> None:
    taken(data)


@quick
@given(pictures(), st.data())
def test_pictures_cut_short_and_with_bytes_changed(data: bytes, choose: st.DataObject) -> None:
    cut = bytearray(data[: choose.draw(st.integers(1, len(data)))])
    for _ in range(choose.draw(st.integers(0, 20))):
        cut[choose.draw(st.integers(0, len(cut) - 1))] = choose.draw(st.integers(0, 255))
    taken(bytes(cut))


@quick
@given(
    st.sampled_from([b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff\xe0", b"GIF89a", b"RIFF", b"II*\x00", b"MM\x00*"]),
    st.binary(),
)
def test_a_good_beginning_and_nonsense_after_it(beginning: bytes, rest: bytes) -> None:
    taken(beginning + rest)


def png_that_claims(width: int, height: int) -> bytes:
    """A PNG of a few bytes whose header promises that many pixels, all of them zero."""

    def chunk(kind: bytes, body: bytes) -> bytes:
        return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))

    header = struct.pack(">IIBBBBB", width, height, 8, 6, 0, 0, 0)
    pixels = zlib.compress(bytes(min(width * 4 + 1, 10_000_000)) * min(height, 4), 9)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", pixels) + chunk(b"IEND", b"")


def animation(frames: int) -> bytes:
    file = BytesIO()
    pages = [Image.new("L", (64, 64), number % 256) for number in range(frames)]
    pages[0].save(file, "GIF", save_all=True, append_images=pages[1:])
    return file.getvalue()


BOMBS: dict[str, Callable[[], bytes]] = {
    "more pixels than there is memory": lambda: png_that_claims(100_000, 100_000),
    "one pixel high, a million wide": lambda: png_that_claims(1_000_000, 1),
    "as many pixels as are taken, of which few are there": lambda: png_that_claims(8000, 8000),
    "a thousand frames": lambda: animation(1000),
    "no pixels": lambda: png_that_claims(0, 0),
}


@pytest.mark.parametrize("bomb", BOMBS)
def test_what_unfolds_into_more_than_it_is_stays_within_the_memory(bomb: str) -> None:
    data = BOMBS[bomb]()
    before = most_memory()

    taken(data)

    assert most_memory() - before < MOST_MEMORY


def most_memory() -> int:
    """Bytes that this process has had at most."""
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak if sys.platform == "darwin" else peak * 1024
