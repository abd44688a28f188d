from __future__ import annotations

import asyncio
from collections.abc import Iterator

import pytest
from PIL import Image

from bot.domain import Picture
from bot.errors import PictureDoesNotFit
from bot.imaging import fitting
from bot.imaging.fitting import BEST_QUALITY, LOWEST_QUALITY, SMALLEST_EDGE, file_extension, fit
from bot.imaging.pixels import jpeg
from bot.imaging.reading import NotAPicture, picture_from_bytes
from imaging.samples import RED, WHITE, colour_at, corner_of, decoded, encoded, exif, is_near, noise, red_corner

BUSY = noise(600, 400)


def made(image: Image.Image, file_format: str = "PNG", **options: object) -> Picture:
    return picture_from_bytes(encoded(image, file_format, **options), f"image/{file_format.lower()}")


@pytest.fixture(autouse=True)
def nothing_kept() -> Iterator[None]:
    """What an earlier test made to fit is forgotten."""
    yield
    fitting._kept.clear()


@pytest.mark.parametrize("file_format", ["PNG", "JPEG", "WEBP", "GIF"])
async def test_what_fits_to_the_byte_stays_the_very_same(file_format: str) -> None:
    picture = made(BUSY, file_format)

    assert await fit(picture, len(picture.data)) is picture


async def test_one_byte_too_many_makes_it_a_jpeg_of_full_size() -> None:
    picture = made(BUSY)

    fitted = await fit(picture, len(picture.data) - 1)

    assert fitted.mime_type == "image/jpeg"
    assert decoded(fitted.data).format == "JPEG"
    assert (fitted.width, fitted.height) == decoded(fitted.data).size == (600, 400)
    assert fitted.data == jpeg(BUSY, BEST_QUALITY)


async def test_a_picture_is_decoded_once_however_often_it_is_posted(monkeypatch: pytest.MonkeyPatch) -> None:
    picture, limit = made(BUSY), len(made(BUSY).data) - 1
    first = await fit(picture, limit)
    monkeypatch.setattr(fitting, "_decoded", None)

    assert await fit(picture, limit) is first
    assert await fit(made(BUSY), limit) is first


async def test_a_smaller_limit_than_before_is_kept_as_well() -> None:
    picture, limit = made(BUSY), len(made(BUSY).data) - 1
    first = await fit(picture, limit)

    smaller = await fit(picture, len(first.data) - 1)

    assert len(smaller.data) < len(first.data)
    assert await fit(picture, limit) is smaller


async def test_not_more_is_kept_than_there_is_room_for(monkeypatch: pytest.MonkeyPatch) -> None:
    pictures = [made(noise(300 + number, 200)) for number in range(5)]
    monkeypatch.setattr(fitting, "KEPT_BYTES", 100_000)

    for picture in pictures:
        await fit(picture, len(picture.data) - 1)

    assert 0 < sum(len(each.data) for each in fitting._kept.values()) <= 100_000
    assert pictures[-1].sha256 in fitting._kept


async def test_a_type_that_discord_does_not_show_becomes_jpeg_even_if_it_fits() -> None:
    picture = made(red_corner(), "HEIF")

    fitted = await fit(picture, 10 * 2**20)

    assert fitted.mime_type == "image/jpeg"
    assert corner_of(fitted.data, RED) == "top left"


@pytest.mark.parametrize("quality", range(LOWEST_QUALITY, BEST_QUALITY + 1))
async def test_the_best_quality_that_fits_is_found(quality: int) -> None:
    best = jpeg(BUSY, quality)

    fitted = await fit(made(BUSY), len(best))

    assert fitted.data == best


async def test_when_no_quality_fits_the_picture_is_made_smaller() -> None:
    limit = len(jpeg(BUSY, LOWEST_QUALITY)) // 2

    fitted = await fit(made(BUSY), limit)

    assert limit * 0.7 < len(fitted.data) <= limit
    assert 300 < fitted.width < 600
    assert decoded(fitted.data).size == (fitted.width, fitted.height)
    assert fitted.width / fitted.height == pytest.approx(1.5, abs=0.02)


@pytest.mark.parametrize("size", [(600, 400), (400, 600), (200, 100)])
async def test_what_does_not_fit_even_tiny_is_told(size: tuple[int, int]) -> None:
    with pytest.raises(PictureDoesNotFit):
        await fit(made(noise(*size)), 500)


async def test_the_smallest_edge_is_tried_before_giving_up() -> None:
    smallest = jpeg(noise(1024, 512).resize((SMALLEST_EDGE, 128), Image.Resampling.LANCZOS), LOWEST_QUALITY)

    fitted = await fit(made(noise(1024, 512)), int(len(smallest) * 1.05))

    assert SMALLEST_EDGE <= fitted.width < 300


async def test_what_is_transparent_becomes_white() -> None:
    image = BUSY.convert("RGBA")
    image.paste((0, 0, 0, 0), (200, 100, 400, 300))
    picture = made(image)

    fitted = await fit(picture, len(picture.data) - 1)

    assert is_near(colour_at(fitted.data, 0.5, 0.5), WHITE)


async def test_a_picture_that_is_turned_by_exif_is_turned_in_its_pixels() -> None:
    picture = made(noise(600, 400), "JPEG", exif=exif(6), quality=98)

    fitted = await fit(picture, len(picture.data) - 1)

    assert (fitted.width, fitted.height) == (picture.width, picture.height) == (400, 600)
    assert b"Exif" not in fitted.data


async def test_bytes_that_cannot_be_decoded_are_no_picture() -> None:
    whole = made(BUSY)
    cut = Picture(whole.data[:5000], "image/png", 600, 400)

    with pytest.raises(NotAPicture):
        await fit(cut, 1000)
    with pytest.raises(NotAPicture):
        await fit(Picture(b"nothing of the kind", "image/png", 600, 400), 10)


async def test_the_event_loop_goes_on_while_a_picture_is_fitted() -> None:
    picture = made(noise(1200, 800), "BMP")
    beats = 0

    async def heart() -> None:
        nonlocal beats
        while True:
            await asyncio.sleep(0.001)
            beats += 1

    beating = asyncio.create_task(heart())
    await fit(picture, 100_000)
    beating.cancel()

    assert beats > 3


@pytest.mark.parametrize(
    ("mime_type", "extension"),
    [
        ("image/jpeg", "jpg"),
        ("image/png", "png"),
        ("image/webp", "webp"),
        ("image/gif", "gif"),
        ("image/heic", "bin"),
    ],
)
def test_a_file_is_named_by_its_type(mime_type: str, extension: str) -> None:
    assert file_extension(mime_type) == extension
