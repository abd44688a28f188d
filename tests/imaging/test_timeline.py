"""The picture of all versions, by its pixels."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from PIL import Image, ImageChops, ImageColor

from bot.domain import Picture
from bot.imaging.captions import ACCENT, LINE
from bot.imaging.comparison import Side, draw_side_by_side
from bot.imaging.reading import NotAPicture
from bot.imaging.thumbnails import thumbnail
from bot.imaging.timeline import LONGEST_EDGE, MOST_NODES, Node, draw_timeline
from imaging.samples import BLUE, RED, Colour, colour_at, decoded, encoded, is_near, noise

GREEN: Colour = (0, 255, 0)
YELLOW: Colour = (255, 255, 0)

Box = tuple[int, int, int, int]


def picture(colour: Colour, size: tuple[int, int] = (320, 180), form: str = "JPEG") -> Picture:
    return Picture(encoded(Image.new("RGB", size, colour), form), f"image/{form.lower()}", *size)


async def node(
    version: int, parent: int | None, colour: Colour, *, is_head: bool = False, prompt: str = "warmer"
) -> Node:
    return Node(version, parent, prompt, await thumbnail(picture(colour)), is_head)


def box_of(drawn: Picture, colour: Colour) -> Box:
    """Left, top, right and bottom of what has that colour."""
    image = decoded(drawn.data).convert("RGB")
    unlike = ImageChops.difference(image, Image.new("RGB", image.size, colour)).split()
    worst = ImageChops.lighter(ImageChops.lighter(unlike[0], unlike[1]), unlike[2])
    box = worst.point(lambda value: 255 if value < 30 else 0).getbbox()
    assert box is not None, f"nothing has the colour {colour}"
    return box


def middle(box: Box) -> tuple[float, float]:
    return (box[0] + box[2]) / 2, (box[1] + box[3]) / 2


def colour_between(drawn: Picture, left: Box, right: Box) -> Colour:
    """What is half-way between two thumbnails that stand side by side."""
    return colour_at(drawn.data, (left[2] + right[0]) / 2 / drawn.width, middle(left)[1] / drawn.height)


async def branched() -> Picture:
    """v2 and v4 were made from v1, v3 from v2; v3 is the head."""
    nodes = [
        await node(1, None, RED),
        await node(2, 1, GREEN),
        await node(3, 2, BLUE, is_head=True),
        await node(4, 1, YELLOW),
    ]
    return await draw_timeline(nodes, "The Artist")


async def test_children_stand_to_the_right_and_a_branch_below() -> None:
    drawn = await branched()
    first, second, third, fourth = (box_of(drawn, each) for each in (RED, GREEN, BLUE, YELLOW))

    assert first[2] < second[0]
    assert second[2] < third[0]
    assert first[1] == pytest.approx(second[1], abs=2)
    assert second[1] == pytest.approx(third[1], abs=2)
    assert fourth[0] == pytest.approx(second[0], abs=2)
    assert fourth[1] > second[3]


async def test_thumbnails_keep_their_proportions() -> None:
    left, top, right, bottom = box_of(await branched(), YELLOW)

    assert (right - left) / (bottom - top) == pytest.approx(16 / 9, rel=0.03)


async def test_the_way_to_the_head_stands_out_from_the_other_lines() -> None:
    drawn = await branched()
    first, second, third, fourth = (box_of(drawn, each) for each in (RED, GREEN, BLUE, YELLOW))
    half_way = (first[2] + second[0]) // 2
    to_the_branch = colour_at(drawn.data, half_way / drawn.width, (middle(first)[1] + 60) / drawn.height)
    into_it = colour_at(drawn.data, (fourth[0] - 20) / drawn.width, middle(fourth)[1] / drawn.height)

    assert is_near(colour_between(drawn, second, third), rgb(ACCENT), 30)
    assert is_near(to_the_branch, rgb(LINE), 30)
    assert is_near(into_it, rgb(LINE), 30)


async def test_the_head_alone_is_framed() -> None:
    drawn = await branched()

    assert is_near(above(drawn, box_of(drawn, BLUE)), rgb(ACCENT), 40)
    for other in (RED, GREEN, YELLOW):
        assert not is_near(above(drawn, box_of(drawn, other)), rgb(ACCENT), 60)


def above(drawn: Picture, box: Box) -> Colour:
    """The colour a few pixels above a thumbnail, where the head's frame runs."""
    return colour_at(drawn.data, middle(box)[0] / drawn.width, (box[1] - 8) / drawn.height)


def rgb(colour: str) -> Colour:
    red, green, blue, *_ = ImageColor.getrgb(colour)
    return red, green, blue


async def test_a_parent_that_is_left_out_is_written_beside_its_child() -> None:
    with_parent = await draw_timeline([await node(8, 7, RED)], "The Artist")
    without = await draw_timeline([await node(8, None, RED)], "The Artist")
    left, top, _, bottom = box_of(without, RED)
    beside = (0, top, left - 15, bottom)

    difference = ImageChops.difference(decoded(with_parent.data).crop(beside), decoded(without.data).crop(beside))
    assert max(high for _, high in difference.getextrema()) > 100  # type: ignore[misc]


async def test_a_picture_that_cannot_be_decoded_leaves_a_blank_of_its_own() -> None:
    drawn = await draw_timeline([Node(1, None, "warmer", None), await node(2, 1, RED, is_head=True)], "The Artist")

    assert box_of(drawn, RED)[0] > drawn.width / 3


@pytest.mark.parametrize("prompt", ["", "もっと", "أدفأ" * 500, "😀", "w" * 4000, "\x00\ud800", "a\u0301" * 900])
async def test_any_words_can_stand_below_a_picture(prompt: str) -> None:
    drawn = await draw_timeline([await node(1, None, RED, is_head=True, prompt=prompt)], prompt)

    assert box_of(drawn, RED)


@pytest.mark.parametrize(("shape", "size"), [("line", (640, 360)), ("star", (500, 500)), ("comb", (360, 640))])
async def test_the_largest_picture_of_busy_photos_is_within_bounds(shape: str, size: tuple[int, int]) -> None:
    parents: dict[str, Callable[[int], int]] = {
        "line": lambda version: version - 1,
        "star": lambda _: 1,
        "comb": lambda version: version - 2 if version % 2 else version - 1,
    }
    busy = await thumbnail(Picture(encoded(noise(*size), "JPEG"), "image/jpeg", *size))
    nodes = [Node(v, parents[shape](v), "warmer " * 20, busy, v == 9) for v in range(2, MOST_NODES + 2)]

    drawn = await draw_timeline(nodes, "The Artist")

    assert drawn.mime_type == "image/jpeg"
    assert decoded(drawn.data).size == (drawn.width, drawn.height)
    assert max(drawn.width, drawn.height) <= LONGEST_EDGE
    assert drawn.byte_size < 2_000_000


async def test_a_thumbnail_of_a_large_picture_is_small() -> None:
    data = await thumbnail(picture(RED, (3000, 4000)))

    assert decoded(data).size == (216, 288)
    assert len(data) < 20_000


async def test_a_damaged_picture_has_no_thumbnail() -> None:
    whole = encoded(noise(400, 300), "JPEG")

    with pytest.raises(NotAPicture):
        await thumbnail(Picture(whole[: len(whole) // 2], "image/jpeg", 400, 300))


async def test_before_stands_on_the_left_and_after_on_the_right() -> None:
    drawn = await draw_side_by_side(
        Side(1, "warmer", picture(RED)), Side(2, "darker", picture(BLUE, (200, 300), "PNG"))
    )
    before, after = box_of(drawn, RED), box_of(drawn, BLUE)

    assert before[2] < after[0]
    assert (before[2] - before[0]) / (before[3] - before[1]) == pytest.approx(16 / 9, rel=0.03)
    assert (after[2] - after[0]) / (after[3] - after[1]) == pytest.approx(2 / 3, rel=0.03)
    assert middle(before)[1] == pytest.approx(middle(after)[1], abs=2)
    assert drawn.height - after[3] > 80, "there is room for words below"
