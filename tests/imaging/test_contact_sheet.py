"""Several pictures in one, numbered."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
from PIL import Image, ImageChops

from bot.domain import Picture
from bot.imaging.contact_sheet import CELL, contact_sheet
from imaging.samples import BLUE, RED, Colour, colour_at, decoded, encoded, is_near

GREEN: Colour = (0, 255, 0)
BACKGROUND: Colour = (43, 45, 49)


def picture(colour: Colour, size: tuple[int, int] = (64, 64), form: str = "JPEG") -> Picture:
    return Picture(encoded(Image.new("RGB", size, colour), form), f"image/{form.lower()}", *size)


def colour_of_cell(sheet: Picture, column: int, row: int) -> Colour:
    """The colour in the lower right of a square, away from its number."""
    return colour_at(sheet.data, (column + 0.75) * CELL / sheet.width, (row + 0.75) * CELL / sheet.height)


def number_on(sheet: Picture, column: int, row: int) -> Image.Image:
    """The corner of a square where its number stands."""
    left, top = column * CELL, row * CELL
    return decoded(sheet.data).crop((left, top, left + 64, top + 56)).convert("L")


@pytest.mark.parametrize(("count", "size"), [(1, (1, 1)), (4, (4, 1)), (5, (5, 1)), (6, (5, 2)), (14, (5, 3))])
async def test_at_most_five_squares_stand_in_a_row(count: int, size: tuple[int, int]) -> None:
    sheet = await contact_sheet([picture(RED)] * count)

    assert decoded(sheet.data).format == "JPEG"
    assert sheet.mime_type == "image/jpeg"
    assert (sheet.width, sheet.height) == decoded(sheet.data).size == (size[0] * CELL, size[1] * CELL)


async def test_pictures_stand_in_their_order_row_by_row() -> None:
    pictures: Sequence[Picture] = [*[picture(RED)] * 4, picture(GREEN), picture(BLUE)]

    sheet = await contact_sheet(pictures)

    assert is_near(colour_of_cell(sheet, 0, 0), RED)
    assert is_near(colour_of_cell(sheet, 4, 0), GREEN)
    assert is_near(colour_of_cell(sheet, 0, 1), BLUE)
    assert is_near(colour_of_cell(sheet, 1, 1), BACKGROUND)


async def test_each_square_has_a_number_of_its_own() -> None:
    sheet = await contact_sheet([picture(RED)] * 14)

    numbers = [number_on(sheet, index % 5, index // 5) for index in range(14)]
    for index, number in enumerate(numbers):
        lightest = number.getextrema()[1]
        assert isinstance(lightest, int)
        assert lightest > 200, "a number is written in white"
        for other in numbers[:index]:
            darkest_to_lightest = ImageChops.difference(number, other).getextrema()
            assert max(map(int, darkest_to_lightest)) > 100, "no two squares show the same number"


async def test_a_wide_picture_keeps_its_middle_and_its_proportions() -> None:
    wide = Image.new("RGB", (1200, 300), BLUE)
    wide.paste(RED, (450, 0, 750, 300))

    sheet = await contact_sheet([Picture(encoded(wide, "JPEG"), "image/jpeg", 1200, 300)])

    assert (sheet.width, sheet.height) == (CELL, CELL)
    assert is_near(colour_at(sheet.data, 0.05, 0.75), RED, 20)
    assert is_near(colour_at(sheet.data, 0.95, 0.75), RED, 20)


async def test_a_tiny_picture_and_one_of_another_kind_fill_their_squares() -> None:
    sheet = await contact_sheet([picture(RED, (16, 20)), picture(GREEN, (3072, 2000), "PNG")])

    assert is_near(colour_of_cell(sheet, 0, 0), RED)
    assert is_near(colour_of_cell(sheet, 1, 0), GREEN)
