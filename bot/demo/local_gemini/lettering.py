"""Words in pictures, in the font that Pillow brings along."""

from __future__ import annotations

from PIL import Image, ImageDraw, ImageFont

Color = tuple[int, int, int]
Font = ImageFont.FreeTypeFont | ImageFont.ImageFont

_ELLIPSIS = "…"


def fit_line(text: str, width: int, height: int) -> Font:
    """The largest font in which `text` is no wider than `width`, and its letters no higher than `height`."""
    trial = ImageFont.load_default(size=64)
    natural = max(1.0, trial.getlength(text))
    return ImageFont.load_default(size=max(8.0, min(float(height), 64 * width / natural)))


def font_height(font: Font) -> float:
    """Pixels from the top of the letters to their foot."""
    return font.getbbox("H")[3] - font.getbbox("H")[1]


def draw_line(
    picture: Image.Image, text: str, middle: tuple[float, float], font: Font, fill: Color, weight: float = 0
) -> None:
    """Draws centred on `middle`, in place; `weight`, in pixels, makes the strokes bolder."""
    ImageDraw.Draw(picture).text(middle, text, fill, font, anchor="mm", stroke_width=weight)


def draw_caption(picture: Image.Image, text: str) -> Image.Image:
    """The picture with large words on a dark band across its foot."""
    width, height = picture.size
    captioned = picture.copy()
    band = (0, int(height * 0.76), width, int(height * 0.95))
    captioned.paste(Image.blend(picture.crop(band), Image.new("RGB", (width, band[3] - band[1])), 0.9), band[:2])
    font = fit_line(text, int(width * 0.88), int(height * 0.12))
    draw_line(captioned, text, (width / 2, (band[1] + band[3]) / 2), font, (255, 255, 255), height // 400)
    return captioned


def draw_paragraph(picture: Image.Image, text: str, box: tuple[int, int, int, int], fill: Color) -> None:
    """Draws up to two centred lines into `box` (left, top, right, bottom) and cuts off what is more."""
    left, top, right, bottom = box
    font = ImageFont.load_default(size=max(8.0, (bottom - top) * 0.34))
    lines = _wrap(text, font, right - left)
    step = (bottom - top) * 0.44
    first = (top + bottom) / 2 - step * (len(lines) - 1) / 2
    for at, line in enumerate(lines):
        draw_line(picture, line, ((left + right) / 2, first + at * step), font, fill)


def draw_stamp(picture: Image.Image, text: str) -> Image.Image:
    """Marks the picture with `text` in red across its middle, so that nobody takes it for finished."""
    width, height = picture.size
    font = fit_line(text, int(width * 0.8), int(height * 0.45))
    draw_line(picture, text, (width / 2, height / 2), font, (225, 45, 45), max(1, height // 90))
    return picture


def _wrap(text: str, font: Font, width: int, limit: int = 2) -> list[str]:
    lines = [""]
    for word in text.split():
        longer = f"{lines[-1]} {word}".strip()
        if font.getlength(longer) <= width:
            lines[-1] = longer
        elif len(lines) < limit:
            lines.append(word)
        else:
            lines[-1] += _ELLIPSIS
            break
    return [_shorten(line, font, width) for line in lines]


def _shorten(line: str, font: Font, width: int) -> str:
    """Cut to the width; the first cut goes by the average letter, so that a very long word costs no more."""
    if font.getlength(line) <= width:
        return line
    kept = max(1, int(len(line) * width / font.getlength(line)))
    while kept > 1 and font.getlength(line[:kept] + _ELLIPSIS) > width:
        kept -= 1
    return line[:kept] + _ELLIPSIS
