"""One way of making pictures, measured in a process of its own: prints its figures as one line of JSON."""

from __future__ import annotations

import argparse
import asyncio
import gc
import json
import tempfile
from collections.abc import Awaitable, Callable
from dataclasses import asdict
from pathlib import Path

import structlog

from benchmarks.crowd import by_a_bare_client, history, through_the_bot
from benchmarks.floor import floor_of
from benchmarks.meters import measured
from benchmarks.service import Service
from benchmarks.straightforward import Straightforward
from bot import memory

TURNS = 12
WARM_UP_TURNS = 3
"""In another chat: what a process loads and builds once, and the memory that it keeps for itself."""


async def bot_turns(url: str, folder: Path, _picture: bytes) -> object:
    return await _bot_turns(url, folder, watched=False)


async def bot_stalls(url: str, folder: Path, _picture: bytes) -> object:
    """The same turns, watched for stalls, which takes CPU of its own."""
    return await _bot_turns(url, folder, watched=True)


async def _bot_turns(url: str, folder: Path, *, watched: bool) -> list[dict[str, float]]:
    memory.set_up()
    async with Service(url, folder / "warm-up.db") as service:
        for number in range(1, WARM_UP_TURNS + 1):
            await service.turn(number)
    return await _turns(Service(url, folder / "bot.db"), watched=watched)


async def straightforward_turns(url: str, folder: Path, _picture: bytes) -> object:
    return await _turns(Straightforward(url, folder / "straightforward.db"), watched=True)


async def floor(_url: str, _folder: Path, picture: bytes) -> object:
    return asdict(floor_of(picture))


async def bot_crowd(url: str, folder: Path, picture: bytes) -> object:
    memory.set_up()
    return await through_the_bot(url, folder / "bot.db", history(picture))


async def bare_crowd(url: str, _folder: Path, picture: bytes) -> object:
    return await by_a_bare_client(url, history(picture))


async def _turns(way: Service | Straightforward, *, watched: bool) -> list[dict[str, float]]:
    figures = []
    async with way:
        for number in range(1, TURNS + 1):
            gc.collect()
            async with measured(way.file, watched=watched) as cost:
                await way.turn(number)
            figures.append(asdict(cost))
    return figures


PARTS: dict[str, Callable[[str, Path, bytes], Awaitable[object]]] = {
    "bot-turns": bot_turns,
    "bot-stalls": bot_stalls,
    "straightforward-turns": straightforward_turns,
    "floor": floor,
    "bot-crowd": bot_crowd,
    "bare-crowd": bare_crowd,
}


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.worker", description=__doc__)
    parser.add_argument("part", choices=PARTS)
    parser.add_argument("--url", required=True, help="of a Gemini")
    parser.add_argument("--picture", type=Path, required=True, help="the JPEG with which it answers")
    arguments = parser.parse_args()
    structlog.configure(processors=[], logger_factory=structlog.ReturnLoggerFactory())
    with tempfile.TemporaryDirectory() as folder:
        part = PARTS[arguments.part](arguments.url, Path(folder), arguments.picture.read_bytes())
        print(json.dumps(asyncio.run(_awaited(part))))


async def _awaited(part: Awaitable[object]) -> object:
    return await part


if __name__ == "__main__":
    main()
