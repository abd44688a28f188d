"""Two versions side by side."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial

from PIL import Image, ImageDraw

from bot.domain import Picture
from bot.imaging.captions import FAINT, INK, PAPER, text_height, wrapped, write
from bot.imaging.pixels import jpeg
from bot.imaging.thumbnails import rounded_corners, within
from bot.imaging.workbench import work_on

SIDE = 1024
"""The most pixels across or down that each of the two has."""

MARGIN, GUTTER, CAPTION_TOP = 48, 40, 20
VERSION, PROMPT, PROMPT_LINES = 36, 28, 3


@dataclass(frozen=True)
class Side:
    """One of the two, and what made it."""

    version: int
    prompt: str
    picture: Picture


async def draw_side_by_side(before: Side, after: Side) -> Picture:
    """A JPEG, each version named below its picture. Raises NotAPicture and TooManyPixels."""
    return await work_on(partial(_draw, (before, after)))


def _draw(sides: Sequence[Side]) -> Picture:
    images = [within(side.picture, (SIDE, SIDE)) for side in sides]
    captions = [
        wrapped(side.prompt, PROMPT, image.width, PROMPT_LINES) for side, image in zip(sides, images, strict=True)
    ]
    height = max(image.height for image in images)
    text = CAPTION_TOP + text_height(VERSION) + text_height(PROMPT, max(map(len, captions)))
    width = sum(image.width for image in images)
    sheet = Image.new("RGB", (2 * MARGIN + width + GUTTER, 2 * MARGIN + height + text), PAPER)
    draw = ImageDraw.Draw(sheet)
    left = MARGIN
    for side, image, caption in zip(sides, images, captions, strict=True):
        sheet.paste(image, (left, MARGIN + (height - image.height) // 2), rounded_corners(image.size, 20))
        below = MARGIN + height + CAPTION_TOP
        write(draw, (left, below), [f"v{side.version}"], VERSION, INK)
        write(draw, (left, below + text_height(VERSION)), caption, PROMPT, FAINT)
        left += image.width + GUTTER
    return Picture(jpeg(sheet, 88), "image/jpeg", sheet.width, sheet.height)
