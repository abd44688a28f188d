"""What intake and fitting both do to pixels."""

from __future__ import annotations

from io import BytesIO

from PIL import ExifTags, Image

_TURNS = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}
"""What sets a picture upright, by its EXIF orientation; Pillow counts degrees against the clock."""


def in_plain_mode(image: Image.Image) -> Image.Image:
    """In mode L, RGB or CMYK, those that an ICC profile is made for; what is transparent becomes white.

    EXIF and profile go along, in `info`.
    """
    if image.mode == "I;16":  # `convert` alone would clip: all that is brighter than 255 of 65535 turns white
        return image.point(lambda value: value / 256).convert("L")
    if image.has_transparency_data:
        layer = image if image.mode == "RGBA" else image.convert("RGBA")
        paper = Image.new("RGB", layer.size, "white")
        paper.paste(layer, mask=layer)
        paper.info = layer.info
        return paper
    if image.mode in ("L", "RGB", "CMYK"):
        return image
    return image.convert("L" if image.mode == "1" else "RGB")


def upright(image: Image.Image) -> Image.Image:
    """Turned as its EXIF says. HEIC comes turned from pillow-heif, which resets the EXIF, so never twice.

    Not Pillow's `exif_transpose`, which also writes the EXIF anew and so fails on any odd tag in it.
    """
    turn = _TURNS.get(orientation(image))
    return image if turn is None else image.transpose(turn)


def orientation(image: Image.Image) -> int:
    """The EXIF orientation, 1 to 8; 1, as it is, where there is none or it cannot be read."""
    try:
        value = image.getexif().get(ExifTags.Base.Orientation)
    except Exception:  # noqa: BLE001  (broken EXIF raises nearly anything, and the pixels are fine)
        return 1
    return value if isinstance(value, int) and 1 <= value <= 8 else 1


def jpeg(image: Image.Image, quality: int) -> bytes:
    """Encodes the pixels and nothing that came with them: no EXIF, GPS, XMP, ICC profile or comment."""
    bare = Image.new("RGB", image.size)
    bare.paste(image)
    file = BytesIO()
    bare.save(file, "JPEG", quality=quality)
    return file.getvalue()
