"""All versions of a chat in one picture: a tree of thumbnails, the one that the next prompt edits framed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial

from PIL import Image, ImageDraw

from bot.domain import Picture
from bot.imaging.captions import ACCENT, FAINT, INK, LINE, PAPER, SHADE, font, text_height, wrapped, write
from bot.imaging.pixels import jpeg
from bot.imaging.thumbnails import THUMBNAIL, from_thumbnail, rounded_corners
from bot.imaging.tree_layout import Cell, arrange
from bot.imaging.workbench import work_on
from bot.wording import EDITED_NEXT

MOST_NODES = 40
"""Versions that can still be told apart in one picture."""

LONGEST_EDGE = 4000
"""Pixels; what would be longer is scaled down."""

MARGIN, GUTTER, ROW_GAP = 92, 92, 48
"""Pixels around the tree, between columns and between rows; a version such as v120 and a stub have room in both."""

TITLE, VERSION, PROMPT, PROMPT_LINES = 36, 24, 20, 2
"""Font sizes, and how many lines of a prompt there is room for."""

CAPTION_TOP = 16
CAPTION_HEIGHT = CAPTION_TOP + text_height(VERSION) + text_height(PROMPT, PROMPT_LINES)
THREAD, FRAME, FRAME_GAP = 4, 6, 5
"""Thickness of lines and of the head's frame, and how far that is from its thumbnail."""

STUB, LOOSE_END = 20, 12
"""Length of a line that comes from a version named there, and of one that goes on elsewhere."""


@dataclass(frozen=True)
class Node:
    """A version to be drawn. `parent` is a version, too; a `thumbnail` of None leaves a blank."""

    version: int
    parent: int | None
    prompt: str
    thumbnail: bytes | None = field(repr=False)
    is_head: bool = False


@dataclass(frozen=True)
class _Spot:
    """Where a node is drawn: its cell, its thumbnail and that one's top left corner, in pixels."""

    node: Node
    cell: Cell
    image: Image.Image
    left: int
    top: int
    caption_top: int

    @property
    def right(self) -> int:
        return self.left + self.image.width

    @property
    def middle(self) -> int:
        return self.top + self.image.height // 2


async def draw_timeline(nodes: Sequence[Node], title: str) -> Picture:
    """A JPEG of at most `LONGEST_EDGE` pixels a side. `nodes` are at least one, in the order of their versions.

    Lines lead from parent to child; where the parent stands elsewhere or was left out, its version is written instead.
    """
    return await work_on(partial(_draw, nodes, title))


def _draw(nodes: Sequence[Node], title: str) -> Picture:
    spots, size = _spots(nodes)
    sheet = Image.new("RGB", size, PAPER)
    draw = ImageDraw.Draw(sheet)
    write(draw, (MARGIN, MARGIN), wrapped(title, TITLE, size[0] - 2 * MARGIN, 1), TITLE, INK)
    to_head = _versions_to_head(nodes)
    for spot in sorted(spots.values(), key=lambda each: each.node.version in to_head):  # those to the head on top
        _draw_thread(draw, spot, spots, ACCENT if spot.node.version in to_head else LINE)
    for spot in spots.values():
        sheet.paste(spot.image, (spot.left, spot.top), rounded_corners(spot.image.size))
        if spot.node.is_head:
            _draw_frame(draw, spot)
        _draw_caption(draw, spot)
    sheet.thumbnail((LONGEST_EDGE, LONGEST_EDGE))
    return Picture(jpeg(sheet, 88), "image/jpeg", sheet.width, sheet.height)


def _spots(nodes: Sequence[Node]) -> tuple[dict[int, _Spot], tuple[int, int]]:
    """Where each version is drawn, and the size of the whole."""
    cells = arrange({node.version: node.parent for node in nodes})
    images = {node.version: _image_of(node) for node in nodes}
    width = max(THUMBNAIL[1], *(image.width for image in images.values()))
    height = max(image.height for image in images.values())
    across, down = width + GUTTER, height + CAPTION_HEIGHT + ROW_GAP
    below_title = MARGIN + text_height(TITLE) + ROW_GAP // 2
    spots = {}
    for node in nodes:
        cell, image = cells[node.version], images[node.version]
        top = below_title + cell.row * down
        spots[node.version] = _Spot(
            node,
            cell,
            image,
            left=MARGIN + cell.column * across,
            top=top + (height - image.height) // 2,
            caption_top=top + height + CAPTION_TOP,
        )
    columns = max(2, *(cell.column + 1 for cell in cells.values()))  # two leave room for a title
    rows = max(cell.row + 1 for cell in cells.values())
    return spots, (2 * MARGIN + columns * across - GUTTER, below_title + rows * down - ROW_GAP + MARGIN // 2)


def _image_of(node: Node) -> Image.Image:
    return Image.new("RGB", THUMBNAIL, SHADE) if node.thumbnail is None else from_thumbnail(node.thumbnail)


def _versions_to_head(nodes: Sequence[Node]) -> set[int]:
    parents = {node.version: node.parent for node in nodes}
    version = next((node.version for node in nodes if node.is_head), None)
    found: set[int] = set()
    while version in parents:
        found.add(version)
        version = parents[version]
    return found


def _draw_thread(draw: ImageDraw.ImageDraw, spot: _Spot, spots: Mapping[int, _Spot], colour: str) -> None:
    if spot.node.parent is None:
        return
    parent = spots.get(spot.node.parent)
    if parent is not None and spot.cell.joined:
        turn = spot.left - GUTTER // 2
        way = [(parent.right, parent.middle), (turn, parent.middle), (turn, spot.middle), (spot.left, spot.middle)]
        draw.line(way, colour, THREAD, joint="curve")
        return
    draw.line((spot.left - STUB, spot.middle, spot.left, spot.middle), colour, THREAD)
    name = f"v{spot.node.parent}"
    draw.text((spot.left - STUB - 6, spot.middle), name, FAINT, font(PROMPT), anchor="rm")
    if parent is not None:
        draw.line((parent.right, parent.middle, parent.right + LOOSE_END, parent.middle), colour, THREAD)


def _draw_frame(draw: ImageDraw.ImageDraw, spot: _Spot) -> None:
    away = FRAME_GAP + FRAME
    box = (spot.left - away, spot.top - away, spot.right + away - 1, spot.top + spot.image.height + away - 1)
    draw.rounded_rectangle(box, 12 + away, outline=ACCENT, width=FRAME)


def _draw_caption(draw: ImageDraw.ImageDraw, spot: _Spot) -> None:
    node, width = spot.node, max(THUMBNAIL[1], spot.image.width)
    name, colour = (f"v{node.version} · {EDITED_NEXT}", ACCENT) if node.is_head else (f"v{node.version}", INK)
    write(draw, (spot.left, spot.caption_top), [name], VERSION, colour)
    at = (spot.left, spot.caption_top + text_height(VERSION))
    write(draw, at, wrapped(node.prompt, PROMPT, width, PROMPT_LINES), PROMPT, FAINT)
