"""Pictures to test with, drawn or put together byte by byte."""

from __future__ import annotations

import random
import struct
import zlib
from io import BytesIO
from typing import Any

import pillow_heif
from PIL import Image

from bot.domain import Picture, RawPhoto
from bot.imaging.intake import clean_photo

pillow_heif.register_heif_opener()

Colour = tuple[int, int, int]

RED: Colour = (255, 0, 0)
BLUE: Colour = (0, 0, 255)
WHITE: Colour = (255, 255, 255)


def red_corner(width: int = 96, height: int = 64) -> Image.Image:
    """Blue, its top left quarter red."""
    image = Image.new("RGB", (width, height), BLUE)
    image.paste(RED, (0, 0, width // 2, height // 2))
    return image


def noise(width: int, height: int) -> Image.Image:
    """Grain on a coarse pattern, the same each time, which compresses about as badly as a busy photo."""
    bytes_needed = width * height // 4 * 3
    seeded = random.Random(7)
    grain = Image.frombytes("RGB", (width // 2, height // 2), seeded.randbytes(bytes_needed))
    return grain.resize((width, height), Image.Resampling.BICUBIC)


def clean(data: bytes, name: str = "photo.jpg") -> Picture:
    """What the bot makes of a photo. Raises UnusablePhoto."""
    return clean_photo(RawPhoto(name, data))


def encoded(image: Image.Image, file_format: str, **options: Any) -> bytes:
    file = BytesIO()
    image.save(file, file_format, **options)
    return file.getvalue()


def decoded(data: bytes) -> Image.Image:
    image = Image.open(BytesIO(data))
    image.load()
    return image


def colour_at(data: bytes, x: float, y: float) -> Colour:
    """The colour at fractions of width and height, after decoding."""
    image = decoded(data).convert("RGB")
    colour = image.getpixel((int(image.width * x), int(image.height * y)))
    assert isinstance(colour, tuple)
    return (int(colour[0]), int(colour[1]), int(colour[2]))


def is_near(colour: Colour, expected: Colour, tolerance: int = 8) -> bool:
    """Whether each channel is as expected, but for what encoding does to it."""
    return all(abs(a - b) <= tolerance for a, b in zip(colour, expected, strict=True))


def corner_of(data: bytes, colour: Colour) -> str:
    """Which corner shows the colour, the others not: "top left" and so on."""
    places = {
        "top left": (0.2, 0.2),
        "top right": (0.8, 0.2),
        "bottom left": (0.2, 0.8),
        "bottom right": (0.8, 0.8),
    }
    return " and ".join(name for name, at in places.items() if is_near(colour_at(data, *at), colour, 40))


def exif(orientation: int) -> Image.Exif:
    """What a phone writes: how it was held, its maker, and where it was."""
    tags = Image.Exif()
    tags[0x0112] = orientation
    tags[0x010F] = "Phonemaker"
    tags.get_ifd(0x8825).update({1: "N", 2: (52.0, 31.0, 12.0), 3: "E", 4: (13.0, 24.0, 18.0)})
    return tags


def png_chunk(kind: bytes, payload: bytes) -> bytes:
    checksum = struct.pack(">I", zlib.crc32(kind + payload))
    return struct.pack(">I", len(payload)) + kind + payload + checksum


def png_header(width: int, height: int) -> bytes:
    """The start of a grey PNG of that size, with a handful of bytes for its pixels: all that a bomb takes."""
    header = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    pixels = png_chunk(b"IDAT", zlib.compress(bytes(1000)))
    return b"\x89PNG\r\n\x1a\n" + png_chunk(b"IHDR", header) + pixels + png_chunk(b"IEND", b"")


def display_p3() -> bytes:
    """An ICC profile with Display P3's primaries (adapted to D50) and gamma 2.2, laid out by ICC.1:2001."""
    tags = {
        b"wtpt": _xyz(0.9642, 1.0, 0.8249),
        b"rXYZ": _xyz(0.51512, 0.24120, -0.00105),
        b"gXYZ": _xyz(0.29198, 0.69225, 0.04189),
        b"bXYZ": _xyz(0.15710, 0.06657, 0.78407),
    }
    gamma = b"curv" + struct.pack(">IIHxx", 0, 1, round(2.2 * 256))
    tags |= {b"rTRC": gamma, b"gTRC": gamma, b"bTRC": gamma}
    return _icc_profile(b"mntrRGB XYZ ", tags)


def grey_press() -> bytes:
    """An ICC profile of a press that knows mid-grey (L* = 50), whatever the inks, and black for full key."""
    straight = bytes(range(256))
    identity = struct.pack(">9i", *(65536 if place % 4 == 0 else 0 for place in range(9)))
    grid = bytes([127, 128, 128, 0, 128, 128]) * 2**3
    table = b"mft1" + bytes(4) + bytes([4, 3, 2, 0]) + identity + straight * 4 + grid + straight * 3
    return _icc_profile(b"prtrCMYKLab ", {b"wtpt": _xyz(0.9642, 1.0, 0.8249), b"A2B0": table})


def _icc_profile(kind: bytes, tags: dict[bytes, bytes]) -> bytes:
    """Version 2.4; `kind` is device class, colour space and connection space. Tags begin at multiples of four."""
    directory, body = struct.pack(">I", len(tags)), b""
    start = 128 + 4 + 12 * len(tags)
    for name, payload in tags.items():
        directory += name + struct.pack(">II", start + len(body), len(payload))
        body += payload + bytes(-len(payload) % 4)
    head = struct.pack(">I4xI", start + len(body), 0x02400000) + kind + bytes(12) + b"acsp"
    head = head.ljust(68, b"\0") + struct.pack(">iii", 63190, 65536, 54061)
    return head.ljust(128, b"\0") + directory + body


def _xyz(x: float, y: float, z: float) -> bytes:
    return b"XYZ " + bytes(4) + struct.pack(">iii", *(round(value * 65536) for value in (x, y, z)))
