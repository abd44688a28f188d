"""Which photos are taken, and what becomes of them."""

from __future__ import annotations

import asyncio
import struct
from collections.abc import Callable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image, ImageFile

from bot.domain import RawPhoto
from bot.errors import UnusablePhoto
from bot.imaging.intake import MAX_PHOTO_BYTES, take_in
from imaging.samples import (
    BLUE,
    RED,
    WHITE,
    clean,
    colour_at,
    corner_of,
    decoded,
    display_p3,
    encoded,
    exif,
    is_near,
    noise,
    png_chunk,
    png_header,
    red_corner,
)


def why_not(data: bytes, name: str = "photo.jpg") -> str:
    with pytest.raises(UnusablePhoto) as caught:
        clean(data, name)
    assert caught.value.name == name
    return caught.value.user_message


# --- what is taken --------------------------------------------------------------------------------


@pytest.mark.parametrize("file_format", ["JPEG", "PNG", "WEBP", "GIF", "HEIF", "AVIF", "BMP", "MPO"])
def test_formats_that_people_send_become_jpeg(file_format: str) -> None:
    picture = clean(encoded(red_corner(), file_format))

    assert picture.mime_type == "image/jpeg"
    assert decoded(picture.data).format == "JPEG"
    assert (picture.width, picture.height) == decoded(picture.data).size == (96, 64)
    assert corner_of(picture.data, RED) == "top left"


def test_the_content_counts_whatever_the_name_says() -> None:
    assert corner_of(clean(encoded(red_corner(), "WEBP"), "notes.txt").data, RED) == "top left"


@pytest.mark.parametrize("file_format", ["HEIF", "AVIF"])
def test_containers_of_the_general_brand_are_decoded_by_what_they_hold(file_format: str) -> None:
    data = encoded(red_corner(), file_format)

    assert corner_of(clean(data[:8] + b"mif1" + data[12:]).data, RED) == "top left"


@pytest.mark.parametrize("file_format", ["GIF", "WEBP", "PNG"])
def test_an_animation_gives_its_first_frame(file_format: str) -> None:
    second = Image.new("RGB", (96, 64), (0, 200, 0))
    data = encoded(red_corner(), file_format, save_all=True, append_images=[second], duration=100)

    assert corner_of(clean(data).data, RED) == "top left"


def test_cmyk_becomes_rgb() -> None:
    picture = clean(encoded(Image.new("CMYK", (64, 64), (0, 255, 255, 0)), "JPEG"))

    assert decoded(picture.data).mode == "RGB"
    assert is_near(colour_at(picture.data, 0.5, 0.5), RED)


@pytest.mark.parametrize(
    ("sixteen_bits", "eight_bits"), [(0, 0), (0x4000, 64), (0x8000, 128), (0xC000, 192), (0xFFFF, 255)]
)
def test_sixteen_bit_grey_is_scaled_and_not_clipped(sixteen_bits: int, eight_bits: int) -> None:
    picture = clean(encoded(Image.new("I;16", (64, 64), sixteen_bits), "PNG"))

    assert is_near(colour_at(picture.data, 0.5, 0.5), (eight_bits, eight_bits, eight_bits), 2)


def test_sixteen_bit_grey_with_a_transparent_shade_is_taken() -> None:
    data = encoded(Image.new("I;16", (64, 64), 0x8000), "PNG")
    end_of_header = 8 + 25

    picture = clean(data[:end_of_header] + png_chunk(b"tRNS", b"\x12\x34") + data[end_of_header:])

    assert is_near(colour_at(picture.data, 0.5, 0.5), (128, 128, 128), 2)


def test_black_and_white_is_taken() -> None:
    assert is_near(colour_at(clean(encoded(Image.new("1", (64, 64), 1), "PNG")).data, 0.5, 0.5), WHITE)


def transparent_rgba() -> bytes:
    image = red_corner().convert("RGBA")
    image.paste((0, 0, 0, 0), (48, 32, 96, 64))
    return encoded(image, "PNG")


def transparent_grey() -> bytes:
    return encoded(Image.new("LA", (96, 64), (0, 0)), "PNG")


def transparent_palette() -> bytes:
    image = Image.new("P", (96, 64), 1)
    image.putpalette([255, 0, 0, 0, 0, 0])
    image.paste(0, (0, 0, 48, 32))
    return encoded(image, "PNG", transparency=1)


def transparent_gif() -> bytes:
    image = decoded(transparent_palette())
    return encoded(image, "GIF", transparency=1)


@pytest.mark.parametrize("sample", [transparent_rgba, transparent_grey, transparent_palette, transparent_gif])
def test_what_is_transparent_becomes_white(sample: Callable[[], bytes]) -> None:
    assert is_near(colour_at(clean(sample()).data, 0.8, 0.8), WHITE)


def test_what_is_half_transparent_is_mixed_with_white() -> None:
    picture = clean(encoded(Image.new("RGBA", (64, 64), (0, 0, 0, 128)), "PNG"))

    assert is_near(colour_at(picture.data, 0.5, 0.5), (127, 127, 127))


def test_a_transparent_picture_is_turned_and_its_colours_are_converted_like_any_other() -> None:
    image = Image.new("RGBA", (96, 64), (180, 120, 90, 255))
    image.paste((0, 0, 0, 0), (0, 0, 48, 32))

    picture = clean(encoded(image, "PNG", exif=exif(6), icc_profile=display_p3()))

    assert corner_of(picture.data, WHITE) == "top right"
    assert is_near(colour_at(picture.data, 0.2, 0.8), (192, 117, 83), 3)


# --- sizes ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("size", "kept"),
    [
        ((6200, 1000), (2048, 330)),
        ((1000, 6200), (330, 2048)),
        ((2048, 1333), (2048, 1333)),
        ((300, 200), (300, 200)),
        ((16, 16), (16, 16)),
    ],
)
@pytest.mark.parametrize("file_format", ["JPEG", "BMP"])
def test_the_longest_edge_is_brought_down_and_never_up(
    size: tuple[int, int], kept: tuple[int, int], file_format: str
) -> None:
    picture = clean(encoded(red_corner(*size), file_format))

    assert (picture.width, picture.height) == decoded(picture.data).size == kept
    assert corner_of(picture.data, RED) == "top left"


def test_a_huge_jpeg_is_decoded_at_half_its_size(monkeypatch: pytest.MonkeyPatch) -> None:
    sizes = []
    load = ImageFile.ImageFile.load

    def noting_load(image: ImageFile.ImageFile) -> object:
        sizes.append(image.size)
        return load(image)

    data = encoded(red_corner(6200, 4000), "JPEG")
    monkeypatch.setattr(ImageFile.ImageFile, "load", noting_load)

    clean(data)

    assert set(sizes) == {(3100, 2000)}


@pytest.mark.parametrize("size", [(30_000, 30_000), (10_000, 10_000), (8001, 8000), (2_000_000_000, 20)])
def test_too_many_pixels_are_refused_by_the_header(size: tuple[int, int]) -> None:
    assert "`sky.png` has too many pixels" in why_not(png_header(*size), "sky.png")


def test_a_phone_with_48_megapixels_passes() -> None:
    picture = clean(encoded(Image.new("L", (8064, 6048), 77), "JPEG"))

    assert (picture.width, picture.height) == (2048, 1536)


def test_too_many_bytes_are_refused_and_as_many_as_allowed_are_not() -> None:
    photo = encoded(red_corner(), "JPEG")
    full = photo + bytes(MAX_PHOTO_BYTES - len(photo))

    assert clean(full).width == 96
    assert "at most 25 MB" in why_not(full + b"\0")
    assert "at most 25 MB" in why_not(bytes(100 * 2**20))


@pytest.mark.parametrize("size", [(15, 400), (400, 15), (1, 1), (16, 6000)])
def test_a_strip_that_shows_nobody_is_refused(size: tuple[int, int]) -> None:
    assert "too narrow" in why_not(encoded(Image.new("RGB", size), "PNG"))


# --- what is no photo -----------------------------------------------------------------------------


def test_an_empty_file_is_refused() -> None:
    assert why_not(b"", "me.png") == "`me.png` is empty. Please attach it again."


@pytest.mark.parametrize(
    "data",
    [
        b"<html><body>not found</body></html>",
        b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n",
        b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 100 100\nshowpage\n",
        b"\xff\xd8\xff",
        bytes(1000),
        bytes(range(256)) * 4,
        encoded(red_corner(), "TIFF"),
        encoded(red_corner(), "PPM"),
        encoded(red_corner(), "ICO"),
    ],
    ids=["html", "pdf", "eps", "three bytes", "zeros", "all bytes", "tiff", "ppm", "ico"],
)
def test_what_is_no_picture_of_a_known_kind_is_refused_whatever_the_name_says(data: bytes) -> None:
    message = why_not(data, "holiday.jpg")

    assert message.startswith("I can't open `holiday.jpg` as a picture. Please send a JPEG, PNG, WebP")


@pytest.mark.parametrize("file_format", ["JPEG", "PNG", "WEBP", "GIF", "HEIF", "AVIF", "BMP"])
@pytest.mark.parametrize("share", [0.1, 0.5, 0.95])
def test_a_truncated_photo_is_refused(file_format: str, share: float) -> None:
    data = encoded(noise(128, 96), file_format)

    assert "cut off" in why_not(data[: int(len(data) * share)])


@pytest.mark.parametrize(
    "fault", [MemoryError(), SyntaxError("broken"), struct.error("short"), RuntimeError("libheif")]
)
def test_whatever_a_decoder_raises_is_told_as_a_damaged_photo(
    fault: Exception, monkeypatch: pytest.MonkeyPatch
) -> None:
    def failing_load(_: ImageFile.ImageFile) -> None:
        raise fault

    data = encoded(red_corner(), "JPEG")
    monkeypatch.setattr(ImageFile.ImageFile, "load", failing_load)

    with pytest.raises(UnusablePhoto, match="damaged") as caught:
        clean(data)

    assert caught.value.__cause__ is fault


def test_oddities_that_pillow_warns_of_do_not_cost_the_photo() -> None:
    data = encoded(red_corner(), "PNG")
    end_of_header = 8 + 25
    animation_of_no_frames = png_chunk(b"acTL", bytes(8))

    picture = clean(data[:end_of_header] + animation_of_no_frames + data[end_of_header:])

    assert corner_of(picture.data, RED) == "top left"


SEEDS = {
    file_format: encoded(red_corner(48, 32), file_format)
    for file_format in ("JPEG", "PNG", "WEBP", "GIF", "HEIF", "AVIF", "BMP")
}


@given(
    seed=st.sampled_from(sorted(SEEDS)),
    changes=st.lists(st.tuples(st.floats(0, 0.999), st.binary(max_size=4)), min_size=1, max_size=6),
    kept=st.floats(0.05, 1),
)
@settings(max_examples=150, derandomize=True, deadline=None)
def test_a_mutated_file_is_cleaned_or_refused(seed: str, changes: list[tuple[float, bytes]], kept: float) -> None:
    data = bytearray(SEEDS[seed])
    for place, replacement in changes:
        at = int(len(data) * place)
        data[at : at + len(replacement)] = replacement

    try:
        picture = clean(bytes(data[: int(len(data) * kept)]))
    except UnusablePhoto:
        return
    assert decoded(picture.data).size == (picture.width, picture.height)


# --- names of files -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("@everyone.png", "`\uff20everyone.png`"),
        ("**a** `b` _c_.png", "`**a** 'b' _c_.png`"),
        ("two\nlines\r.png", "`two lines .png`"),
        ("abc\u202egnp.exe\u200b\0.png", "`abc gnp.exe  .png`"),
        ("x" * 300 + ".png", "`" + "x" * 59 + "…`"),
        ("фото из отпуска.jpg", "`фото из отпуска.jpg`"),
        (" \n", "A file without a name"),
        ("", "A file without a name"),
    ],
)
def test_the_name_of_a_file_is_shown_without_its_tricks(name: str, shown: str) -> None:
    assert why_not(b"", name) == f"{shown} is empty. Please attach it again."


# --- several at once ------------------------------------------------------------------------------


async def test_good_photos_among_bad_ones_are_used_and_the_bad_ones_are_named() -> None:
    files = [
        RawPhoto("empty.png", b""),
        RawPhoto("me.heic", encoded(red_corner(), "HEIF")),
        RawPhoto("page.jpg", b"<html>"),
        RawPhoto("blue.png", encoded(Image.new("RGB", (64, 64), BLUE), "PNG")),
    ]

    intake = await take_in(files)

    assert [photo.name for photo in intake.photos] == ["me.heic", "blue.png"]
    assert corner_of(intake.photos[0].picture.data, RED) == "top left"
    assert is_near(colour_at(intake.photos[1].picture.data, 0.5, 0.5), BLUE)
    assert [problem.name for problem in intake.rejected] == ["empty.png", "page.jpg"]
    assert "`page.jpg`" in intake.rejected[1].user_message


async def test_nothing_attached_is_nothing_taken() -> None:
    intake = await take_in([])

    assert (intake.photos, intake.rejected) == ((), ())


async def test_the_event_loop_goes_on_while_a_photo_is_cleaned() -> None:
    photo = RawPhoto("big.jpg", encoded(noise(1600, 1200), "JPEG"))
    beats = 0

    async def heart() -> None:
        nonlocal beats
        while True:
            await asyncio.sleep(0.001)
            beats += 1

    beating = asyncio.create_task(heart())
    await take_in([photo])
    beating.cancel()

    assert beats > 3


def test_photos_are_taken_in_on_one_event_loop_after_another() -> None:
    photo = RawPhoto("me.png", encoded(red_corner(), "PNG"))

    for _ in range(2):
        assert len(asyncio.run(take_in([photo])).photos) == 1
