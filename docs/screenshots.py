"""Makes the pictures of the README from a run of the demo: python -m docs.screenshots

Needs Chromium, by the name of `chromium` or in the environment variable CHROMIUM.
"""

from __future__ import annotations

import asyncio
import os
import re
import subprocess
import tempfile
from pathlib import Path

from PIL import Image, ImageChops

from bot.demo.conversation import show

HERE = Path(__file__).parent
WIDTH, MOST_HEIGHT = 1000, 12_000
"""Pixels of the window; what stays empty below is cut off."""

QUALITY = 82
SHOWN = {
    "conversation": ("Alice begins with two photos", "put this beside me"),
    "timeline": ("/identity history", "/identity show"),
    "moderator": ("/identity-admin usage", "/privacy show"),
}
"""Words of the first article of the transcript that each picture shows, and of the first that it does not."""


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        asyncio.run(show(Path(folder), "1K", stay=False))
        page = (Path(folder) / "transcript.html").read_text(encoding="utf-8")
        for name, (first, end) in SHOWN.items():
            picture = _screenshot(_only(page, first, end), Path(folder))
            picture.save(HERE / f"{name}.jpg", "JPEG", quality=QUALITY)
            print(f"docs/{name}.jpg: {picture.width}x{picture.height}")


def _only(page: str, first: str, end: str) -> str:
    """The page with those of its articles alone."""
    articles = re.findall(r"<article.*?</article>", page, re.DOTALL)
    start, stop = (next(number for number, each in enumerate(articles) if words in each) for words in (first, end))
    before, after = page[: page.index("<h1>")], page[page.rindex("</article>") + len("</article>") :]
    return before + "\n".join(articles[start:stop]) + after


def _screenshot(page: str, folder: Path) -> Image.Image:
    source, target = folder / "page.html", folder / "page.png"
    source.write_text(page, encoding="utf-8")
    command = [
        os.environ.get("CHROMIUM", "chromium"),
        "--headless",
        "--no-sandbox",
        "--disable-gpu",
        "--hide-scrollbars",
        "--disable-background-networking",
        f"--user-data-dir={folder / 'chromium'}",
        f"--window-size={WIDTH},{MOST_HEIGHT}",
        f"--screenshot={target}",
        source.as_uri(),
    ]
    subprocess.run(command, check=True, stderr=subprocess.DEVNULL)  # noqa: S603 - the browser of whoever runs this
    with Image.open(target) as image:
        return _trimmed(image.convert("RGB"))


def _trimmed(image: Image.Image) -> Image.Image:
    """Without what is empty above and below."""
    background = Image.new("RGB", image.size, image.getpixel((0, image.height - 1)))
    box = ImageChops.difference(image, background).getbbox() or (0, 0, *image.size)
    return image.crop((0, max(0, box[1] - 16), image.width, min(image.height, box[3] + 16)))


if __name__ == "__main__":
    main()
