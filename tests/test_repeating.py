"""Work that is repeated goes on whatever happens."""

from __future__ import annotations

from discord.ext import tasks
from structlog.testing import capture_logs

from bot.errors import DatabaseUnavailable
from bot.repeating import undeterred


class Worker:
    def __init__(self, *outcomes: Exception | None) -> None:
        self.left = list(outcomes)

    @tasks.loop(count=3)
    @undeterred
    async def work(self) -> None:
        outcome = self.left.pop(0)
        if outcome is not None:
            raise outcome


async def test_what_goes_wrong_once_is_logged_and_the_next_time_comes() -> None:
    worker = Worker(ValueError("a secret"), DatabaseUnavailable(), None)

    with capture_logs() as log:
        await worker.work.start()

    assert worker.left == []
    assert [(each["log_level"], each["work"]) for each in log] == [("error", "work"), ("warning", "work")]
