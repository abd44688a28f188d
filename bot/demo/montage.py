"""All versions of a conversation on one sheet."""

from __future__ import annotations

from collections.abc import Sequence
from io import BytesIO
from math import ceil
from pathlib import Path

from PIL import Image, ImageDraw, ImageFont

CELL = (480, 270)
"""Pixels of one version, at the usual 16:9."""

CAPTION_HEIGHT = 34
COLUMNS = 3
PAPER, INK = "#313338", "#dbdee1"


def write_montage(file: Path, versions: Sequence[tuple[bytes, str]]) -> None:
    """Saves a JPEG of the pictures in rows of three, each with its caption below; nothing when there are none."""
    if not versions:
        return
    rows = ceil(len(versions) / COLUMNS)
    sheet = Image.new("RGB", (COLUMNS * CELL[0], rows * (CELL[1] + CAPTION_HEIGHT)), PAPER)
    draw, font = ImageDraw.Draw(sheet), ImageFont.load_default(size=18)
    for at, (data, caption) in enumerate(versions):
        left, top = at % COLUMNS * CELL[0], at // COLUMNS * (CELL[1] + CAPTION_HEIGHT)
        with Image.open(BytesIO(data)) as picture:
            picture.draft("RGB", CELL)
            sheet.paste(picture.convert("RGB").resize(CELL), (left, top))
        draw.text((left + 8, top + CELL[1] + CAPTION_HEIGHT / 2), caption, INK, font, anchor="lm")
    sheet.save(file, "JPEG", quality=88)
