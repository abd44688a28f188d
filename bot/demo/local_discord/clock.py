"""The time of the local Discord, and the ids that are made from it."""

import time
from datetime import UTC, datetime

DISCORD_EPOCH_MS = 1_420_070_400_000  # 2015-01-01: snowflakes count milliseconds from here
TIMESTAMP_SHIFT = 22


class Clock:
    """Real time plus what a test has advanced it by; it never goes back."""

    def __init__(self) -> None:
        self._ahead = 0.0

    def advance(self, seconds: float) -> None:
        if seconds < 0:
            raise ValueError("the clock only goes forward")
        self._ahead += seconds

    def seconds(self) -> float:
        """Seconds since 1970."""
        return time.time() + self._ahead

    def now(self) -> datetime:
        return datetime.fromtimestamp(self.seconds(), UTC)


class Snowflakes:
    """Ids that rise strictly, with their time in the upper bits, as history paging relies on."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._last = 0

    def next(self) -> int:
        milliseconds = int(self._clock.seconds() * 1000) - DISCORD_EPOCH_MS
        self._last = max(self._last + 1, milliseconds << TIMESTAMP_SHIFT)
        return self._last
