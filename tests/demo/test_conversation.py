"""`identity-bot demo`, run as a newcomer runs it."""

from __future__ import annotations

import asyncio
import re
import sys
from pathlib import Path

import pytest
from PIL import Image, ImageStat

from bot.__main__ import main
from wire.ready_interpreter import ReadyInterpreter


@pytest.fixture(scope="module")
def demo(identity_bot: ReadyInterpreter, tmp_path_factory: pytest.TempPathFactory) -> tuple[str, Path]:
    """What it printed, and the folder that it left."""
    folder = tmp_path_factory.mktemp("demo")
    out = folder / "new" / "folder"
    ended = asyncio.run(
        identity_bot.run(
            *("demo", "--once", "--size", "1K", "--out", str(out)),
            folder=folder,
            environment={"PATH": "", "GEMINI_MODEL": "a model of somebody's environment", "DISCORD_TOKEN": ""},
        )
    )
    assert ended.code == 0, ended.errors
    assert ended.errors == ""
    return ended.output, out


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


def test_without_simcord_the_demo_says_what_to_install(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    for name in [each for each in sys.modules if each.split(".")[0] == "simcord"]:
        monkeypatch.delitem(sys.modules, name)
    (tmp_path / "simcord.py").write_text("raise ModuleNotFoundError(name='simcord')")
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.delitem(sys.modules, "bot.demo.conversation", raising=False)
    monkeypatch.setattr(sys, "argv", ["identity-bot", "demo", "--once", "--out", str(tmp_path / "out")])

    with pytest.raises(SystemExit) as ended:
        main()

    assert ended.value.code == 1
    assert capsys.readouterr().err == "The demo needs SimCord: pip install 'identity-bot[demo]'\n"
    assert not (tmp_path / "out").exists()
