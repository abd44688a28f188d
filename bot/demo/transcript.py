"""What was said and shown, printed as it happens and kept as a page."""

from __future__ import annotations

import base64
import html
import re
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path

from PIL import Image

from bot.demo.montage import write_montage

PREVIEW_WIDTH = 960
"""Pixels of a picture on the page; the page links to the picture as it was posted."""

STYLE = """
body { margin: 0; background: #313338; color: #dbdee1; font: 16px/1.45 system-ui, sans-serif; }
main { max-width: 62rem; margin: 0 auto; padding: 2rem 1rem 4rem; }
h1 { font-size: 1.4rem; } .about, .where { color: #949ba4; }
article { margin: 1.1rem 0; padding-left: .9rem; border-left: 3px solid #4e5058; }
article.bot { border-color: #5865f2; } article.note { border-color: #f0b232; color: #f0b232; }
.who { font-weight: 600; color: #f2f3f5; } .where { font-size: .85rem; margin-left: .5rem; }
article.person img { max-height: 18rem; margin-right: .5rem; }
p { margin: .15rem 0; white-space: pre-wrap; } img { max-width: 100%; border-radius: 8px; margin-top: .4rem; }
"""


@dataclass(frozen=True)
class Shown:
    """A picture in the conversation: the file it was saved to, and its preview."""

    file: str
    preview: bytes
    width: int
    height: int
    byte_size: int
    alt: str


@dataclass(frozen=True)
class Entry:
    """One thing that somebody said, `where` it could be read."""

    who: str
    where: str
    text: str
    shown: tuple[Shown, ...] = ()
    kind: str = "person"


class Transcript:
    """Prints each entry at once; `write` leaves the page beside the pictures in `folder`."""

    def __init__(self, folder: Path) -> None:
        """Makes the folder, if it is not there. Raises OSError when it cannot be made."""
        folder.mkdir(parents=True, exist_ok=True)
        self._folder = folder
        self._entries: list[Entry] = []
        self._pictures = 0
        self._versions: list[tuple[bytes, str]] = []

    def note(self, text: str) -> None:
        """Something that happens beside the conversation."""
        self._add(Entry("", "", text, kind="note"))

    def person(self, who: str, where: str, text: str, files: tuple[tuple[str, bytes], ...] = ()) -> None:
        self._add(Entry(who, where, text, tuple(self._keep(name, data, name) for name, data in files)))

    def version(self, number: int, picture: bytes, prompt: str) -> None:
        """A picture for the sheet of all versions."""
        self._versions.append((picture, f"v{number}  {prompt}"))

    def bot(self, where: str, text: str, files: tuple[tuple[str, bytes, str], ...] = ()) -> None:
        """`files` are names, bytes and descriptions."""
        shown = tuple(self._keep(name, data, alt) for name, data, alt in files)
        self._add(Entry("Identity Bot", where, text, shown, kind="bot"))

    def write(self) -> Path:
        """Leaves `transcript.html` and `versions.jpg`, and answers where the page is."""
        write_montage(self._folder / "versions.jpg", self._versions)
        page = self._folder / "transcript.html"
        page.write_text(_page(self._entries), encoding="utf-8")
        return page

    def _add(self, entry: Entry) -> None:
        self._entries.append(entry)
        if entry.kind == "note":
            print(f"\n--- {entry.text}\n", flush=True)  # noqa: T201
            return
        print(f"{entry.who} ({entry.where}): {entry.text}", flush=True)  # noqa: T201
        for each in entry.shown:
            size = f"{each.width}x{each.height}, {each.byte_size / 1e6:.1f} MB"
            print(f"    [{each.file}: {size}]", flush=True)  # noqa: T201

    def _keep(self, name: str, data: bytes, alt: str) -> Shown:
        self._pictures += 1
        file = f"{self._pictures:02}-{name}"
        (self._folder / file).write_bytes(data)
        with Image.open(BytesIO(data)) as image:
            size = image.size
            image.draft("RGB", (PREVIEW_WIDTH, PREVIEW_WIDTH))
            preview = image.convert("RGB")
        preview.thumbnail((PREVIEW_WIDTH, PREVIEW_WIDTH))
        buffer = BytesIO()
        preview.save(buffer, "JPEG", quality=85)
        return Shown(file, buffer.getvalue(), *size, len(data), alt)


def _page(entries: list[Entry]) -> str:
    articles = "\n".join(map(_article, entries))
    return (
        '<!doctype html>\n<html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width">'
        f"<title>A conversation with Identity Bot</title><style>{STYLE}</style>\n<main>\n"
        "<h1>A conversation with Identity Bot</h1>\n"
        '<p class="about">The bot is the real one. Discord is simulated, and a local stand-in for Gemini draws the '
        "pictures: it does what the words ask with simple means and knows nothing of photography.</p>\n"
        f"{articles}\n</main></html>\n"
    )


def _article(entry: Entry) -> str:
    if entry.kind == "note":
        return f'<article class="note"><p>{html.escape(entry.text)}</p></article>'
    pictures = "".join(map(_picture, entry.shown))
    return (
        f'<article class="{entry.kind}"><span class="who">{html.escape(entry.who)}</span>'
        f'<span class="where">{html.escape(entry.where)}</span><p>{_marked_up(entry.text)}</p>{pictures}</article>'
    )


def _picture(shown: Shown) -> str:
    encoded = base64.b64encode(shown.preview).decode()
    alt = html.escape(shown.alt, quote=True)
    return f'<a href="{shown.file}"><img src="data:image/jpeg;base64,{encoded}" alt="{alt}"></a>'


def _marked_up(text: str) -> str:
    """Bold and code as Discord shows them, and what is escaped in its plain form."""
    marked = re.sub(r"\*\*(.+?)\*\*", r"<b>\1</b>", html.escape(text))
    marked = re.sub(r"`(.+?)`", r"<code>\1</code>", marked)
    return re.sub(r"\\([\W_])", r"\1", marked)
