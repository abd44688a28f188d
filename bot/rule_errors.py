"""What a server's rules, its moderators and the limits say no to, each with its sentence."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from bot.errors import BotError, InvalidInput
from bot.texts import plain


def moment(at: datetime, style: str = "R") -> str:
    """A moment as Discord shows it in the reader's own time: "in 3 hours"."""
    return f"<t:{int(at.timestamp())}:{style}>"


# --- who, and where -------------------------------------------------------------------------------


class Blocked(BotError):
    """A moderator has blocked the one who asks: `here`, or on the server where their chat lives."""

    def __init__(self, reason: str, until: datetime | None, *, here: bool = True) -> None:
        where = "this server" if here else "the server where your chat lives"
        ends = "" if until is None else f" That ends {moment(until)}."
        because = f": {plain(reason)}" if reason else ""
        super().__init__(f"A moderator of {where} has blocked you from using me{because}.{ends}".replace("..", "."))


class KeptOut(BotError):
    """By the server's Integrations settings, which Discord applies to commands alone."""

    def __init__(self) -> None:
        super().__init__("The settings of this server keep you from using me here.")


class NotInThisChannel(BotError):
    def __init__(self, channel_ids: Sequence[int]) -> None:
        places = ", ".join(f"<#{each}>" for each in channel_ids)
        super().__init__(f"On this server I am used in {places} only.")


class HomeNotListed(BotError):
    """The chat of the one who asks lives in a channel that was taken off the server's list since."""

    def __init__(self, thread_id: int) -> None:
        super().__init__(
            f"Your chat lives in <#{thread_id}>, where I am not used any more. `/identity start` begins another here."
        )


class RoleNeeded(BotError):
    def __init__(self, role_ids: Sequence[int]) -> None:
        roles = " or ".join(f"<@&{each}>" for each in role_ids)
        super().__init__(f"On this server you need the role {roles} to use me.")


class NoMemberThere(BotError):
    """The chat of the one who asks lives on a server that they have left, or were sent away from."""

    def __init__(self) -> None:
        super().__init__(
            "Your chat lives on a server of which you are no member any more. `/identity start` begins a new one here."
        )


class OnlyOnItsServer(BotError):
    """From elsewhere nobody can tell what a server's rules on channels and roles say of the one who asks."""

    def __init__(self, thread_id: int) -> None:
        super().__init__(f"Your chat lives in <#{thread_id}>, on a server with rules of its own. Use this there.")


# --- how much -------------------------------------------------------------------------------------


class LimitReached(BotError):
    """`opens_at` is when the same may go well, None when nobody can tell."""

    retryable = True

    def __init__(self, sentence: str, opens_at: datetime | None) -> None:
        again = "" if opens_at is None else f" The next one can be asked for {moment(opens_at)}."
        super().__init__(f"{sentence}{again}")
        self.opens_at = opens_at


class UserLimitReached(LimitReached):
    def __init__(self, user_id: int, limit: int, opens_at: datetime | None) -> None:
        super().__init__(f"The limit for <@{user_id}> is {_pictures(limit)} a day, and it is reached.", opens_at)


class ServerLimitReached(LimitReached):
    def __init__(self, limit: int, opens_at: datetime | None) -> None:
        super().__init__(f"The limit for this server is {_pictures(limit)} a day, and it is reached.", opens_at)


class BudgetReached(LimitReached):
    """What the one who runs the bot wants to spend in a day."""

    def __init__(self, opens_at: datetime | None) -> None:
        super().__init__("I have drawn as much as I may for one day, for everyone together.", opens_at)


class TooManyWaiting(LimitReached):
    def __init__(self, limit: int) -> None:
        super().__init__(f"{limit} of your prompts may wait, and no more. Let some be drawn first.", None)


def _pictures(count: int) -> str:
    return {0: "no picture", 1: "one picture"}.get(count, f"{count:,} pictures")


# --- what moderators ask for ----------------------------------------------------------------------


class NotBlockable(InvalidInput):
    """Oneself, the bot, or the server's owner."""

    def __init__(self, who: str) -> None:
        super().__init__(f"{who} cannot be blocked.")


class NotBlocked(InvalidInput):
    def __init__(self, user_id: int) -> None:
        super().__init__(f"<@{user_id}> is not blocked.")


class BadDuration(InvalidInput):
    def __init__(self, text: str) -> None:
        super().__init__(f"“{plain(text[:50])}” is no time I know. Write it as 30m, 12h, 7d or 2w, at most a year.")


class CannotWriteThere(InvalidInput):
    """A log channel in which the bot may not write."""

    def __init__(self, channel_id: int, permissions: Sequence[str]) -> None:
        super().__init__(f"I may not write in <#{channel_id}>: I lack {', '.join(permissions)}. Nothing was changed.")


class NothingChosen(InvalidInput):
    def __init__(self, options: Sequence[str]) -> None:
        names = " or ".join(f"`{each}`" for each in options)
        super().__init__(f"Say what to change: give {names}.")


class OneOfThem(InvalidInput):
    def __init__(self, options: Sequence[str]) -> None:
        super().__init__(f"Give one of {', '.join(f'`{each}`' for each in options)}, not several.")


class UnknownModel(InvalidInput):
    """A server chooses among the models whose prices are known, and the bot's own."""

    def __init__(self, model: str, known: Sequence[str]) -> None:
        super().__init__(f"I know no model “{plain(model[:60])}”. Pick one of {', '.join(known)}.")


class NotListed(InvalidInput):
    """A channel or role to be taken from a list that it is not in."""

    def __init__(self, what: str) -> None:
        super().__init__(f"{what} is not in the list, so nothing was changed.")


class ListFull(InvalidInput):
    def __init__(self, most: int) -> None:
        super().__init__(f"The list holds {most} already, which is the most. Take one out first.")


class ExportUnderWay(InvalidInput):
    """A second export while the first runs."""

    def __init__(self) -> None:
        super().__init__("I am sending you a copy already. Look at our private messages.")


class DeletionUnderWay(InvalidInput):
    """A second delete while the first runs."""

    def __init__(self) -> None:
        super().__init__("I am deleting everything already. It will be done in a moment.")


class NothingStored(InvalidInput):
    def __init__(self) -> None:
        super().__init__("I keep nothing of you, so there is nothing to send.")


class NoPrivateMessages(BotError):
    """The export goes by a private message, and the user takes none from the bot."""

    def __init__(self) -> None:
        super().__init__(
            "I could not send you a private message. Allow private messages of this server's members in your privacy "
            "settings, then use this again."
        )
