"""What crosses the layers: frozen records without behaviour of Discord, Gemini or SQL."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator
from dataclasses import InitVar, dataclass, field
from datetime import datetime
from enum import StrEnum
from functools import cached_property
from typing import Any

MAX_REFERENCE_PHOTOS = 14
"""Pictures that Gemini takes with one prompt, and so the photos that a user may store."""

MAX_NAME_LENGTH = 100
"""Characters of an identity's name: as long as Discord lets a thread's name be."""

MAX_DESCRIPTION_LENGTH = 1000
"""Characters of an identity's description."""

MAX_PROMPT_LENGTH = 4000
"""Characters of a prompt: the longest message that Discord lets anyone write."""

PIECE_BYTES = 768 * 1024
"""Bytes of a picture that are worked on at once: a few milliseconds' work, and base64 without a remainder."""

StoredContent = dict[str, Any]
"""One Gemini content as JSON, its pictures named by sha256; `bot.gemini.chat_history` writes and reads it."""


def picture_hashes(contents: Iterable[StoredContent]) -> list[str]:
    """The hashes that the contents name, in order, each once."""
    named = [
        part["inline_data"]["sha256"] for content in contents for part in content["parts"] if "inline_data" in part
    ]
    return list(dict.fromkeys(named))


@dataclass(frozen=True)
class Picture:
    """An encoded picture, its bytes exactly as they came.

    `width` and `height` are in pixels, of the picture as it is shown; `known_sha256` spares hashing it again.
    """

    data: bytes = field(repr=False)
    mime_type: str
    width: int
    height: int
    known_sha256: InitVar[str | None] = None

    def __post_init__(self, known_sha256: str | None) -> None:
        if known_sha256 is not None:
            vars(self)["sha256"] = known_sha256

    @cached_property
    def sha256(self) -> str:
        """Hash of `data`, 64 hexadecimal digits: the picture's name in storage."""
        return hashlib.sha256(self.data).hexdigest()

    @property
    def byte_size(self) -> int:
        return len(self.data)

    def pieces(self) -> Iterator[bytes]:
        """The bytes, `PIECE_BYTES` at a time."""
        return (self.data[start : start + PIECE_BYTES] for start in range(0, len(self.data), PIECE_BYTES))


@dataclass(frozen=True)
class RawPhoto:
    """A file that somebody attached, before anything is known about it.

    `byte_size` is what Discord says; `data` is empty when that is more than is read.
    """

    name: str
    data: bytes = field(repr=False)
    byte_size: int | None = None


@dataclass(frozen=True)
class Identity:
    """A persona of one user: "The Artist", and what it is like."""

    id: int
    user_id: int
    name: str
    description: str


@dataclass(frozen=True)
class Appearance:
    """What a user says of their looks, each in their own words, empty where they said nothing."""

    age_range: str = ""
    build: str = ""
    hair: str = ""
    eyes: str = ""
    skin_tone: str = ""
    style: str = ""
    anything_else: str = ""


@dataclass(frozen=True)
class ReferencePhoto:
    """A picture of a user, kept for their identities; its bytes are loaded by `sha256`."""

    id: int
    user_id: int
    name: str
    sha256: str
    mime_type: str
    width: int
    height: int
    byte_size: int
    added_at: datetime


@dataclass(frozen=True)
class Place:
    """Where on Discord a chat lives. In a direct message there is no guild, and the thread is the channel."""

    guild_id: int | None
    channel_id: int
    thread_id: int

    @property
    def is_shared(self) -> bool:
        """Whether others talk of other things there: in a voice chat, where the thread is the channel as well."""
        return self.guild_id is not None and self.thread_id == self.channel_id


@dataclass(frozen=True)
class ImageSettings:
    """What a picture is asked for with: a model's id, a ratio such as "16:9", a size such as "4K"."""

    model: str
    aspect_ratio: str
    image_size: str


@dataclass(frozen=True)
class IdentityImageChat:
    """The one stored Gemini chat of a user; `tip_turn_id` is where redo leads, the head itself after a new picture."""

    id: int
    user_id: int
    identity_id: int | None
    identity_name: str
    place: Place
    image: ImageSettings
    head_turn_id: int | None
    tip_turn_id: int | None
    started_at: datetime

    def __str__(self) -> str:
        """Names the chat for a log: ids only, nothing that its user wrote."""
        return f"chat {self.id} of user {self.user_id} in thread {self.place.thread_id}"


@dataclass(frozen=True)
class Home:
    """A user's thread, in which prompts may be waiting to be found.

    `newest_known` is the id of its newest message that was taken as a prompt or shows a picture, None for none.
    `unsettled` says that there may be prompts even before that: pictures are posted after they were missed.
    """

    user_id: int
    place: Place
    newest_known: int | None
    unsettled: bool


class TurnKind(StrEnum):
    """What a prompt asks for."""

    START = "start"
    """The first picture of a new chat, which replaces the user's chat when it is there."""
    EDIT = "edit"
    """A new version of its parent's picture: the head's, where no other was named."""
    AGAIN = "again"
    """Another try at a version: the same prompt on the same parent, none for a chat's first picture."""
    ONCE = "once"
    """One picture without a chat."""


class TurnState(StrEnum):
    """How far a turn has come; the last four are final."""

    ASKED = "asked"
    GENERATED = "generated"
    POSTED = "posted"
    FAILED = "failed"
    REFUSED = "refused"
    CANCELLED = "cancelled"


@dataclass(frozen=True)
class Ask:
    """A prompt on its way into the queue.

    `source_id` is the id of the message or interaction that it came by: the same one is never taken twice.
    `prompt` is what people read; `user_content` is what Gemini gets, and names the `photos` by hash.
    """

    kind: TurnKind
    user_id: int
    asked_by: int
    source_id: int
    reply_to_message_id: int | None
    place: Place
    prompt: str
    user_content: StoredContent
    photos: tuple[Picture, ...]
    image: ImageSettings
    chat_id: int | None = None
    parent_id: int | None = None
    identity_id: int | None = None
    identity_name: str = ""


@dataclass(frozen=True)
class Turn:
    """One prompt and, once it is generated, the picture that answered it.

    `chat_id` is None until the chat exists, and stays so for a picture without a chat; `version` counts the
    pictures of a chat from 1; `problem` is the sentence that its asker got instead of a picture, and `retryable` says
    whether the same may go well another time; `attempt` counts from 1. `reply_message_id` shows the picture or says
    why there is none, `status_message_id` says that it is waited for.
    """

    id: int
    kind: TurnKind
    state: TurnState
    user_id: int
    asked_by: int
    chat_id: int | None
    parent_id: int | None
    version: int | None
    source_id: int
    reply_to_message_id: int | None
    place: Place
    prompt: str
    image: ImageSettings
    identity_id: int | None
    identity_name: str
    user_content: StoredContent
    model_content: StoredContent | None
    picture_sha256: str | None
    reply_message_id: int | None
    status_message_id: int | None
    problem: str | None
    retryable: bool
    attempt: int
    asked_at: datetime

    @property
    def by_moderator(self) -> bool:
        """Whether somebody else asked on the user's behalf."""
        return self.asked_by != self.user_id

    @property
    def drawn(self) -> bool:
        """Whether it has its picture."""
        return self.picture_sha256 is not None


@dataclass(frozen=True)
class Version:
    """A picture of a chat: as much of its turn as tells it from the others. `parent_id` is a turn's id as well."""

    turn_id: int
    number: int
    parent_id: int | None
    prompt: str
    picture_sha256: str


@dataclass(frozen=True)
class Usage:
    """What one answer of Gemini took: tokens as it counted them, seconds, and US dollars (None: price not known)."""

    prompt_tokens: int | None
    output_tokens: int | None
    cost_usd: float | None
    seconds: float


@dataclass(frozen=True)
class Generated:
    """What Gemini answered a turn with: its picture, and both contents in the form in which they are stored."""

    picture: Picture
    text: str
    user_content: StoredContent
    model_content: StoredContent
    finish_reason: str
    usage: Usage
