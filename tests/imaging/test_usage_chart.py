"""The chart of a server's use."""

from __future__ import annotations

from io import BytesIO

import pytest
from PIL import Image, ImageChops

from bot.imaging.usage_chart import COLORS, HEIGHT, WIDTH, draw_usage
from bot.servers import DayOfUse

BLUE = (88, 101, 242)


def blue_pixels(chart: bytes) -> int:
    image = Image.open(BytesIO(chart)).convert("RGB")
    assert image.size == (WIDTH, HEIGHT)
    difference = ImageChops.difference(image, Image.new("RGB", image.size, BLUE)).convert("L")
    return sum(difference.histogram()[:16])


async def test_more_pictures_make_higher_bars() -> None:
    few = await draw_usage([DayOfUse("2026-11-24", 2, 0, 0, 0.1), DayOfUse("2026-11-25", 10, 0, 0, 0.5)])
    many = await draw_usage([DayOfUse("2026-11-24", 8, 0, 0, 0.4), DayOfUse("2026-11-25", 10, 0, 0, 0.5)])

    assert blue_pixels(many) > blue_pixels(few) * 1.3
    assert COLORS["pictures"] == "#5865f2"


@pytest.mark.parametrize("days", [1, 7, 90])
async def test_it_is_drawn_for_any_number_of_days_also_without_use(days: int) -> None:
    nothing = [DayOfUse(f"2026-11-{number % 28 + 1:02}", 0, 0, 0, 0.0) for number in range(days)]

    assert blue_pixels(await draw_usage(nothing)) < 500  # of the legend alone
