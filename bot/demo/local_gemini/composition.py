"""The first picture of a chat: the photos as framed panels on a ground of colour, and the identity's name."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator

from PIL import Image, ImageDraw, ImageFilter

from bot.demo.local_gemini.lettering import Color, draw_line, fit_line, font_height

Box = tuple[int, int, int, int]
"""Left, top, right, bottom, in pixels."""

_PAPER: Color = (250, 248, 243)
_IMPRINT = "drawn by local-gemini, a stand-in for Gemini"
_NAME_LINE = re.compile(r"^\W*Identity:\s*(\S.*?)\s*$", re.MULTILINE | re.IGNORECASE)
_GROUND_SCALE = 8
_PALETTES: tuple[tuple[Color, Color, Color], ...] = (
    ((18, 24, 58), (74, 62, 130), (236, 138, 120)),
    ((10, 40, 56), (24, 104, 122), (238, 196, 120)),
    ((44, 18, 52), (140, 48, 96), (250, 164, 108)),
    ((22, 38, 32), (52, 104, 84), (214, 208, 146)),
    ((30, 26, 44), (88, 82, 128), (158, 206, 214)),
    ((56, 22, 24), (160, 66, 48), (246, 190, 112)),
    ((14, 30, 64), (40, 98, 168), (150, 216, 226)),
    ((38, 30, 28), (128, 96, 72), (234, 210, 176)),
)
"""A deep, a middle and a glowing colour each."""
_PANEL_RATIO = 0.86


def identity_name(prompt: str) -> str:
    """From the line "Identity: NAME" of the prompt, else the prompt's first four words."""
    found = _NAME_LINE.search(prompt)
    return found[1].strip("*\"'“” ") if found else " ".join(prompt.split()[:4])


def compose(size: tuple[int, int], prompt: str, photos: list[Image.Image]) -> Image.Image:
    name = identity_name(prompt)
    panel_area, title_area = _areas(size, bool(photos))
    panels = list(_panels(panel_area, len(photos)))
    picture = _ground(size, name + prompt, panels)
    for photo, panel in zip(photos, panels, strict=True):
        _paste_framed(picture, photo, panel)
    _letter_title(picture, name, title_area)
    return picture


def paste_inset(picture: Image.Image, photos: list[Image.Image]) -> Image.Image:
    """Puts `photos` as small framed panels into the lower right corner, from right to left."""
    width, height = picture.size
    side = min(width, height) // 4
    gap = side // 6
    right = width - gap
    for photo in photos[: max(1, (width - gap) // (side + gap))]:
        _paste_framed(picture, photo, (right - side, height - gap - side, right, height - gap))
        right -= side + gap
    return picture


def _areas(size: tuple[int, int], with_photos: bool) -> tuple[Box, Box]:
    """Where the panels and the title go: one above the other, side by side in very wide pictures."""
    width, height = size
    margin = min(width, height) // 14
    if not with_photos:
        return (0, 0, 0, 0), (margin, height // 4, width - margin, height * 3 // 4)
    if width > 2.5 * height:
        edge = int(width * 0.36)
        return (edge, margin, width - margin, height - margin), (
            margin,
            margin,
            edge - margin,
            height - margin,
        )
    edge = int(height * 0.74)
    return (margin, margin, width - margin, edge), (margin, edge, width - margin, height - margin // 3)


def _panels(area: Box, count: int) -> Iterator[Box]:
    """Boxes for `count` panels, centred in `area`, in the grid that makes them largest."""
    if count == 0:
        return
    left, top, right, bottom = area
    columns = max(range(1, count + 1), key=lambda number: _panel_width(area, count, number))
    rows = -(-count // columns)
    gap = (bottom - top) // 20
    panel_width = _panel_width(area, count, columns)
    panel_height = min(int(panel_width / _PANEL_RATIO), (bottom - top - gap * (rows - 1)) // rows)
    y = (top + bottom - rows * panel_height - (rows - 1) * gap) // 2
    for row in _rows(count, columns):
        x = (left + right - row * panel_width - (row - 1) * gap) // 2
        for _ in range(row):
            yield (x, y, x + panel_width, y + panel_height)
            x += panel_width + gap
        y += panel_height + gap


def _rows(count: int, columns: int) -> list[int]:
    return [min(columns, count - start) for start in range(0, count, columns)]


def _panel_width(area: Box, count: int, columns: int) -> int:
    """Width of a panel in a grid of `columns`: a little higher than wide, or wider to fill a short row."""
    left, top, right, bottom = area
    gap = (bottom - top) // 20
    rows = -(-count // columns)
    by_width = (right - left - gap * (columns - 1)) / columns
    by_height = (bottom - top - gap * (rows - 1)) / rows
    return max(8, int(min(by_width, by_height * (1.25 if columns <= 2 else _PANEL_RATIO))))


def _ground(size: tuple[int, int], seed: str, panels: list[Box]) -> Image.Image:
    """A gradient with soft lights and the panels' shadows, made small: blur is dear at full size."""
    small = (max(1, size[0] // _GROUND_SCALE), max(1, size[1] // _GROUND_SCALE))
    digest = hashlib.sha256(seed.encode()).digest()
    ground = _gradient(digest).resize(small, Image.Resampling.BICUBIC)
    radius = max(1.0, min(small) / 40)
    ground.paste((255, 255, 255), (0, 0), _lights(small, digest).filter(ImageFilter.GaussianBlur(radius)))
    ground.paste((8, 8, 20), (0, 0), _shadows(small, panels).filter(ImageFilter.GaussianBlur(radius * 1.2)))
    return ground.resize(size, Image.Resampling.BILINEAR)


def _gradient(digest: bytes) -> Image.Image:
    """Three by three pixels, from the deep colour at the upper left to the glowing one at the lower right."""
    deep, middle, glow = _PALETTES[digest[0] % len(_PALETTES)]
    first, second = Image.new("RGB", (1, 1), deep), Image.new("RGB", (1, 1), middle)
    third = Image.new("RGB", (1, 1), glow)
    way = (first, Image.blend(first, second, 0.5), second, Image.blend(second, third, 0.5), third)
    corners = Image.new("RGB", (3, 3))
    for x in range(3):
        for y in range(3):
            corners.paste(way[x + y], (x, y))
    return corners


def _lights(size: tuple[int, int], digest: bytes) -> Image.Image:
    lights = Image.new("L", size)
    pen = ImageDraw.Draw(lights)
    for x, y, weight in zip(digest[2:11], digest[11:20], digest[20:29], strict=True):
        radius = (0.05 + 0.15 * weight / 255) * size[1]
        middle = (x / 255 * size[0], y / 255 * size[1])
        pen.circle(middle, radius, fill=14 + weight // 12)
    return lights


def _shadows(size: tuple[int, int], panels: list[Box]) -> Image.Image:
    shadows = Image.new("L", size)
    pen = ImageDraw.Draw(shadows)
    for panel in panels:
        left, top, right, bottom = (edge // _GROUND_SCALE for edge in panel)
        drop = max(1, (bottom - top) // 40)
        pen.rectangle((left, top + drop, right, bottom + 2 * drop), fill=170)
    return shadows


def _paste_framed(picture: Image.Image, photo: Image.Image, box: Box) -> None:
    """A white frame with rounded corners, and in it as much of the photo as covers the inside."""
    left, top, right, bottom = box
    width, height = right - left, bottom - top
    rim = max(2, min(width, height) // 40)
    picture.paste(_PAPER, (left, top), _rounded((width, height), rim * 2))
    inside = (max(1, width - 2 * rim), max(1, height - 2 * rim))
    picture.paste(_cover(photo, inside), (left + rim, top + rim), _rounded(inside, rim))


def _rounded(size: tuple[int, int], radius: int) -> Image.Image:
    """A mask, its edges smoothed by drawing it larger, except where it is large anyway."""
    finer = 2 if max(size) < 1000 else 1
    mask = Image.new("L", (size[0] * finer, size[1] * finer))
    ImageDraw.Draw(mask).rounded_rectangle((0, 0, mask.width - 1, mask.height - 1), radius * finer, fill=255)
    return mask.reduce(finer) if finer > 1 else mask


def _cover(photo: Image.Image, size: tuple[int, int]) -> Image.Image:
    """Crops the photo to the shape of `size`, a little above its middle, where faces are."""
    scale = min(photo.width / size[0], photo.height / size[1])
    width, height = size[0] * scale, size[1] * scale
    left, top = max(0.0, (photo.width - width) / 2), max(0.0, (photo.height - height) * 0.4)
    crop = (left, top, min(photo.width, left + width), min(photo.height, top + height))
    return photo.resize(size, Image.Resampling.BICUBIC, crop, reducing_gap=2.0)


def _letter_title(picture: Image.Image, name: str, area: Box) -> None:
    left, top, right, bottom = area
    width, height = right - left, bottom - top
    middle = (left + right) / 2
    font = fit_line(name, int(width * 0.92), int(height * 0.58))
    weight = max(1, int(font_height(font) / 36))
    y = top + height * 0.42
    draw_line(picture, name, (middle + 2 * weight, y + 2 * weight), font, (16, 14, 26), weight)
    draw_line(picture, name, (middle, y), font, _PAPER, weight)
    small = fit_line(_IMPRINT, int(width * 0.8), max(10, int(height * 0.115)))
    draw_line(picture, _IMPRINT, (middle, top + height * 0.86), small, (235, 232, 226))
