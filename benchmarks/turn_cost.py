"""What a turn of a 4K chat costs, against the straightforward way and against the least that it could.

    python -m benchmarks.turn_cost [--runs N] [--check]

Everything is drawn by one local Gemini in a process of its own; every way runs in another. With --check it ends with
1 when a target is missed.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from statistics import median
from typing import Any

import structlog
from PIL import Image

from benchmarks.crowd import CHATS
from benchmarks.town import opening_seconds, start_seconds
from benchmarks.worker import TURNS

FEW_CHATS, MANY_CHATS = 10, 10_000
CROWD_LATENCY_SECONDS = 2.0
FOUR_K_PIXELS = (5504, 3072)
"""At 16:9."""
Turns = list[dict[str, float]]


@dataclass(frozen=True)
class Figure:
    """One line of the table; `good` is None for what is shown without a target."""

    name: str
    value: str
    target: str = ""
    good: bool | None = None


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.turn_cost", description=__doc__)
    parser.add_argument("--runs", type=int, default=5, help="how often each is run (default: 5); medians are shown")
    parser.add_argument("--check", action="store_true", help="end with 1 when a target is missed")
    arguments = parser.parse_args()
    structlog.configure(processors=[], logger_factory=structlog.ReturnLoggerFactory())
    with tempfile.TemporaryDirectory() as folder:
        picture = Path(folder) / "picture.jpg"
        write_picture(picture)
        size = picture.stat().st_size
        figures = [*turn_figures(picture, size, arguments.runs), *crowd_figures(picture, arguments.runs)]
    figures += town_figures(arguments.runs)
    print_targets(figures)
    missed = any(figure.good is False for figure in figures)
    sys.exit(1 if arguments.check and missed else 0)


def write_picture(file: Path, size: tuple[int, int] = FOUR_K_PIXELS, noise: float = 40) -> None:
    """A JPEG that has a byte for two pixels, or with less noise less: 8 MB in 4K."""
    grain, light = Image.effect_noise(size, noise), Image.linear_gradient("L").resize(size)
    Image.blend(grain, light, 0.5).convert("RGB").save(file, "JPEG", quality=90)


def turn_figures(picture: Path, size: int, runs: int) -> Iterator[Figure]:
    with gemini(picture) as url:
        work = partial(worker, url=url, picture=picture)
        each = [(bot_turns(work), work("straightforward-turns"), work("floor")) for _ in range(runs)]
    bot, plain = [run[0] for run in each], [run[1] for run in each]
    floor = {name: median(run[2][name] for run in each) for name in each[0][2]}
    print_turns(bot, plain, floor, size)
    share = at(plain, 8, "cpu") / at(bot, 8, "cpu")
    yield Figure("own CPU at turn 8, against the straightforward way", f"1/{share:.1f}", "1/15", share >= 15)
    moving = floor["encoding"] + floor["reading"] + floor["sending"]
    growth = growth_without(bot, moving)
    name = "own CPU, turn 12 against turn 2, the request's base64 (read, encoded, sent) taken out"
    yield Figure(name, f"{growth:.2f}x", "1.2x", growth <= 1.2)
    yield Figure("    the same, its encoding alone taken out", f"{growth_without(bot, floor['encoding']):.2f}x")
    written = max(at(bot, turn, "written") for turn in range(1, TURNS + 1)) / size
    yield Figure("bytes committed a turn, against the new picture's", f"{written:.3f}x", "1.05x", written <= 1.05)
    disk = max(at(bot, turn, "disk") for turn in range(1, TURNS + 1)) / size
    yield Figure("    all bytes written to files, the log's copy included", f"{disk:.3f}x")
    stall = worst(bot, "stall")
    yield Figure("longest stall of the event loop in any turn", f"{stall * 1000:.0f} ms", "25 ms", stall <= 0.025)
    memory = worst(bot, "memory") / size
    yield Figure("memory of one turn in flight, in pictures", f"{memory:.2f}", "2", memory <= 2)


def bot_turns(work: Callable[[str], Any]) -> Turns:
    """What each turn costs, and its stall from a run of its own."""
    costs, watched = work("bot-turns"), work("bot-stalls")
    return [{**cost, "stall": seen["stall"]} for cost, seen in zip(costs, watched, strict=True)]


def crowd_figures(picture: Path, runs: int) -> Iterator[Figure]:
    with gemini(picture, "--latency", str(CROWD_LATENCY_SECONDS)) as url:
        work = partial(worker, url=url, picture=picture)
        seconds = [(work("bot-crowd"), work("bare-crowd")) for _ in range(runs)]
    bot, bare = (median(run[way] for run in seconds) for way in (0, 1))
    name = f"{CHATS} chats at once with 60 MB of history, against a bare client ({bare:.1f} s)"
    yield Figure(name, f"{bot / bare:.2f}x", "1.5x", bot / bare <= 1.5)


def town_figures(runs: int) -> Iterator[Figure]:
    with tempfile.TemporaryDirectory() as folder:
        none, many = asyncio.run(start_seconds(Path(folder), (0, MANY_CHATS), runs))
    more = many - none
    name = f"start with {MANY_CHATS:,} chats of ten turns, against none ({none:.1f} s)"
    yield Figure(name, f"{more:+.2f} s", "+1 s", more <= 1)
    with tempfile.TemporaryDirectory() as folder:
        few, among_many = asyncio.run(opening_seconds(Path(folder), FEW_CHATS, MANY_CHATS))
    name = f"opening one chat among {MANY_CHATS:,}, against among {FEW_CHATS} ({few * 1000:.1f} ms)"
    yield Figure(name, f"{among_many / few:.2f}x", "1.2x", among_many / few <= 1.2)


@contextmanager
def gemini(picture: Path, *options: str) -> Iterator[str]:
    """The url of a local Gemini that answers with that picture."""
    command = [sys.executable, "-m", "bot.demo.local_gemini", "--picture", str(picture)]
    command += ["--max-request-bytes", str(1 << 30), *options]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:  # noqa: S603 - our own module
        try:
            assert process.stdout is not None  # noqa: S101 - it is a pipe
            yield process.stdout.readline().strip()
        finally:
            process.terminate()


def worker(part: str, *, url: str, picture: Path) -> Any:
    command = [sys.executable, "-m", "benchmarks.worker", part, "--url", url, "--picture", str(picture)]
    print(f"  {part} ...", file=sys.stderr)
    return json.loads(subprocess.run(command, stdout=subprocess.PIPE, check=True).stdout)  # noqa: S603 - our own module


def at(runs: list[Turns], turn: int, name: str) -> float:
    return median(run[turn - 1][name] for run in runs)


def worst(runs: list[Turns], name: str) -> float:
    return median(max(turn[name] for turn in run) for run in runs)


def growth_without(runs: list[Turns], seconds_a_picture: float) -> float:
    """Turn 12 against turn 2, of which each sends a picture for every turn before it."""
    late, early = (at(runs, turn, "cpu") - (turn - 1) * seconds_a_picture for turn in (12, 2))
    return late / early


def print_turns(bot: list[Turns], plain: list[Turns], floor: dict[str, float], size: int) -> None:
    print(f"\nOne turn, pictures of {size:,} bytes; the straightforward way in brackets\n")
    print("| turn | own CPU, s | least CPU, s | above it | stall, ms | memory, pictures | committed, pictures |")
    print("|---|---|---|---|---|---|---|")
    for turn in range(1, TURNS + 1):
        least = floor["receiving"] + (turn - 1) * (floor["encoding"] + floor["reading"] + floor["sending"])
        own, other = ({name: at(way, turn, name) for name in way[0][0]} for way in (bot, plain))
        print(
            f"| {turn} | {own['cpu']:.2f} ({other['cpu']:.1f}) | {least:.2f} | {own['cpu'] / least:.1f}x "
            f"| {own['stall'] * 1000:.0f} ({other['stall'] * 1000:.0f}) "
            f"| {own['memory'] / size:.1f} ({other['memory'] / size:.1f}) "
            f"| {own['written'] / size:.2f} ({other['written'] / size:.2f}) |"
        )


def print_targets(figures: list[Figure]) -> None:
    print("\n| figure | measured | target | |\n|---|---|---|---|")
    for figure in figures:
        mark = {True: "reached", False: "MISSED", None: ""}[figure.good]
        print(f"| {figure.name} | {figure.value} | {figure.target} | {mark} |")


if __name__ == "__main__":
    main()
