"""A photo that is taken stands upright, in the usual colours, and says nothing but what it shows."""

from __future__ import annotations

import pytest
from PIL import Image

from bot.imaging.intake import MAX_EDGE
from imaging.samples import (
    RED,
    clean,
    colour_at,
    corner_of,
    decoded,
    display_p3,
    encoded,
    exif,
    grey_press,
    is_near,
    red_corner,
)

# --- upright --------------------------------------------------------------------------------------

CORNER_BY_ORIENTATION = {
    1: "top left",
    2: "top right",
    3: "bottom right",
    4: "bottom left",
    5: "top left",
    6: "top right",
    7: "bottom right",
    8: "bottom left",
}
"""Where the stored top left corner belongs, by the table of the EXIF standard."""


@pytest.mark.parametrize(("orientation", "corner"), CORNER_BY_ORIENTATION.items())
def test_a_photo_is_turned_upright(orientation: int, corner: str) -> None:
    picture = clean(encoded(red_corner(), "JPEG", exif=exif(orientation)))

    assert corner_of(picture.data, RED) == corner
    assert (picture.width, picture.height) == ((96, 64) if orientation < 5 else (64, 96))


@pytest.mark.parametrize("file_format", ["PNG", "WEBP", "AVIF", "HEIF"])
def test_other_formats_are_turned_upright_once(file_format: str) -> None:
    picture = clean(encoded(red_corner(), file_format, exif=exif(6).tobytes()))

    assert corner_of(picture.data, RED) == "top right"
    assert (picture.width, picture.height) == (64, 96)


def test_a_photo_shrunk_and_turned_keeps_its_shape() -> None:
    picture = clean(encoded(red_corner(4000, 1000), "JPEG", exif=exif(8)))

    assert (picture.width, picture.height) == (512, MAX_EDGE)
    assert corner_of(picture.data, RED) == "bottom left"


@pytest.mark.parametrize("file_format", ["JPEG", "WEBP"])
@pytest.mark.parametrize("broken", [b"II*\0\x08\0\0\0\xff\xff\x12\x01", b"MM\0\x0cnonsense"])
def test_exif_that_cannot_be_read_does_not_cost_the_photo(file_format: str, broken: bytes) -> None:
    picture = clean(encoded(red_corner(), file_format, exif=b"Exif\0\0" + broken))

    assert corner_of(picture.data, RED) == "top left"


def test_a_photo_is_turned_upright_beside_an_odd_tag() -> None:
    tags = exif(6).tobytes()
    maker = tags.index(b"\x01\x0f\0\x02")
    maker_as_a_fraction = tags[:maker] + b"\x01\x0f\0\x0a" + tags[maker + 4 :]

    picture = clean(encoded(red_corner(), "JPEG", exif=maker_as_a_fraction))

    assert corner_of(picture.data, RED) == "top right"


# --- nothing of the metadata is kept --------------------------------------------------------------


def test_a_jpeg_loses_gps_xmp_profile_and_comment() -> None:
    xmp = b"<x:xmpmeta xmlns:x='adobe:ns:meta/'>at home</x:xmpmeta>"
    dirty = encoded(red_corner(), "JPEG", exif=exif(1), xmp=xmp, icc_profile=display_p3(), comment="at home")
    assert b"Exif" in dirty
    assert decoded(dirty).getexif().get_ifd(0x8825)

    cleaned = clean(dirty).data

    assert_bare(cleaned)


@pytest.mark.parametrize("file_format", ["PNG", "WEBP", "HEIF", "AVIF"])
def test_other_formats_lose_their_metadata_too(file_format: str) -> None:
    dirty = encoded(red_corner(), file_format, exif=exif(6).tobytes(), icc_profile=display_p3())
    assert b"Phonemaker" in dirty

    assert_bare(clean(dirty).data)


def test_the_comment_of_a_gif_is_lost() -> None:
    dirty = encoded(red_corner(), "GIF", comment=b"at home")
    assert b"at home" in dirty

    assert_bare(clean(dirty).data)


def assert_bare(data: bytes) -> None:
    """The only segments before the pixels are JFIF's own, the tables and the frame."""
    for trace in (b"Exif", b"Phonemaker", b"at home", b"ICC_PROFILE", b"ns.adobe.com"):
        assert trace not in data
    image = decoded(data)
    assert dict(image.getexif()) == {}
    assert set(image.info) <= {"jfif", "jfif_version", "jfif_unit", "jfif_density", "dpi"}
    assert segment_markers(data) <= {0xE0, 0xDB, 0xC0, 0xC4}


def segment_markers(data: bytes) -> set[int]:
    """The kinds of a JPEG's segments from its start to its pixels."""
    markers, at = set(), 2
    while data[at + 1] != 0xDA:
        markers.add(data[at + 1])
        at += 2 + int.from_bytes(data[at + 2 : at + 4], "big")
    return markers


# --- colours --------------------------------------------------------------------------------------


def test_colours_of_display_p3_become_those_of_srgb() -> None:
    photo = Image.new("RGB", (64, 64), (180, 120, 90))

    picture = clean(encoded(photo, "PNG", icc_profile=display_p3()))

    assert is_near(colour_at(picture.data, 0.5, 0.5), (192, 117, 83), 3)  # by the matrices of both spaces


def test_cmyk_is_converted_by_its_own_profile() -> None:
    photo = Image.new("CMYK", (64, 64), (0, 255, 255, 0))

    picture = clean(encoded(photo, "JPEG", icc_profile=grey_press()))

    assert is_near(colour_at(picture.data, 0.5, 0.5), (119, 119, 119), 3)  # L* = 50


def test_a_photo_without_a_profile_keeps_its_colours() -> None:
    picture = clean(encoded(Image.new("RGB", (64, 64), (180, 120, 90)), "PNG"))

    assert is_near(colour_at(picture.data, 0.5, 0.5), (180, 120, 90), 3)


@pytest.mark.parametrize(("mode", "colour"), [("RGB", (180, 120, 90)), ("L", 120), ("CMYK", (75, 135, 165, 0))])
@pytest.mark.parametrize("profile", [b"nonsense", display_p3()[:200]], ids=["nonsense", "cut off"])
def test_a_broken_profile_is_passed_over(mode: str, colour: tuple[int, ...], profile: bytes) -> None:
    photo = Image.new(mode, (64, 64), colour)

    picture = clean(encoded(photo, "JPEG", quality=95, icc_profile=profile))

    expected = (180, 120, 90) if mode != "L" else (120, 120, 120)
    assert is_near(colour_at(picture.data, 0.5, 0.5), expected)


def test_a_profile_for_another_kind_of_colour_is_passed_over() -> None:
    picture = clean(encoded(Image.new("L", (64, 64), 120), "JPEG", icc_profile=display_p3()))

    assert is_near(colour_at(picture.data, 0.5, 0.5), (120, 120, 120), 2)
