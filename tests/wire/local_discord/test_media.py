"""The size in pixels is read from headers that Pillow wrote."""

import io

import pytest
from PIL import Image

from bot.demo.local_discord.media import content_type, pixel_size


@pytest.mark.parametrize("form", ["PNG", "JPEG", "GIF", "WEBP"])
def test_size_of_a_picture(form: str) -> None:
    written = io.BytesIO()
    Image.new("RGB", (321, 123)).save(written, form)

    assert pixel_size(written.getvalue()) == (321, 123)


def test_size_of_a_lossless_webp() -> None:
    written = io.BytesIO()
    Image.new("RGBA", (321, 123)).save(written, "WEBP", lossless=True)

    assert pixel_size(written.getvalue()) == (321, 123)


@pytest.mark.parametrize("data", [b"", b"text", b"\xff\xd8", b"\xff\xd8\xff\xe0\x00", b"\x89PNG\r\n\x1a\n", b"GIF89a"])
def test_what_is_no_picture_has_no_size(data: bytes) -> None:
    assert pixel_size(data) is None


def test_type_goes_by_the_name() -> None:
    assert content_type("a.JPG") == "image/jpeg"
    assert content_type("a.webp") == "image/webp"
    assert content_type("a") is None
