"""Everything that can go wrong on purpose, each with the sentence that the one who asked gets to read.

A `BotError` is expected: bad input, a refusal, a service that is down. Anything else is a fault of ours, which
`bot.error_replies` answers with a short reference that is also in the log.
"""

from __future__ import annotations


class BotError(Exception):
    """An expected problem. `user_message` is safe to show: a sentence that also says what to do next."""

    def __init__(self, user_message: str) -> None:
        super().__init__(user_message)
        self.user_message = user_message


# --- what a user sent -------------------------------------------------------------------------------------------


class InvalidInput(BotError):
    """The user can mend it."""


class UnusablePhoto(InvalidInput):
    """A file that cannot be taken as a photo; `name` is the file's name as it was attached."""

    def __init__(self, name: str, reason: str) -> None:
        super().__init__(reason)
        self.name = name
