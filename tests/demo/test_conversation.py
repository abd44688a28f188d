"""`identity-bot demo`, run as a newcomer runs it."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest
from PIL import Image, ImageStat

REPOSITORY = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> tuple[str, Path]:
    """What it printed, and the folder that it left."""
    out = tmp_path_factory.mktemp("demo") / "new" / "folder"
    ended = subprocess.run(  # noqa: S603
        [sys.executable, "-m", "bot", "demo", "--once", "--size", "1K", "--out", str(out)],
        cwd=REPOSITORY,
        env={"PATH": "", "GEMINI_MODEL": "a model of somebody's environment", "DISCORD_TOKEN": ""},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert ended.returncode == 0, ended.stderr
    assert ended.stderr == ""
    return ended.stdout, out


def test_the_demo_holds_the_whole_conversation(demo: tuple[str, Path]) -> None:
    printed, _ = demo

    for step in (
        "/identity start",
        "make the lighting warmer",
        "[05-easel.png",
        "filters blocked it",
        "asked by @mona",
        "/identity undo",
        "in reply to v2",
        "/identity again",
        "/identity history",
        "about 0.27 USD",
        "8 pictures and 9 prompts",
    ):
        assert step in printed
    assert re.findall(r"\*\*v(\d)\*\*", printed) == ["1", "2", "3", "4", "5", "6", "7", "8", "8", "8"]
    assert printed.index("stopped and started again") < printed.index("add a vignette")


def test_the_demo_leaves_its_pictures(demo: tuple[str, Path]) -> None:
    _, out = demo

    versions = sorted(out.glob("*-identity-v*.jpg"))
    assert len(versions) == 9  # eight versions, and the newest once more for /identity show
    for file in versions:
        with Image.open(file) as picture:
            assert picture.size == (1376, 768)


def test_the_pictures_show_what_was_asked_for(demo: tuple[str, Path]) -> None:
    _, out = demo

    means = {}
    for version in (1, 2, 5):
        with Image.open(next(out.glob(f"*-identity-v{version}-*.jpg"))) as picture:
            picture.draft("RGB", (344, 192))
            means[version] = ImageStat.Stat(picture.convert("RGB")).mean
    assert means[2][0] - means[2][2] > means[1][0] - means[1][2] + 5  # warmer
    assert max(means[5]) - min(means[5]) < 2  # black and white


def test_the_transcript_holds_its_pictures(demo: tuple[str, Path]) -> None:
    _, out = demo

    page = (out / "transcript.html").read_text(encoding="utf-8")
    links = re.findall(r'<a href="([^"]+)"><img src="data:image/jpeg;base64,', page)
    assert len(links) == 14
    assert all((out / link).exists() for link in links)
    assert "<b>v2</b>" in page
    assert "stand-in for Gemini" in page


def test_without_simcord_the_demo_says_what_to_install(tmp_path: Path) -> None:
    (tmp_path / "simcord.py").write_text("raise ModuleNotFoundError(name='simcord')")

    ended = subprocess.run(  # noqa: S603
        [sys.executable, "-m", "bot", "demo", "--once", "--out", str(tmp_path / "out")],
        cwd=REPOSITORY,
        env={"PYTHONPATH": str(tmp_path)},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )

    assert ended.returncode == 1
    assert ended.stderr == "The demo needs SimCord: pip install 'identity-bot[demo]'\n"
