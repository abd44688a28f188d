"""What an edit prompt can ask for: known words become effects, in the order in which they stand."""

from __future__ import annotations

import math
import re
from collections.abc import Callable

from PIL import Image, ImageChops, ImageColor, ImageFilter, ImageOps

from bot.demo.local_gemini.lettering import draw_caption, draw_paragraph

Effect = Callable[[Image.Image, re.Match[str]], Image.Image]

_COLORS = "|".join(sorted(ImageColor.colormap, key=len, reverse=True))
_PAPER = (244, 240, 232)
_INK = (40, 38, 36)


def edit(picture: Image.Image, prompt: str) -> Image.Image:
    """An RGB picture of the same size. Without a known word, the prompt is written below the picture."""
    found = list(_WORDS.finditer(prompt))
    for match in found:
        picture = _EFFECTS[match.lastgroup or ""](picture, match)
    return picture if found else _captioned(picture, prompt)


def _warmer(picture: Image.Image, _match: re.Match[str]) -> Image.Image:
    return _tinted(picture, (1.10, 1.02, 0.84))


def _cooler(picture: Image.Image, _match: re.Match[str]) -> Image.Image:
    return _tinted(picture, (0.84, 1.0, 1.12))


def _brighter(picture: Image.Image, _match: re.Match[str]) -> Image.Image:
    return picture.point([min(255, round(255 * (level / 255) ** 0.72)) for level in range(256)] * 3)


def _darker(picture: Image.Image, _match: re.Match[str]) -> Image.Image:
    return _tinted(picture, (0.7, 0.7, 0.7))


def _tinted(picture: Image.Image, factors: tuple[float, float, float]) -> Image.Image:
    return picture.point([min(255, round(level * factor)) for factor in factors for level in range(256)])


def _black_and_white(picture: Image.Image, _match: re.Match[str]) -> Image.Image:
    return picture.convert("L").convert("RGB")


def _sepia(picture: Image.Image, _match: re.Match[str]) -> Image.Image:
    grey = picture.convert("L")
    tones = (1.08, 0.88, 0.66)
    bands = [grey.point([min(255, round(level * tone)) for level in range(256)]) for tone in tones]
    return Image.merge("RGB", bands)


def _blur(picture: Image.Image, _match: re.Match[str]) -> Image.Image:
    """Blurs a quarter of the pixels, or fewer, and enlarges them again: nobody can tell."""
    factor = max(2, min(picture.size) // 384)
    rough = picture.reduce(factor).filter(ImageFilter.GaussianBlur(3))
    return rough.resize(picture.size, Image.Resampling.BILINEAR)


def _mirror(picture: Image.Image, _match: re.Match[str]) -> Image.Image:
    return ImageOps.mirror(picture)


def _rotate(picture: Image.Image, match: re.Match[str]) -> Image.Image:
    """Clockwise, by 90 degrees unless the prompt names another angle, whole before a dim ground."""
    angle = math.radians(int(match["angle"] or 90))
    width, height = picture.size
    across, down = abs(math.cos(angle)), abs(math.sin(angle))
    scale = min(width / (width * across + height * down), height / (width * down + height * across))
    source = _resized(picture, scale) if scale < 0.75 else picture  # the transform alone would leave jagged lines
    turn = _turning(source.size, picture.size, angle, scale * width / source.width)
    turned = source.transform(picture.size, Image.Transform.AFFINE, turn, Image.Resampling.BILINEAR)
    mask = Image.new("L", source.size, 255).transform(picture.size, Image.Transform.AFFINE, turn)
    ground = _dim_ground(picture)
    ground.paste(turned, (0, 0), mask)
    return ground


def _turning(
    source: tuple[int, int], target: tuple[int, int], angle: float, scale: float
) -> tuple[float, float, float, float, float, float]:
    """Where in `source` each pixel of `target` comes from, both turned about their middles."""
    cosine, sine = math.cos(angle) / scale, math.sin(angle) / scale
    x, y = target[0] / 2, target[1] / 2
    left = source[0] / 2 - cosine * x - sine * y
    top = source[1] / 2 + sine * x - cosine * y
    return cosine, sine, left, -sine, cosine, top


def _zoom(picture: Image.Image, match: re.Match[str]) -> Image.Image:
    """Into the middle; "zoom out" makes the picture smaller before a dim ground."""
    width, height = picture.size
    if match["out"]:
        small = _resized(picture, 0.75)
        ground = _dim_ground(picture)
        ground.paste(small, ((width - small.width) // 2, (height - small.height) // 2))
        return ground
    edge_x, edge_y = width * 0.125, height * 0.125
    return picture.resize(picture.size, Image.Resampling.BICUBIC, (edge_x, edge_y, width - edge_x, height - edge_y))


def _vignette(picture: Image.Image, _match: re.Match[str]) -> Image.Image:
    light = Image.radial_gradient("L").point([255 - max(0, level - 90) for level in range(256)])
    shade = light.resize(picture.size, Image.Resampling.BILINEAR)
    return Image.merge("RGB", [ImageChops.multiply(band, shade) for band in picture.split()])


def _border(picture: Image.Image, match: re.Match[str]) -> Image.Image:
    color = (match["before"] or match["after"] or "white").lower()
    rim = max(4, min(picture.size) // 24)
    framed = Image.new("RGB", picture.size, color)
    inside = (picture.width - 2 * rim, picture.height - 2 * rim)
    framed.paste(picture.resize(inside, Image.Resampling.BILINEAR), (rim, rim))
    return framed


def _text(picture: Image.Image, match: re.Match[str]) -> Image.Image:
    return draw_caption(picture, " ".join(match["words"].split()))


def _captioned(picture: Image.Image, prompt: str) -> Image.Image:
    """The picture on a mat of paper, the prompt on the strip below it."""
    width, height = picture.size
    page = Image.new("RGB", picture.size, _PAPER)
    small = _resized(picture, 0.84)
    left = (width - small.width) // 2
    top = min(left, (height - small.height) // 4)
    page.paste(small, (left, top))
    draw_paragraph(page, prompt, (left, top + small.height, left + small.width, height), _INK)
    return page


def _resized(picture: Image.Image, scale: float) -> Image.Image:
    return picture.resize(_times(picture.size, scale), Image.Resampling.BILINEAR, reducing_gap=2.0)


def _dim_ground(picture: Image.Image) -> Image.Image:
    """The picture itself, blurred beyond recognition and dark."""
    rough = picture.reduce(8).resize((24, 16), Image.Resampling.BOX).filter(ImageFilter.GaussianBlur(2))
    dim = _tinted(rough, (0.45, 0.45, 0.45)).resize(_times(picture.size, 1 / 8), Image.Resampling.BICUBIC)
    return dim.resize(picture.size, Image.Resampling.BILINEAR)


def _times(size: tuple[int, int], scale: float) -> tuple[int, int]:
    return max(1, round(size[0] * scale)), max(1, round(size[1] * scale))


_VOCABULARY: dict[str, tuple[str, Effect]] = {
    "text": (r"""text\s*:?\s*["“„](?P<words>[^"“”]+)["”]""", _text),
    "warmer": (r"warmer|warm\s+up", _warmer),
    "cooler": (r"cooler|cool\s+down|colder", _cooler),
    "brighter": (r"brighter|brighten", _brighter),
    "darker": (r"darker|darken", _darker),
    "grey": (r"black[\s-]+and[\s-]+white|gr[ae]y[\s-]?scale|monochrome", _black_and_white),
    "sepia": (r"sepia", _sepia),
    "blur": (r"blur(?:red|ry)?", _blur),
    "mirror": (r"mirror(?:ed)?", _mirror),
    "rotate": (r"rotated?(?:[^\d.!?]{0,30}?(?P<angle>\d{1,3})\s*(?:°|degrees))?", _rotate),
    "zoom": (r"zoom(?:ed)?(?P<out>\s+out)?", _zoom),
    "vignette": (r"vignette", _vignette),
    "border": (
        rf"(?:(?P<before>{_COLORS})\s+)?border(?:\s+in\s+(?:a\s+)?(?P<after>{_COLORS}))?",
        _border,
    ),
}

_EFFECTS = {name: effect for name, (_, effect) in _VOCABULARY.items()}
_WORDS = re.compile(
    "|".join(rf"(?P<{name}>(?<!\w){pattern})" for name, (pattern, _) in _VOCABULARY.items()), re.IGNORECASE
)
