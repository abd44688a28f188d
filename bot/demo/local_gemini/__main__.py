"""Runs the local Gemini as a process of its own, until SIGINT or SIGTERM."""

from __future__ import annotations

import argparse
import asyncio
import signal
import sys
from pathlib import Path

from bot.demo.local_gemini.server import LocalGemini


async def serve(gemini: LocalGemini) -> None:
    """Prints the url in a line of its own once requests are taken."""
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stop.set)
    async with gemini:
        sys.stdout.write(f"{gemini.url}\n")
        sys.stdout.flush()
        await stop.wait()


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m bot.demo.local_gemini", description=__doc__)
    parser.add_argument("--port", type=int, default=0, help="port on 127.0.0.1 (default: a free one)")
    parser.add_argument("--latency", type=float, default=0.0, help="seconds before each answer")
    parser.add_argument("--latency-spread", type=float, default=0.0, help="up to so many more, at random")
    parser.add_argument("--max-request-bytes", type=int, default=20 * 1024 * 1024)
    parser.add_argument("--picture", type=Path, help="a JPEG to answer with instead of drawing")
    arguments = parser.parse_args()
    gemini = LocalGemini(port=arguments.port, max_request_bytes=arguments.max_request_bytes)
    gemini.latency_seconds = arguments.latency
    gemini.latency_spread_seconds = arguments.latency_spread
    gemini.picture = arguments.picture.read_bytes() if arguments.picture else None
    asyncio.run(serve(gemini))


if __name__ == "__main__":
    main()
