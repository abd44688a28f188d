"""Messages and their attachments, as the server keeps them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING

from bot.demo.local_discord.events import Json

if TYPE_CHECKING:
    from bot.demo.local_discord.accounts import Account
    from bot.demo.local_discord.interactions import Interaction
    from bot.demo.local_discord.places import Place

EPHEMERAL = 1 << 6
LOADING = 1 << 7
SILENT = 1 << 12
COMPONENTS_V2 = 1 << 15

ORDINARY = 0
MEMBER_ADDED = 1
THREAD_CREATED = 18
REPLY = 19
COMMAND_ANSWER = 20

File = tuple[str, bytes]
"""A filename and the bytes, as a member picks a file."""


@dataclass(frozen=True, slots=True)
class Upload:
    """A file on its way in."""

    filename: str
    data: bytes
    description: str | None = None


@dataclass(frozen=True, slots=True)
class Attachment:
    id: int
    place_id: int
    filename: str
    data: bytes
    content_type: str | None
    width: int | None
    height: int | None
    description: str | None = None
    ephemeral: bool = False

    @property
    def size(self) -> int:
        """In bytes."""
        return len(self.data)


@dataclass(slots=True)
class Draft:
    """What an author asks to be posted."""

    content: str = ""
    embeds: list[Json] = field(default_factory=list)
    components: list[Json] = field(default_factory=list)
    uploads: Sequence[Upload] = ()
    flags: int = 0
    nonce: str | None = None
    enforce_nonce: bool = False
    reply_to: int | None = None
    fail_if_reply_is_unknown: bool = True
    allowed_mentions: Json | None = None


@dataclass(slots=True, eq=False)
class Message:
    id: int
    place: Place
    author: Account
    timestamp: datetime
    content: str = ""
    type: int = ORDINARY
    embeds: list[Json] = field(default_factory=list)
    components: list[Json] = field(default_factory=list)
    attachments: list[Attachment] = field(default_factory=list)
    flags: int = 0
    nonce: str | None = None
    reference: Message | None = None
    """The message that this one replies to, which may be deleted by now."""
    allowed_mentions: Json | None = None
    """As the author sent it; None when the request had none, which lets everything ping."""
    mentions: list[Account] = field(default_factory=list)
    """Those pinged by name or by the reply."""
    pings_everyone: bool = False
    interaction: Interaction | None = None
    """What this message answers; such messages belong to a webhook, not to the bot as a member."""
    edited_at: datetime | None = None
    deleted: bool = False
    reactions: dict[str, set[int]] = field(default_factory=dict)
    thread_id: int | None = None
    """For a THREAD_CREATED message: the thread that it announces."""

    @property
    def ephemeral(self) -> bool:
        return bool(self.flags & EPHEMERAL)

    @property
    def loading(self) -> bool:
        """The bot is thinking."""
        return bool(self.flags & LOADING)

    @property
    def silent(self) -> bool:
        """Notifies nobody."""
        return bool(self.flags & SILENT)

    @property
    def by_someone(self) -> bool:
        """Written by a member or the bot, unlike "alice was added to the thread"."""
        return self.type not in (MEMBER_ADDED, THREAD_CREATED)

    def __repr__(self) -> str:
        files = [attachment.filename for attachment in self.attachments]
        return f"<Message {self.id} by {self.author.name}: {self.content!r} {files}>"
