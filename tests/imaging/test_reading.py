from __future__ import annotations

import pytest
from PIL import PngImagePlugin

from bot.imaging.reading import NotAPicture, TooManyPixels, picture_from_bytes
from imaging.samples import encoded, exif, noise, png_header, red_corner


@pytest.mark.parametrize("file_format", ["JPEG", "PNG", "WEBP", "GIF"])
def test_a_picture_is_measured_and_its_bytes_stay(file_format: str) -> None:
    data = encoded(red_corner(96, 64), file_format)

    picture = picture_from_bytes(data, "image/png")

    assert picture.data is data
    assert (picture.width, picture.height) == (96, 64)


def test_the_type_is_the_one_given() -> None:
    assert picture_from_bytes(encoded(red_corner(), "PNG"), "image/jpeg").mime_type == "image/jpeg"


@pytest.mark.parametrize(("orientation", "size"), [(1, (96, 64)), (3, (96, 64)), (6, (64, 96)), (8, (64, 96))])
@pytest.mark.parametrize("file_format", ["JPEG", "PNG", "WEBP"])
def test_a_turned_picture_is_measured_as_it_is_shown(file_format: str, orientation: int, size: tuple[int, int]) -> None:
    data = encoded(red_corner(96, 64), file_format, exif=exif(orientation))

    picture = picture_from_bytes(data, "image/jpeg")

    assert (picture.width, picture.height) == size


def test_exif_that_cannot_be_read_turns_nothing() -> None:
    data = encoded(red_corner(96, 64), "WEBP", exif=b"Exif\0\0MM\0\x0cnonsense")

    assert picture_from_bytes(data, "image/webp").width == 96


@pytest.mark.parametrize("file_format", ["JPEG", "PNG"])
def test_only_the_header_is_read(file_format: str, monkeypatch: pytest.MonkeyPatch) -> None:
    def no_load(_: object) -> None:
        raise AssertionError("decoded")

    data = encoded(noise(320, 200), file_format)
    monkeypatch.setattr("PIL.ImageFile.ImageFile.load", no_load)
    monkeypatch.setattr(PngImagePlugin.PngImageFile, "load", no_load)

    assert picture_from_bytes(data[: len(data) // 2], "image/png").width == 320


@pytest.mark.parametrize("data", [b"", b"{}", b"\x89PNG\r\n\x1a\n", encoded(red_corner(), "PPM")])
def test_what_is_no_picture_is_told(data: bytes) -> None:
    with pytest.raises(NotAPicture):
        picture_from_bytes(data, "image/png")


def test_a_header_beyond_all_measure_is_told() -> None:
    with pytest.raises(TooManyPixels):
        picture_from_bytes(png_header(30_000, 30_000), "image/png")


def test_many_pixels_alone_raise_no_warning() -> None:
    assert picture_from_bytes(png_header(10_000, 10_000), "image/png").width == 10_000
