"""Several pictures in one, numbered, to tell them apart by."""

from __future__ import annotations

from collections.abc import Sequence
from io import BytesIO
from math import ceil

from PIL import Image, ImageDraw, ImageFont, ImageOps

from bot.domain import Picture
from bot.imaging.workbench import work_on

CELL = 256
"""Edge of a picture's square, in pixels."""

COLUMNS = 5


async def contact_sheet(pictures: Sequence[Picture]) -> Picture:
    """A JPEG of at most five squares a row, each numbered from 1; `pictures` must not be empty."""
    return await work_on(lambda: _draw(pictures))


def _draw(pictures: Sequence[Picture]) -> Picture:
    columns = min(COLUMNS, len(pictures))
    sheet = Image.new("RGB", (columns * CELL, ceil(len(pictures) / columns) * CELL), "#2b2d31")
    for index, picture in enumerate(pictures):
        sheet.paste(_square(picture, index + 1), (index % columns * CELL, index // columns * CELL))
    buffer = BytesIO()
    sheet.save(buffer, "JPEG", quality=85)
    return Picture(buffer.getvalue(), "image/jpeg", sheet.width, sheet.height)


def _square(picture: Picture, number: int) -> Image.Image:
    with Image.open(BytesIO(picture.data)) as image:
        image.draft("RGB", (CELL, CELL))
        square = ImageOps.fit(image.convert("RGB"), (CELL, CELL))
    draw = ImageDraw.Draw(square)
    draw.rounded_rectangle((8, 8, 60, 52), radius=10, fill="#2b2d31")
    draw.text((34, 30), str(number), fill="white", font=ImageFont.load_default(size=28), anchor="mm")
    return square
