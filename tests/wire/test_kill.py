"""The process killed at random moments, twenty times, while members write to it."""

from __future__ import annotations

from asyncio import TaskGroup

import pytest

from wire.kills import Tally, run_kills
from wire.ready_interpreter import ReadyInterpreter

SEEDS = (1, 2, 3, 9)
KILLS_EACH = 5
START_SECONDS = 0.5


async def test_every_prompt_gets_one_picture_whenever_the_bot_is_killed(
    identity_bot: ReadyInterpreter, tmp_path_factory: pytest.TempPathFactory
) -> None:
    """Four bots at once. `python -m benchmarks.kills` is the same for hours."""
    async with TaskGroup() as group:
        runs = [
            group.create_task(
                run_kills(
                    tmp_path_factory.mktemp("town"),
                    identity_bot.launch_bot,
                    seed=seed,
                    kills=KILLS_EACH,
                    start_seconds=START_SECONDS,
                )
            )
            for seed in SEEDS
        ]

    tally = sum((run.result() for run in runs), Tally())
    assert tally.faults == []
    assert (tally.lost, tally.doubled) == (0, 0)
    assert tally.answered_once == tally.prompts > len(SEEDS) * KILLS_EACH
    assert tally.kills.total() == tally.sound == len(SEEDS) * KILLS_EACH
