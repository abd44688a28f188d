"""The only door to Pillow's decoders: which formats pass, and what becomes of a file that is none of them."""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from io import BytesIO

import pillow_heif
from PIL import Image

from bot.domain import Picture
from bot.imaging.pixels import orientation

FORMATS = ("JPEG", "PNG", "WEBP", "GIF", "AVIF", "HEIF", "BMP")
"""What is opened, by Pillow's names, tried in this order. Pillow's other decoders (EPS starts Ghostscript,
TIFF brings libtiff) stay out of reach of files that strangers send. AVIF stands before HEIF because both
claim containers of the brand `mif1`, and pillow-heif opens an AVIF picture that it then cannot decode."""

_TURNED_BY_A_QUARTER = (5, 6, 7, 8)
"""EXIF orientations that swap width and height."""

pillow_heif.register_heif_opener(thumbnails=False, depth_images=False, aux_images=False)


class NotAPicture(ValueError):
    """The bytes are no picture of any of `FORMATS`, or so damaged that not even the header can be read."""


class TooManyPixels(ValueError):
    """By its header, the picture is larger than Pillow opens: twice `Image.MAX_IMAGE_PIXELS`, 179 million."""


def picture_from_bytes(data: bytes, mime_type: str, known_sha256: str | None = None) -> Picture:
    """Measures a picture by its header alone, fast enough for the event loop; `mime_type` is taken as given.

    Raises NotAPicture or TooManyPixels. What follows the header may still be damaged.
    """
    with quiet_pillow(), open_header(data) as image:
        width, height = _shown_size(image)
    return Picture(data=data, mime_type=mime_type, width=width, height=height, known_sha256=known_sha256)


def open_header(data: bytes) -> Image.Image:
    """Opens a picture without decoding it. Raises NotAPicture or TooManyPixels."""
    try:
        return Image.open(BytesIO(data), formats=FORMATS)
    except Image.DecompressionBombError as error:
        raise TooManyPixels("a header of more than 179 million pixels") from error
    except Exception as error:  # a decoder that is fed nonsense raises nearly anything
        raise NotAPicture("no picture of a known format") from error


@contextmanager
def quiet_pillow() -> Iterator[None]:
    """Hushes what Pillow warns of: odd metadata, many pixels. A warning is no reason to refuse a photo.

    Filters belong to the process: when two threads leave at once, Pillow may stay hushed, nothing else.
    """
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", module=r"PIL\.")
        yield


def _shown_size(image: Image.Image) -> tuple[int, int]:
    """Width and height once the picture is turned upright.

    Only a header with EXIF is asked for it: `getexif` decodes all of a PNG that has none, to look behind it.
    """
    turned = "exif" in image.info and orientation(image) in _TURNED_BY_A_QUARTER
    return (image.height, image.width) if turned else image.size
