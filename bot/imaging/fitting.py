"""A generated picture -> a file that this place on Discord accepts."""

from __future__ import annotations

from functools import partial
from math import sqrt

from PIL import Image

from bot.domain import Picture
from bot.errors import PictureDoesNotFit
from bot.imaging.pixels import in_plain_mode, jpeg, upright
from bot.imaging.reading import NotAPicture, open_header, quiet_pillow
from bot.imaging.workbench import work_on

BEST_QUALITY = 95
LOWEST_QUALITY = 80
"""JPEG qualities. Below 80 blocks begin to show in skies and skin, and fewer pixels look better."""

SMALLEST_EDGE = 256
"""Pixels of the longest edge below which a picture is not worth posting."""

KEPT_BYTES = 32 * 1024 * 1024
"""Of pictures made to fit, kept for when they are posted or shown once more: three or so."""

_kept: dict[str, Picture] = {}
"""By the hash of what they were made of, oldest first. Only the workbench's one thread comes here."""

_EXTENSIONS = {"image/png": "png", "image/gif": "gif", "image/jpeg": "jpg", "image/webp": "webp"}
"""The types that Discord shows inside a message."""


async def fit(picture: Picture, limit: int) -> Picture:
    """The picture in at most `limit` bytes: the very object if it fits and Discord shows its type.

    Otherwise the best JPEG that fits: at full size if a quality allows it. Raises PictureDoesNotFit, and
    NotAPicture or TooManyPixels when the bytes cannot be decoded.
    """
    if len(picture.data) <= limit and picture.mime_type in _EXTENSIONS:
        return picture
    return await work_on(partial(_smaller, picture, limit))


def file_extension(mime_type: str) -> str:
    """The end of a file's name, without the dot; "bin" for a type that Discord does not show."""
    return _EXTENSIONS.get(mime_type, "bin")


def _smaller(picture: Picture, limit: int) -> Picture:
    fitting = _kept.pop(picture.sha256, None)
    if fitting is None or len(fitting.data) > limit:
        fitting = jpeg_within(_decoded(picture), limit)
    _kept[picture.sha256] = fitting
    while sum(len(each.data) for each in _kept.values()) > KEPT_BYTES:
        del _kept[next(iter(_kept))]
    return fitting


def jpeg_within(image: Image.Image, limit: int) -> Picture:
    """The best JPEG of at most `limit` bytes; blocks. Raises PictureDoesNotFit when even a tiny one is larger."""
    while True:
        lowest = jpeg(image, LOWEST_QUALITY)
        if len(lowest) <= limit:
            data = _best_quality(image, limit, lowest)
            return Picture(data=data, mime_type="image/jpeg", width=image.width, height=image.height)
        if max(image.size) <= SMALLEST_EDGE:
            raise PictureDoesNotFit()
        image = _reduced(image, sqrt(limit / len(lowest)))


def _decoded(picture: Picture) -> Image.Image:
    """The pixels in RGB. Pictures of Gemini are sRGB, so a profile is dropped without being applied."""
    with quiet_pillow(), open_header(picture.data) as opened:
        try:
            return in_plain_mode(upright(opened)).convert("RGB")
        except Exception as error:  # a decoder that is fed nonsense raises nearly anything
            raise NotAPicture("a picture that is damaged behind its header") from error


def _best_quality(image: Image.Image, limit: int, lowest: bytes) -> bytes:
    """Searches between LOWEST_QUALITY, whose `lowest` is known to fit, and BEST_QUALITY by halves."""
    best, low, high = lowest, LOWEST_QUALITY + 1, BEST_QUALITY
    quality = high
    while low <= high:
        candidate = jpeg(image, quality)
        if len(candidate) <= limit:
            best, low = candidate, quality + 1
        else:
            high = quality - 1
        quality = (low + high) // 2
    return best


def _reduced(image: Image.Image, guess: float) -> Image.Image:
    """Shrunk by `guess`, at least by a tenth and never below SMALLEST_EDGE.

    The guess, a root of the bytes' ratio, is a little too large: with fewer pixels, each takes more bytes.
    """
    edge = max(image.size)
    scale = max(min(guess, 0.9), SMALLEST_EDGE / edge)
    size = (max(1, round(image.width * scale)), max(1, round(image.height * scale)))
    return image.resize(size, Image.Resampling.LANCZOS)
