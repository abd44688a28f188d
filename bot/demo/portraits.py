"""Drawn photos of a person who does not exist, to start the demo's conversation from."""

from __future__ import annotations

from io import BytesIO

from PIL import Image, ImageDraw, ImageFilter

SIZE = (1200, 1500)
SKIN, HAIR, SHIRT, LIPS, INK = "#d9a07c", "#3b2a20", "#4a6a58", "#a4534a", "#2a1f1b"


def indoors() -> bytes:
    """The person before a plain wall, as a JPEG of 1200 x 1500 pixels."""
    picture = _wall("#cfd8d3", "#9fb0a8")
    _person(picture, centre=600, tilt=0)
    return _jpeg(picture)


def outdoors() -> bytes:
    """The same person in a garden, a little to the side, as a JPEG of 1200 x 1500 pixels."""
    picture = _wall("#a9cfe8", "#7fa66a")
    draw = ImageDraw.Draw(picture)
    for left, top, radius in ((-80, 620, 260), (860, 560, 320), (250, 760, 200), (1050, 900, 260)):
        draw.ellipse((left, top, left + 2 * radius, top + 2 * radius), fill="#5f8a4e")
    picture = picture.filter(ImageFilter.GaussianBlur(14))
    _person(picture, centre=540, tilt=22)
    return _jpeg(picture)


def easel() -> bytes:
    """A painting on an easel, as a PNG of 900 x 900 pixels: something to bring into a picture."""
    picture = Image.new("RGB", (900, 900), "#efe6d6")
    draw = ImageDraw.Draw(picture)
    for foot in (200, 450, 700):
        draw.line((450, 120, foot, 880), fill="#7a5230", width=26)
    draw.rectangle((180, 160, 720, 600), fill="#fbf7ee", outline="#5a3b22", width=16)
    draw.ellipse((480, 210, 620, 350), fill="#f2b134")
    draw.polygon([(200, 585), (370, 360), (520, 585)], fill="#3f6f8f")
    draw.polygon([(400, 585), (560, 410), (705, 585)], fill="#57899c")
    buffer = BytesIO()
    picture.save(buffer, "PNG")
    return buffer.getvalue()


def _wall(top: str, bottom: str) -> Image.Image:
    shade = Image.linear_gradient("L").resize(SIZE)
    return Image.composite(Image.new("RGB", SIZE, bottom), Image.new("RGB", SIZE, top), shade)


def _person(picture: Image.Image, centre: int, tilt: int) -> None:
    """Draws head and shoulders; `tilt` moves the features sideways, as when a head is turned, in pixels."""
    draw = ImageDraw.Draw(picture)
    draw.rounded_rectangle((centre - 420, 1130, centre + 420, 1700), radius=230, fill=SHIRT)
    draw.rounded_rectangle((centre - 95, 930, centre + 95, 1240), radius=80, fill="#c68d6a")
    draw.ellipse((centre - 310, 300, centre + 310, 1010), fill=HAIR)
    draw.ellipse((centre - 250, 400, centre + 250, 1070), fill=SKIN)
    draw.pieslice((centre - 290, 310, centre + 290, 860), 182, 358, fill=HAIR)
    face = centre + tilt
    for side in (-1, 1):
        eye = face + side * 105
        draw.ellipse((eye - 48, 668, eye + 48, 724), fill="#fbf6f1")
        draw.ellipse((eye - 24, 670, eye + 24, 720), fill="#4c7a5a")
        draw.ellipse((eye - 10, 684, eye + 10, 706), fill=INK)
        draw.arc((eye - 66, 590, eye + 66, 700), 205, 335, fill=INK, width=14)
    draw.line((face, 700, face + 22, 830, face - 18, 846), fill="#b87d5c", width=12, joint="curve")
    draw.chord((face - 90, 860, face + 90, 960), 12, 168, fill=LIPS)


def _jpeg(picture: Image.Image) -> bytes:
    buffer = BytesIO()
    picture.filter(ImageFilter.GaussianBlur(1)).save(buffer, "JPEG", quality=92)
    return buffer.getvalue()
