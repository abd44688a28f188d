"""Pictures made small, without decoding all of a large one."""

from __future__ import annotations

from io import BytesIO

from PIL import Image, ImageDraw, ImageOps

from bot.domain import Picture
from bot.imaging.pixels import in_plain_mode, jpeg
from bot.imaging.reading import NotAPicture, open_header, quiet_pillow
from bot.imaging.workbench import work_on

THUMBNAIL = (288, 216)
"""The most pixels across and down that a thumbnail has; an upright one has them the other way round."""


async def thumbnail(picture: Picture) -> bytes:
    """A JPEG of about 20 kB. Raises NotAPicture and TooManyPixels for what cannot be decoded."""
    upright = picture.height > picture.width
    box = THUMBNAIL[::-1] if upright else THUMBNAIL
    return await work_on(lambda: jpeg(within(picture, box), 90))


def within(picture: Picture, box: tuple[int, int]) -> Image.Image:
    """The picture, in RGB, as large as fits into a box of so many pixels across and down; blocks.

    Raises NotAPicture and TooManyPixels.
    """
    with quiet_pillow(), open_header(picture.data) as image:
        try:
            image.draft("RGB", box)
            return ImageOps.contain(in_plain_mode(image).convert("RGB"), box)
        except Exception as error:  # a decoder that is fed nonsense raises nearly anything
            raise NotAPicture("a picture that is damaged behind its header") from error


def from_thumbnail(data: bytes) -> Image.Image:
    """The pixels of what `thumbnail` made."""
    with Image.open(BytesIO(data)) as image:
        return image.convert("RGB")


def rounded_corners(size: tuple[int, int], radius: int = 12) -> Image.Image:
    """A mask that leaves out a rectangle's corners; drawn four times as large, since Pillow draws no half pixels."""
    mask = Image.new("L", (size[0] * 4, size[1] * 4))
    ImageDraw.Draw(mask).rounded_rectangle((0, 0, mask.width - 1, mask.height - 1), radius * 4, 255)
    return mask.resize(size, Image.Resampling.BOX)
