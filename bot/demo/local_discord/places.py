"""Where messages are posted: text channels, threads, and direct messages."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Callable
from datetime import datetime
from typing import TYPE_CHECKING

from bot.demo.local_discord import errors, payloads
from bot.demo.local_discord.events import Event, Json
from bot.demo.local_discord.intents import Intent
from bot.demo.local_discord.messages import Message
from bot.demo.local_discord.permissions import NO_PERMISSION, Permission
from bot.demo.local_discord.signals import Signal

if TYPE_CHECKING:
    from bot.demo.local_discord.accounts import Account
    from bot.demo.local_discord.guilds import Guild
    from bot.demo.local_discord.world import World

TEXT_CHANNEL = 0
DIRECT_MESSAGES = 1
ANNOUNCEMENT_CHANNEL = 5
ANNOUNCEMENT_THREAD = 10
PUBLIC_THREAD = 11
PRIVATE_THREAD = 12

MiB = 1024 * 1024
UPLOAD_LIMIT = 10 * MiB
"""Bytes a file without a boosted server: discord.py's DEFAULT_FILE_SIZE_LIMIT_BYTES."""


class Place:
    """The messages of one channel, oldest first."""

    type: int

    def __init__(self, world: World, place_id: int, guild: Guild | None) -> None:
        self.world = world
        self.id = place_id
        self.guild = guild
        self.messages: list[Message] = []
        self.signal = Signal()
        world.places[place_id] = self

    @property
    def upload_limit(self) -> int:
        """Bytes that one file may have here."""
        return UPLOAD_LIMIT if self.guild is None else self.guild.upload_limit

    def message(self, message_id: int) -> Message | None:
        index = bisect_left(self.messages, message_id, key=_id)
        if index < len(self.messages) and self.messages[index].id == message_id:
            return self.messages[index]
        return None

    def known_message(self, message_id: int) -> Message:
        """Raises the API's 10008 for a message that is not here (any more)."""
        if (found := self.message(message_id)) is None:
            raise errors.unknown("Message")
        return found

    def add(self, message: Message) -> None:
        self.messages.append(message)
        self.signal.changed()

    def before(self, message_id: int, limit: int) -> list[Message]:
        end = bisect_left(self.messages, message_id, key=_id)
        return self.messages[max(0, end - limit) : end]

    def after(self, message_id: int, limit: int) -> list[Message]:
        start = bisect_right(self.messages, message_id, key=_id)
        return self.messages[start : start + limit]

    async def wait_for_message(
        self,
        wanted: Callable[[Message], bool] = lambda message: message.by_someone,
        within: float = 5.0,
        *,
        after: Message | None = None,
    ) -> Message:
        """The first wanted message here, also one that has long been posted, unless `after` says from where on.

        Without `wanted`: the first that someone wrote.
        """

        def probe() -> Message | None:
            start = 0 if after is None else bisect_right(self.messages, after.id, key=_id)
            return next((message for message in self.messages[start:] if wanted(message)), None)

        return await self.signal.until(probe, within, lambda: f"a wanted message among {self.messages}")

    def visible_to_bot(self) -> bool:
        return Permission.VIEW_CHANNEL in self.permissions_of(self.world.bot)

    def permissions_of(self, user: Account) -> Permission:
        raise NotImplementedError

    def payload(self) -> Json:
        """The channel object of the API."""
        raise NotImplementedError

    def mentionable(self) -> dict[int, Account]:
        """Those whom a message here can ping, by id."""
        raise NotImplementedError


class DirectMessages(Place):
    """The bot and one user."""

    type = DIRECT_MESSAGES

    def __init__(self, world: World, recipient: Account) -> None:
        super().__init__(world, world.ids.next(), None)
        self.recipient = recipient

    def payload(self) -> Json:
        return payloads.direct_messages(self)

    def permissions_of(self, user: Account) -> Permission:
        return ~NO_PERMISSION if user in (self.recipient, self.world.bot) else NO_PERMISSION

    def mentionable(self) -> dict[int, Account]:
        return {user.id: user for user in (self.recipient, self.world.bot)}


class GuildPlace(Place):
    guild: Guild

    def mentionable(self) -> dict[int, Account]:
        return {member.user.id: member.user for member in self.guild.members.values()}

    def tell(self, name: str, data: Json, intent: Intent = Intent.GUILDS) -> None:
        """Dispatches a channel or thread event to the bots that may know of this place."""
        if self.guild.bot_is_member:
            self.world.publish(Event(name, data, intent, self.guild.id))


class TextChannel(GuildPlace):
    def __init__(self, guild: Guild, name: str, *, announcements: bool = False) -> None:
        super().__init__(guild.world, guild.world.ids.next(), guild)
        self.type = ANNOUNCEMENT_CHANNEL if announcements else TEXT_CHANNEL
        self.name = name
        self.topic: str | None = None
        self.threads: list[Thread] = []
        self.bot_allow = NO_PERMISSION
        self.bot_deny = NO_PERMISSION

    def payload(self) -> Json:
        return payloads.channel(self)

    @property
    def thread_types(self) -> tuple[int, ...]:
        """The kinds of threads that can be opened here: an announcement channel has no private ones."""
        return (ANNOUNCEMENT_THREAD,) if self.type == ANNOUNCEMENT_CHANNEL else (PUBLIC_THREAD, PRIVATE_THREAD)

    def override_bot(self, *, allow: Permission = NO_PERMISSION, deny: Permission = NO_PERMISSION) -> None:
        """Sets what the bot may do here beside what it may do in the whole guild; replaces an earlier override."""
        self.bot_allow, self.bot_deny = allow, deny
        self.tell("CHANNEL_UPDATE", payloads.channel(self))

    def permissions_of(self, user: Account) -> Permission:
        granted = self.guild.permissions_of(user)
        if Permission.ADMINISTRATOR in granted:
            return ~NO_PERMISSION
        if user is self.world.bot:
            granted = granted & ~self.bot_deny | self.bot_allow
        return granted if Permission.VIEW_CHANNEL in granted else NO_PERMISSION

    def open_thread(
        self,
        owner: Account,
        name: str,
        *,
        private: bool = False,
        auto_archive_minutes: int = 1440,
        thread_id: int | None = None,
    ) -> Thread:
        """A thread of a member or of the bot; one that starts from a message has that message's id."""
        thread = Thread(self, owner, name, private=private, thread_id=thread_id)
        thread.auto_archive_minutes = auto_archive_minutes
        self.threads.append(thread)
        thread.tell("THREAD_CREATE", payloads.thread(thread) | {"newly_created": True})
        self.signal.changed()
        return thread

    async def wait_for_thread(self, within: float = 5.0, *, after: Thread | None = None) -> Thread:
        """The oldest thread of this channel, or the oldest one that was opened after another."""

        def probe() -> Thread | None:
            oldest = 0 if after is None else after.id
            return next((thread for thread in self.threads if thread.id > oldest), None)

        return await self.signal.until(probe, within, lambda: f"a new thread beside {self.threads}")

    def delete(self) -> None:
        """With its threads, of which Discord says nothing."""
        for thread in self.threads:
            self.world.places.pop(thread.id, None)
        self.guild.channels.remove(self)
        self.world.places.pop(self.id, None)
        self.tell("CHANNEL_DELETE", payloads.channel(self))
        self.signal.changed()

    def __repr__(self) -> str:
        return f"<TextChannel {self.name!r}>"


class Thread(GuildPlace):
    def __init__(self, parent: TextChannel, owner: Account, name: str, *, private: bool, thread_id: int | None) -> None:
        super().__init__(parent.world, thread_id or parent.world.ids.next(), parent.guild)
        self.type = PRIVATE_THREAD if private else parent.thread_types[0]
        self.parent = parent
        self.owner = owner
        self.name = name
        self.created_at = self.world.clock.now()
        self.archived = False
        self.locked = False
        self.archive_changed_at = self.created_at
        self.auto_archive_minutes = 1440
        self.slowmode_seconds = 0
        self.invitable = True
        self.members: dict[int, datetime] = {owner.id: self.created_at}
        """Who is in the thread, since when; public threads are read by others too."""

    def payload(self) -> Json:
        return payloads.thread(self)

    @property
    def private(self) -> bool:
        return self.type == PRIVATE_THREAD

    def permissions_of(self, user: Account) -> Permission:
        granted = self.parent.permissions_of(user)
        if self.private and user.id not in self.members and Permission.MANAGE_THREADS not in granted:
            return NO_PERMISSION
        return granted

    def archive(self, *, locked: bool = False) -> None:
        """By a moderator, or by itself after a time without messages."""
        self.set_archived(True, locked=locked)

    def unarchive(self) -> None:
        self.set_archived(False, locked=False)

    def set_archived(self, archived: bool, *, locked: bool | None = None) -> None:
        if archived != self.archived:
            self.archive_changed_at = self.world.clock.now()
        self.archived = archived
        self.locked = self.locked if locked is None else locked
        self.tell("THREAD_UPDATE", payloads.thread(self))

    def tell(self, name: str, data: Json, intent: Intent = Intent.GUILDS) -> None:
        if self.visible_to_bot():
            super().tell(name, data, intent)

    def join(self, user: Account) -> None:
        if user.id in self.members:
            return
        self.members[user.id] = self.world.clock.now()
        if user is self.world.bot:
            self.tell("THREAD_CREATE", payloads.thread(self))
        self._tell_of_members(user, added=[user], removed=[])

    def leave(self, user: Account) -> None:
        if self.members.pop(user.id, None) is not None:
            self._tell_of_members(user, added=[], removed=[user])

    def delete(self) -> None:
        self.parent.threads.remove(self)
        self.world.places.pop(self.id, None)
        self.tell("THREAD_DELETE", payloads.deleted_thread(self))
        self.signal.changed()

    def _tell_of_members(self, user: Account, *, added: list[Account], removed: list[Account]) -> None:
        data = payloads.thread_members_update(self, added=added, removed=removed)
        if user is self.world.bot:  # told of itself without the members intent, and also when it is out
            super().tell("THREAD_MEMBERS_UPDATE", data)
        else:
            self.tell("THREAD_MEMBERS_UPDATE", data, Intent.GUILD_MEMBERS)

    def __repr__(self) -> str:
        state = " archived" * self.archived + " locked" * self.locked
        return f"<Thread {self.name!r}{state}>"


def _id(message: Message) -> int:
    return message.id
