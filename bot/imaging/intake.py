"""An attachment -> a clean reference photo: upright, sRGB, of a sensible size, without any metadata."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from io import BytesIO

from PIL import Image, ImageCms

from bot.domain import Picture, RawPhoto
from bot.errors import UnusablePhoto
from bot.imaging import rejections
from bot.imaging.fitting import jpeg_within
from bot.imaging.pixels import in_plain_mode, upright
from bot.imaging.reading import NotAPicture, TooManyPixels, open_header, quiet_pillow
from bot.imaging.workbench import work_on

MAX_PHOTO_BYTES = 25 * 2**20
"""Bytes of an attachment. A phone's 48 MP JPEG has 10-20 MB and passes; Discord would let a member with Nitro
attach 500 MB."""

MAX_PHOTO_PIXELS = 64_000_000
"""Width times height, by the header. A phone's 48 MP passes; decoded, this many take 256 MB
of memory, and as much again while transparency is laid on white."""

MAX_EDGE = 2048
"""Pixels of the longest edge kept: more than a face needs, and fourteen of them still fit one request."""

MAX_KEPT_BYTES = 1024 * 1024
"""Bytes of a kept photo. Fourteen of these are 18.7 MiB in base64, and the older limit of a request is 20."""

MIN_EDGE = 16
"""Pixels that the shorter edge must have once the longest is down to MAX_EDGE: less shows nobody."""
_SRGB = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB"))


@dataclass(frozen=True)
class TakenPhoto:
    """A photo fit for use; `name` is the attachment's, unchanged."""

    name: str
    picture: Picture


@dataclass(frozen=True)
class Intake:
    """What became of some attachments, both in the order in which they were attached."""

    photos: tuple[TakenPhoto, ...]
    rejected: tuple[UnusablePhoto, ...]


async def take_in(files: Sequence[RawPhoto]) -> Intake:
    """Cleans what can be used and says of every other file why not; never raises because of a file."""
    photos: list[TakenPhoto] = []
    rejected: list[UnusablePhoto] = []
    for file in files:
        try:
            photos.append(TakenPhoto(file.name, await work_on(partial(clean_photo, file))))
        except UnusablePhoto as problem:
            problem.__cause__ = problem.__context__ = None  # they hold this frame, and it the file's bytes
            rejected.append(problem.with_traceback(None))
    return Intake(tuple(photos), tuple(rejected))


def clean_photo(file: RawPhoto) -> Picture:
    """Makes a JPEG of at most MAX_EDGE pixels an edge and MAX_KEPT_BYTES. Blocks for a second or so.

    Raises UnusablePhoto. Of an animation the first frame is kept; what is transparent becomes white.
    """
    _check_bytes(file)
    try:
        with quiet_pillow(), open_header(file.data) as image:
            kept_size = _kept_size(file.name, image.size)
            photo = _in_srgb(upright(_decoded(image, kept_size)))
            return jpeg_within(photo, MAX_KEPT_BYTES)
    except UnusablePhoto:
        raise
    except NotAPicture as error:
        raise rejections.not_a_picture(file.name) from error
    except TooManyPixels as error:
        raise rejections.too_many_pixels(file.name, MAX_PHOTO_PIXELS) from error
    except Exception as error:  # a decoder that is fed nonsense raises nearly anything, MemoryError too
        raise rejections.damaged(file.name) from error


def _check_bytes(file: RawPhoto) -> None:
    if max(len(file.data), file.byte_size or 0) > MAX_PHOTO_BYTES:
        raise rejections.too_many_bytes(file.name, MAX_PHOTO_BYTES)
    if not file.data:
        raise rejections.empty(file.name)


def _kept_size(name: str, size: tuple[int, int]) -> tuple[int, int]:
    """The size to shrink to. Judges the header, so that a small file cannot unfold into gigabytes."""
    if size[0] * size[1] > MAX_PHOTO_PIXELS:
        raise rejections.too_many_pixels(name, MAX_PHOTO_PIXELS)
    scale = min(1.0, MAX_EDGE / max(size))
    kept = (round(size[0] * scale), round(size[1] * scale))
    if min(kept) < MIN_EDGE:
        raise rejections.too_narrow(name, MIN_EDGE)
    return kept


def _decoded(image: Image.Image, kept_size: tuple[int, int]) -> Image.Image:
    """The pixels, shrunk before anything else is done to them, which saves time and memory.

    A JPEG that is at least twice too large is decoded at a half, a quarter or an eighth of its size.
    """
    image.draft(None, kept_size)
    image.load()
    whole = in_plain_mode(image)
    return whole if whole.size == kept_size else whole.resize(kept_size, Image.Resampling.LANCZOS)


def _in_srgb(image: Image.Image) -> Image.Image:
    """Converted by its own ICC profile, such as an iPhone's Display P3; without one it is taken as sRGB."""
    profile = image.info.get("icc_profile")
    if profile:
        try:
            source = ImageCms.ImageCmsProfile(BytesIO(profile))
            converted = ImageCms.profileToProfile(image, source, _SRGB, outputMode="RGB")
        except (ImageCms.PyCMSError, OSError, ValueError, TypeError):
            converted = None  # a broken profile, or one for another mode: the colours are a little off
        if converted is not None:
            return converted
    return image.convert("RGB")
