"""Kills the bot at random moments while members write to it, and counts what became of their prompts.

The real process, a local Discord and a local Gemini; `tests/wire/kills.py` says what happens. Several bots live and
die side by side, each with its own database, Discord and Gemini, and give way to others after some kills.
"""

from __future__ import annotations

import argparse
import asyncio
import sys
from collections.abc import Iterator
from contextlib import nullcontext
from pathlib import Path
from tempfile import TemporaryDirectory
from time import monotonic

from wire.bot_process import Launch, launch_as_people_do
from wire.kills import Phase, Tally, run_kills
from wire.ready_interpreter import ready_interpreter

SIDE_BY_SIDE = 4
KILLS_OF_ONE = 25
START_SECONDS = 3.0
QUICK_START_SECONDS = 0.5


def main() -> None:
    """Ends with 0, or with 1 when a prompt was lost or answered twice or a database was damaged."""
    arguments = _parser().parse_args()
    began = monotonic()
    tally = asyncio.run(_killed(arguments.kills, arguments.seed, began + 60 * arguments.minutes, arguments.quick))
    _report(tally, monotonic() - began)
    sys.exit(1 if tally.faults else 0)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.kills", description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--kills", type=int, default=500)
    parser.add_argument("--seed", type=int, default=1, help="of the first bot; each further one has the next number")
    parser.add_argument("--minutes", type=float, default=30, help="kill no more after that time (30)")
    parser.add_argument(
        "--quick", action="store_true", help="fork from an interpreter that has imported the bot, as the tests do"
    )
    return parser


async def _killed(kills: int, seed: int, until: float, quick: bool) -> Tally:
    portions = enumerate(_portions(kills), seed)
    with ready_interpreter() if quick else nullcontext() as interpreter:
        launch = launch_as_people_do if interpreter is None else interpreter.launch_bot
        seconds = START_SECONDS if interpreter is None else QUICK_START_SECONDS
        async with asyncio.TaskGroup() as group:
            lines = [group.create_task(_line(portions, launch, seconds, until)) for _ in range(SIDE_BY_SIDE)]
    return sum((line.result() for line in lines), Tally())


def _portions(kills: int) -> Iterator[int]:
    while kills > 0:
        yield min(kills, KILLS_OF_ONE)
        kills -= KILLS_OF_ONE


async def _line(portions: Iterator[tuple[int, int]], launch: Launch, start_seconds: float, until: float) -> Tally:
    """One bot after another, until none is left."""
    tally = Tally()
    for seed, kills in portions:
        if monotonic() > until:
            break
        with TemporaryDirectory() as folder:
            part = await run_kills(
                Path(folder), launch, seed=seed, kills=kills, start_seconds=start_seconds, until=until
            )
        print(f"seed {seed}: {part.kills.total()} kills, {part.prompts} prompts", *part.faults, sep="\n  ", flush=True)
        tally += part
    return tally


def _report(tally: Tally, seconds: float) -> None:
    kills = tally.kills.total()
    print(f"\n{'kills':<60}{kills:>6}")
    for phase in Phase:
        print(f"  {phase.words:<58}{tally.kills[phase]:>6}")
    for words, number in (
        ("PRAGMA integrity_check after a kill: ok", tally.sound),
        ("prompts", tally.prompts),
        ("  answered with one picture", tally.answered_once),
        ("  lost", tally.lost),
        ("  answered twice", tally.doubled),
        ("asked of Gemini once more", tally.drawn_again),
        ("starts not taken before a kill, and asked for again", tally.starts_not_taken),
        ("  messages in the threads of those, which nobody answers", tally.written_in_vain),
        ("other faults", len(tally.faults) - tally.lost - tally.doubled),
    ):
        print(f"{words:<60}{number:>6}")
    print(f"{'minutes':<60}{seconds / 60:>6.1f}")


if __name__ == "__main__":
    main()
