"""Everything that can go wrong on purpose, each with the sentence that the one who asked gets to read.

A `BotError` is expected: bad input, a refusal, a service that is down. Anything else is a fault of ours, which
`bot.error_replies` answers with a short reference that is also in the log.
"""

from __future__ import annotations

from collections.abc import Sequence

from bot.texts import duration, plain, shorten


class BotError(Exception):
    """An expected problem. `user_message` is safe to show: a sentence that also says what to do next.

    `retryable` says whether the very same prompt may go well another time.
    """

    retryable = False

    def __init__(self, user_message: str) -> None:
        super().__init__(user_message)
        self.user_message = user_message


# --- what a user sent -----------------------------------------------------------------------------


class InvalidInput(BotError):
    """The user can mend it."""


class UnusablePhoto(InvalidInput):
    """A file that cannot be taken as a photo; `name` is the file's name as it was attached."""

    def __init__(self, name: str, reason: str) -> None:
        super().__init__(reason)
        self.name = name


class EmptyPrompt(InvalidInput):
    def __init__(self) -> None:
        super().__init__("Tell me what to change, or attach a photo: there was nothing in your message to go by.")


class MessagesHidden(InvalidInput):
    """The bot runs without the message-content intent, and the message did not mention it."""

    def __init__(self) -> None:
        super().__init__(
            "I am not allowed to read messages here. Mention me in yours, reply to my picture, "
            "or use `/identity continue`."
        )


class TextTooLong(InvalidInput):
    def __init__(self, what: str, length: int, most: int) -> None:
        super().__init__(f"{what} has {length:,} characters and {most:,} is the most. Please shorten it.")


class EmptyName(InvalidInput):
    def __init__(self) -> None:
        super().__init__("An identity needs a name that can be read, such as “The Artist”.")


class EmptyDescription(InvalidInput):
    def __init__(self) -> None:
        super().__init__("An identity needs a description: a sentence on what it is like.")


class IdentityNameTaken(InvalidInput):
    def __init__(self, name: str) -> None:
        super().__init__(
            f"There is an identity named “{plain(name)}” already. Pick another name, or use `/identities edit`."
        )


class UnknownIdentity(InvalidInput):
    """`known` are the names that do exist; `hint` says how to go on."""

    def __init__(self, name: str, known: list[str], hint: str = "") -> None:
        names = shorten(", ".join(f"“{plain(each)}”" for each in known), 1000)
        existing = f"These exist: {names}." if known else "None has been made so far; `/identities create` makes one."
        super().__init__(f"There is no identity named “{plain(name)}”. {existing} {hint}".strip())


class IdentityGone(InvalidInput):
    """Deleted while a picture of it was about to be asked for."""

    def __init__(self, name: str) -> None:
        super().__init__(f"“{plain(name)}” was deleted while I was getting ready, so I have not begun.")


class NothingToChange(InvalidInput):
    def __init__(self) -> None:
        super().__init__("Say what to change: give a `new_name`, a `description`, or both.")


class NoReferencePhotos(InvalidInput):
    def __init__(self) -> None:
        super().__init__(
            "I need at least one photo to start from. Attach some as `photo1` to `photo5`, or add them with "
            "`/photos add`."
        )


class UserWithoutPhotos(InvalidInput):
    def __init__(self, user_id: int) -> None:
        super().__init__(
            f"<@{user_id}> has no photos stored. Attach some as `photo1` to `photo5`, or ask them to use `/photos add`."
        )


class AttachmentUnreadable(InvalidInput):
    def __init__(self) -> None:
        super().__init__("I could not fetch the attached file from Discord. Please attach it again.")


class NothingAttached(InvalidInput):
    """A message whose pictures were wanted has none; links in its text are not followed."""

    def __init__(self) -> None:
        super().__init__(
            "No pictures are attached to that message; links do not count. Use this on a message with pictures, or "
            "attach yours to `/identity start`."
        )


class UnusablePhotos(InvalidInput):
    """None of the files could be used; a sentence says of each why."""

    def __init__(self, reasons: Sequence[str]) -> None:
        super().__init__("\n".join([*reasons, "I did nothing with it: send it again with other files, or with none."]))


class AlreadyTaken(InvalidInput):
    """Discord delivered the same prompt twice."""

    def __init__(self) -> None:
        super().__init__("I am on it already.")


class PhotoShelfFull(InvalidInput):
    def __init__(self, stored: int, most: int) -> None:
        super().__init__(
            f"You have {stored} photos stored and {most} is the most. Make room with `/photos remove` first."
        )


class NoChat(InvalidInput):
    def __init__(self) -> None:
        super().__init__("You have no chat yet. Begin one with `/identity start`.")


class UserWithoutChat(InvalidInput):
    def __init__(self, user_id: int) -> None:
        super().__init__(f"<@{user_id}> has no chat. Begin one for them with `/identity-admin start`.")


class NotAMember(InvalidInput):
    def __init__(self, user_id: int) -> None:
        super().__init__(f"<@{user_id}> is not a member of this server.")


class UnknownUser(InvalidInput):
    def __init__(self, user_id: int) -> None:
        super().__init__(f"<@{user_id}> has never used me here, so I know nothing of them. `/photos add` begins it.")


class ChatEnded(InvalidInput):
    def __init__(self) -> None:
        super().__init__("No chat lives here any more. `/identity start` begins one; your photos are kept.")


class ChatLivesElsewhere(InvalidInput):
    """A message came in where an earlier chat lived, or in private while the chat lives in a thread."""

    def __init__(self, thread_id: int) -> None:
        super().__init__(
            f"Your chat lives in <#{thread_id}> now. Write there, or begin another with `/identity start`."
        )


class PictureGone(InvalidInput):
    """A button or form of a picture whose chat has ended or was replaced."""

    def __init__(self) -> None:
        super().__init__("That picture's chat is over. `/identity show` says which one goes on.")


class PictureOfAnotherChat(InvalidInput):
    """A message replied to a picture that is not one of the chat's."""

    def __init__(self) -> None:
        super().__init__("That picture belongs to another chat. Reply to one of this chat, or just write.")


class StillDrawing(InvalidInput):
    """The chat's newest picture is not there yet, so there is no telling what to go back from."""

    def __init__(self) -> None:
        super().__init__("A picture is still being drawn. Wait for it, or delete the message that asked for it.")


class NothingToUndo(InvalidInput):
    def __init__(self, version: int | None) -> None:
        super().__init__(f"v{version} was not made from another picture, so there is nothing to go back to.")


class NothingToRedo(InvalidInput):
    def __init__(self, version: int | None) -> None:
        super().__init__(f"There is nothing to redo: v{version} is the last of its line.")


class LargestAlready(InvalidInput):
    def __init__(self, version: int | None, size: str) -> None:
        super().__init__(f"v{version} is in {size} already, the largest size there is.")


class TooLateToCancel(InvalidInput):
    def __init__(self) -> None:
        super().__init__("Too late to cancel: that one is done. `/identity undo` goes back to the picture before.")


class OnlyOneVersion(InvalidInput):
    """There is nothing to compare a chat's first picture with."""

    def __init__(self) -> None:
        super().__init__("There is one version so far. Write in the thread what to change, then compare.")


class UnknownVersion(InvalidInput):
    def __init__(self, name: str, newest: int) -> None:
        known = f"The versions go from v1 to v{newest}" if newest > 1 else "There is only v1"
        super().__init__(
            f"There is no version “{plain(shorten(name, 100))}”. {known}. Pick one of those that appear as you type."
        )


class SameVersionTwice(InvalidInput):
    def __init__(self, version: int) -> None:
        super().__init__(f"That would be v{version} beside itself. Name two different versions.")


class NothingBefore(InvalidInput):
    """The version to compare was made from photos alone."""

    def __init__(self, version: int) -> None:
        super().__init__(f"v{version} was not made from another picture. Name the one to compare it with as `before`.")


class NothingToTryAgain(InvalidInput):
    """The prompt was given up, with its chat or because something newer was asked for in its place."""

    def __init__(self) -> None:
        super().__init__("That is over by now. Write the prompt once more, or begin anew with `/identity start`.")


class UnsupportedByModel(InvalidInput):
    def __init__(self, model: str, what: str, value: str, offered: tuple[str, ...]) -> None:
        wanted = "".join(each for each in value if each.isalnum() or each == ":")[:20]
        super().__init__(f"{plain(model)} makes no pictures with {what} {wanted}. It offers {', '.join(offered)}.")


# --- where it was asked for -----------------------------------------------------------------------


class PlaceError(BotError):
    """Discord does not let the bot do its work there."""

    retryable = True


class NoThreadsHere(PlaceError):
    def __init__(self) -> None:
        super().__init__(
            "I cannot open a thread here. Use the command in a text channel, a thread or our private chat."
        )


class NotPresent(PlaceError):
    """The bot answers there for a user who has added it to their account, and can do no more than that."""

    def __init__(self) -> None:
        super().__init__(
            "I am not a member here, so I cannot post pictures. Use this in our private chat, or on a server that has "
            "invited me."
        )


class MissingPermissions(PlaceError):
    """`permissions` as Discord's settings name them."""

    def __init__(self, permissions: Sequence[str], where: str) -> None:
        names = ", ".join(permissions)
        super().__init__(f"I lack permissions in {where}: {names}. A moderator can grant them to my role.")


class NotPermitted(PlaceError):
    """Discord refused, and does not say for which permission."""

    def __init__(self) -> None:
        super().__init__("Discord does not let me do that here. A moderator can give my role what it lacks.")


class TooManyThreads(PlaceError):
    def __init__(self) -> None:
        super().__init__(
            "This server has as many open threads as Discord allows. Close some, or use the command in a thread "
            "that is there already or in our private chat."
        )


class PrivateThreadNeedsChannel(PlaceError):
    def __init__(self) -> None:
        super().__init__("A private thread can only be opened from a text channel that is not for announcements.")


class PlaceGone(PlaceError):
    def __init__(self) -> None:
        super().__init__(
            "I cannot post in the thread of this chat any more. `/identity continue`, used elsewhere, goes on there."
        )


class OtherServer(PlaceError):
    def __init__(self) -> None:
        super().__init__("Their chat lives on another server or in private, so it is out of reach from here.")


class PictureDoesNotFit(PlaceError):
    retryable = False

    def __init__(self) -> None:
        super().__init__("Discord takes no file that large here, however small I make it.")


class NotAllowed(BotError):
    """Somebody reached for what is not theirs."""

    def __init__(self) -> None:
        super().__init__("Only its owner or a moderator of this server can do that.")


class DiscordUnavailable(BotError):
    """A passing trouble. `seconds` to wait as Discord says, None when it does not say."""

    retryable = True

    def __init__(self, seconds: float | None = None) -> None:
        wait = "a minute" if seconds is None or seconds <= 60 else duration(seconds)
        super().__init__(f"Discord does not answer as it should right now. Try again in {wait}.")
        self.seconds = seconds


class DiscordUnreachable(DiscordUnavailable):
    """The connection broke: whether Discord did what it was asked to is not known."""


class DiscordRejected(BotError):
    """A 4xx that has no better name. What Discord says of it goes to the log, not to the user."""

    def __init__(self) -> None:
        super().__init__("Discord did not take what I sent. If it happens again, tell whoever runs this bot.")


# --- ourselves ------------------------------------------------------------------------------------


class DatabaseUnavailable(BotError):
    retryable = True

    def __init__(self) -> None:
        super().__init__("I cannot reach my memory right now, so nothing was changed. Try again in a minute.")


class InvalidSetting(BotError):
    """A setting that is missing or malformed: one line that names it, for the one who runs the bot."""
