"""What a command or a message asks of the services, before any of it is checked."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from bot.domain import Place, RawPhoto, Turn

OpenThread = Callable[[str], Awaitable[Place]]
"""Opens a thread of that name where the command was used. Raises PlaceError when Discord does not allow it."""

ReachThread = Callable[[Place, str], Awaitable[Place]]
"""Answers the place if pictures can still be posted there, else that of a thread opened anew by that name."""


@dataclass(frozen=True)
class PictureOrder:
    """A first picture: of a new chat, or on its own.

    Empty `aspect_ratio` and `image_size` mean the usual ones; `guild_id` is where it was asked.
    """

    user_id: int
    asked_by: int
    source_id: int
    identity_name: str
    description: str = ""
    instructions: str = ""
    files: tuple[RawPhoto, ...] = ()
    aspect_ratio: str = ""
    image_size: str = ""
    guild_id: int | None = None


@dataclass(frozen=True, kw_only=True)
class ChatOrder:
    """Something to be done with the chat of `user_id`; `guild_id` is where it was asked."""

    user_id: int
    asked_by: int
    guild_id: int | None = None

    @property
    def by_moderator(self) -> bool:
        """Whether somebody else asks on the user's behalf."""
        return self.asked_by != self.user_id


@dataclass(frozen=True, kw_only=True)
class EditOrder(ChatOrder):
    """A prompt for the chat of `user_id`.

    `message_id` is the message to reply to, None when it came by a command; `replied_to` is the message that the
    prompt itself replies to: if that shows a picture, the picture is edited instead of the head's. `parent_id` names
    the turn to edit outright.
    """

    source_id: int
    prompt: str
    files: tuple[RawPhoto, ...] = ()
    message_id: int | None = None
    replied_to: int | None = None
    parent_id: int | None = None


@dataclass(frozen=True)
class Taken:
    """A turn that is safely in the queue, and what its asker should know besides, a sentence each."""

    turn: Turn
    notes: tuple[str, ...] = ()
