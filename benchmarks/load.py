"""Many members at once, over real sockets: how long they wait, and what the bot needs for them. Linux alone.

    python -m benchmarks.load [--members N] [--threads M] [--prompts P] [--check]

Three processes: the bot, a local Gemini, and this one, which is Discord and all its members.
"""

from __future__ import annotations

import argparse
import asyncio
import sys
from collections.abc import Iterator, Sequence
from itertools import accumulate
from math import ceil
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory

from benchmarks.members import Prompt
from benchmarks.turn_cost import write_picture
from benchmarks.under_load import BotEnded, Load, Plan, under_load

GEMINI_SECONDS = (15.0, 70.0)
"""What Google takes for a picture."""

ONE_K_PIXELS = (1376, 768)
PHOTO_PIXELS, PHOTO_NOISE = (4032, 3024), 15.0
"""As a phone takes them, with 3 or 4 MB."""

TOLERANCE_SECONDS = 1.0
"""So much after it was due a heartbeat may come. Discord names no number; it hangs up on a bot that has missed one."""

STALLS_SHOWN = (0.025, 0.1)
"""Seconds."""

Line = tuple[str, str]


def main() -> None:
    """Ends with 1 when the bot ended by itself and, with --check, when a prompt was lost or doubled or a heartbeat
    was late."""
    options = _parser().parse_args()
    plan = _plan(options)
    with TemporaryDirectory() as name:
        picture, photo = Path(name) / "picture.jpg", Path(name) / "photo.jpg"
        write_picture(picture, ONE_K_PIXELS)
        write_picture(photo, PHOTO_PIXELS, PHOTO_NOISE)
        _print_plan(plan, picture, photo)
        try:
            load = asyncio.run(under_load(plan, Path(name), picture, photo.read_bytes()))
        except BotEnded as error:
            sys.exit(str(error))
    for words, value in (*_answers(plan, load), *_waiting(load), *_cost(load), *_promptness(plan, load)):
        print(f"{words:<56}{value:>18}")
    for text, times in (load.warnings + load.complaints).most_common():
        print(f"  {times} x {text}")
    sys.exit(1 if options.check and (_lost(load) or _doubled(load) or _late(load)) else 0)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.load", description=(__doc__ or "").splitlines()[0])
    add = parser.add_argument
    add("--members", type=int, default=200, help="each has a chat of their own (200)")
    add("--threads", type=int, help="in which those chats live (as many as members)")
    add("--prompts", type=int, default=3, help="of each member, the start included (3)")
    add("--concurrency", type=int, help="the bot's GEMINI_CONCURRENCY (as many as members)")
    add("--latency-scale", type=float, default=1.0, help="Gemini's time, against Google's 15 to 70 s (1)")
    add("--arrive", type=float, default=10.0, help="seconds within which all members start (10)")
    add("--heartbeat", type=float, default=5.0, help="seconds between two heartbeats; Discord asks for 41.25 (5)")
    add("--minutes", type=float, default=10.0, help="all is over after that; what is not answered then is lost (10)")
    add("--check", action="store_true", help="end with 1 when a prompt was lost or doubled, or a heartbeat was late")
    return parser


def _plan(options: argparse.Namespace) -> Plan:
    low, high = GEMINI_SECONDS
    return Plan(
        members=options.members,
        threads=min(options.threads or options.members, options.members),
        prompts=options.prompts,
        concurrency=options.concurrency or options.members,
        latency=(low * options.latency_scale, high * options.latency_scale),
        arrive=options.arrive,
        heartbeat=options.heartbeat,
        minutes=options.minutes,
    )


def _print_plan(plan: Plan, picture: Path, photo: Path) -> None:
    low, high = plan.latency
    print(
        f"{plan.members} members in {plan.threads} threads, {plan.prompts} prompts each, all begun in {plan.arrive:g} s"
    )
    print(f"Gemini takes {low:g} to {high:g} s, any time between as likely; its pictures have {_size(picture)}")
    print(f"each member attaches a photo of {_size(photo)}; GEMINI_CONCURRENCY is {plan.concurrency}\n", flush=True)


def _size(file: Path) -> str:
    return _megabytes(file.stat().st_size)


def _megabytes(size: int) -> str:
    return f"{size / 1_000_000:.1f} MB"


def _lost(load: Load) -> int:
    return sum(not each.shown_at for each in load.prompts)


def _doubled(load: Load) -> int:
    return sum(len(each.shown_at) > 1 for each in load.prompts)


def _late(load: Load) -> int:
    return sum(delay > TOLERANCE_SECONDS for delay in load.heartbeat_delays)


def _answers(plan: Plan, load: Load) -> Iterator[Line]:
    shown = [min(each.shown_at) for each in load.prompts if each.shown_at]
    yield f"prompts written, of {plan.members * plan.prompts}", f"{len(load.prompts)}"
    yield "  answered with one picture", f"{len(shown) - _doubled(load)}"
    yield "  lost, or not answered when the time was up", f"{_lost(load)}"
    yield "  answered more than once", f"{_doubled(load)}"
    yield "most prompts under way at once", f"{_most_at_once(load)}"
    minutes = (max(shown, default=load.ended) - load.began) / 60
    yield "minutes from the first prompt to the last picture", f"{minutes:.1f}"
    yield "answered prompts a minute", f"{len(shown) / minutes:.0f}"


def _most_at_once(load: Load) -> int:
    asked = [(each.asked_at, 1) for each in load.prompts]
    shown = [(min(each.shown_at), -1) for each in load.prompts if each.shown_at]
    return max(accumulate(change for _, change in sorted(asked + shown)), default=0)


def _waiting(load: Load) -> Iterator[Line]:
    answered = [each for each in load.prompts if each.shown_at]
    firsts, edits = ([each for each in answered if each.first is first] for first in (True, False))
    for words, prompts in (("waiting time", answered), ("  first pictures", firsts), ("  edits", edits)):
        yield f"{words}, median and 99th of 100", _middle_and_edge([_wait(each) for each in prompts])
    for words, prompts in (("first pictures", firsts), ("edits", edits)):
        beside = [_wait(each) - load.calls[each.id] for each in prompts if each.id in load.calls]
        yield f"  without Gemini's part, {words}", _middle_and_edge(beside)
    yield "longest until a command was heard (Discord allows 3 s)", f"{max(load.reactions, default=0):.2f} s"


def _wait(prompt: Prompt) -> float:
    return min(prompt.shown_at) - prompt.asked_at


def _middle_and_edge(seconds: Sequence[float]) -> str:
    if not seconds:
        return "none"
    edge = sorted(seconds)[ceil(len(seconds) * 0.99) - 1]
    return f"{median(seconds):.2f} s {edge:>7.2f} s"


def _cost(load: Load) -> Iterator[Line]:
    seconds = load.ended - load.began
    yield "the bot's CPU", f"{load.bot.cpu:.1f} s"
    yield "  a prompt", f"{load.bot.cpu / max(1, len(load.prompts)) * 1000:.0f} ms"
    for name, usage in (("", load.bot), ("; Discord and its members", load.discord), ("; Gemini", load.gemini)):
        yield f"  share of one core{name}", f"{usage.cpu / seconds:.0%}"
    yield "the bot's memory before the first prompt", _megabytes(load.bot.memory)
    yield "  at most", _megabytes(load.bot.most_memory)


def _promptness(plan: Plan, load: Load) -> Iterator[Line]:
    yield "longest stall of the bot's event loop", f"{max(load.stalls, default=0) * 1000:.0f} ms"
    for limit in STALLS_SHOWN:
        yield f"  stalls of more than {limit * 1000:.0f} ms", f"{sum(each > limit for each in load.stalls)}"
    yield "  longest of the local Discord's own", f"{max(load.discord_stalls, default=0) * 1000:.0f} ms"
    yield f"heartbeats, one due every {plan.heartbeat:g} s", f"{len(load.heartbeat_delays)}"
    yield "  the latest was late by", f"{max(load.heartbeat_delays, default=0) * 1000:.0f} ms"
    yield f"  late by more than {TOLERANCE_SECONDS:g} s", f"{_late(load)}"
    yield "  missed", f"{sum(delay >= plan.heartbeat for delay in load.heartbeat_delays)}"
    yield "connections to the gateway", f"{load.connections}"
    yield "warnings and errors in the bot's log", f"{load.warnings.total()}"


if __name__ == "__main__":
    main()
