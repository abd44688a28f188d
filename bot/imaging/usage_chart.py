"""A server's use, day by day, as a picture: bars of pictures, refusals and failures."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from io import BytesIO

from PIL import Image, ImageDraw

from bot.imaging.captions import INK, LINE, PAPER, font
from bot.imaging.workbench import work_on
from bot.servers import DayOfUse

WIDTH, HEIGHT = 1200, 480
LEFT, RIGHT, TOP, BOTTOM = 70, 20, 60, 50
COLORS = {"pictures": "#5865f2", "refused": "#f0b232", "failed": "#da373c"}
"""Discord's own, told apart by brightness as well."""

MOST_LABELS = 10
STEPS = (1, 2, 5)


async def draw_usage(days: Sequence[DayOfUse]) -> bytes:
    """A JPEG of `WIDTH` x `HEIGHT` pixels."""
    return await work_on(partial(_draw, days))


def _draw(days: Sequence[DayOfUse]) -> bytes:
    image = Image.new("RGB", (WIDTH, HEIGHT), PAPER)
    draw = ImageDraw.Draw(image)
    most = _round_up(max((each.pictures + each.refused + each.failed for each in days), default=0))
    _draw_scale(draw, most)
    step = (WIDTH - LEFT - RIGHT) / max(1, len(days))
    every = -(-len(days) // MOST_LABELS)
    for number, day in enumerate(days):
        left = LEFT + number * step
        _draw_day(draw, day, (left + step * 0.15, left + step * 0.85), most)
        if number % every == 0:
            draw.text((left + step / 2, HEIGHT - BOTTOM + 10), day.day[5:], INK, font(18), anchor="mt")
    _draw_legend(draw)
    file = BytesIO()
    image.save(file, "JPEG", quality=90)
    return file.getvalue()


def _draw_scale(draw: ImageDraw.ImageDraw, most: int) -> None:
    for share in (0, 0.5, 1):
        if share * most == int(share * most):
            y = _height(share * most, most)
            draw.line((LEFT, y, WIDTH - RIGHT, y), LINE)
            draw.text((LEFT - 10, y), str(int(share * most)), INK, font(18), anchor="rm")


def _draw_day(draw: ImageDraw.ImageDraw, day: DayOfUse, sides: tuple[float, float], most: int) -> None:
    below = 0
    for name, color in COLORS.items():
        count = getattr(day, name)
        if count:
            draw.rectangle((sides[0], _height(below + count, most), sides[1], _height(below, most) - 1), color)
            below += count


def _draw_legend(draw: ImageDraw.ImageDraw) -> None:
    x = float(LEFT)
    for name, color in COLORS.items():
        draw.rectangle((x, 20, x + 18, 38), color)
        draw.text((x + 28, 29), name, INK, font(20), anchor="lm")
        x += 60 + draw.textlength(name, font(20))


def _height(count: float, most: int) -> float:
    return HEIGHT - BOTTOM - (HEIGHT - TOP - BOTTOM) * count / most


def _round_up(count: int) -> int:
    """To 1, 2 or 5 times a power of ten: the top of the scale."""
    power = 1
    while True:
        for step in STEPS:
            if count <= step * power:
                return step * power
        power *= 10
