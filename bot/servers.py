"""The records of a server's rules: where and by whom the bot is used, how much, and what moderators did."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

MAX_REASON_LENGTH = 300
"""Characters of the reason for a block."""


@dataclass(frozen=True)
class ServerSettings:
    """What a server has chosen; None and empty tuples mean that it has not, and the bot's own settings hold.

    Limits count pictures within 24 hours; `most_waiting` is of one user, `prompt_length` in characters.
    """

    guild_id: int
    channel_ids: tuple[int, ...] = ()
    """Where the bot may be used; empty for everywhere."""
    role_ids: tuple[int, ...] = ()
    """Of which members need one; empty for everyone."""
    log_channel_id: int | None = None
    model: str | None = None
    aspect_ratio: str | None = None
    image_size: str | None = None
    user_pictures_a_day: int | None = None
    server_pictures_a_day: int | None = None
    most_waiting: int | None = None
    prompt_length: int | None = None
    private_threads: bool = False
    """Whether every thread is opened private."""


@dataclass(frozen=True)
class Ceilings:
    """What holds where a server has chosen nothing, and `usd_a_day` over all servers; None for no limit."""

    user_pictures_a_day: int | None = 25
    server_pictures_a_day: int | None = None
    most_waiting: int = 25
    usd_a_day: float | None = None


@dataclass(frozen=True)
class Block:
    """A user who may not use the bot on a server, `until` then or, when that is None, for good."""

    guild_id: int
    user_id: int
    reason: str
    blocked_by: int
    until: datetime | None


@dataclass(frozen=True)
class Allowance:
    """A user's own limit on a server, in pictures a day; None lifts it altogether."""

    guild_id: int
    user_id: int
    pictures_a_day: int | None


class ActKind(StrEnum):
    """What a moderator did for, or to, somebody else."""

    START = "start"
    CONTINUE = "continue"
    UNDO = "undo"
    REDO = "redo"
    USE = "use"
    AGAIN = "again"
    UPSCALE = "upscale"
    CANCEL = "cancel"
    TRY_AGAIN = "try-again"
    SHOW = "show"
    HISTORY = "history"
    ORIGINAL = "original"
    END = "end"
    DELETE_PICTURE = "delete-picture"
    BLOCK = "block"
    UNBLOCK = "unblock"
    LIMITS = "limits"
    SETTINGS = "settings"
    """Of the server: about nobody."""


@dataclass(frozen=True)
class Act:
    """One thing that a moderator did. `user_id` is None once that user's data are deleted.

    `detail` holds no prompt: a version, an end, a number or a reason. `thread_id` is where the user's chat lives;
    of what a server chose, its former log channel.
    """

    id: int
    guild_id: int
    moderator_id: int
    user_id: int | None
    thread_id: int | None
    kind: ActKind
    detail: str
    at: datetime


@dataclass(frozen=True)
class Kept:
    """How much is kept of a user; `byte_size` is that of photos and pictures, `looks` whether any are described.

    `said_by_moderators` counts blocks, limits of their own and what moderators did for or to them; `done_as_moderator`
    what they did so themselves.
    """

    photos: int
    identities: int
    pictures: int
    prompts: int
    byte_size: int
    looks: bool
    said_by_moderators: int
    done_as_moderator: int


class Outcome(StrEnum):
    """What came of a prompt."""

    PICTURE = "picture"
    REFUSED = "refused"
    FAILED = "failed"
    CANCELLED = "cancelled"
    """When Gemini had been asked already: nobody's picture, and yet paid for."""
    EXPORT = "export"
    """No prompt at all: a file with all that is kept of somebody, sent to them in private."""


@dataclass(frozen=True)
class Standing:
    """How much of their pictures a user has used within 24 hours; `limit` is None when there is none.

    `opens_at` is when the next picture can be asked for, None when it can be right now or never.
    """

    used: int
    waiting: int
    limit: int | None
    own: bool
    opens_at: datetime | None


@dataclass(frozen=True)
class DayOfUse:
    """What came of the prompts of one day (UTC), and what the pictures cost in US dollars."""

    day: str
    pictures: int
    refused: int
    failed: int
    cost_usd: float
