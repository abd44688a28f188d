"""A server, who is in it, and what they may do there."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from bot.demo.local_discord import errors, payloads
from bot.demo.local_discord.accounts import Account
from bot.demo.local_discord.events import Event, Json
from bot.demo.local_discord.intents import Intent
from bot.demo.local_discord.permissions import MEMBER_PERMISSIONS, NO_PERMISSION, Permission
from bot.demo.local_discord.places import MiB, TextChannel, Thread
from bot.demo.local_discord.users import User

if TYPE_CHECKING:
    from bot.demo.local_discord.world import World

UPLOAD_LIMITS = {0: 10 * MiB, 1: 10 * MiB, 2: 50 * MiB, 3: 100 * MiB}
"""Bytes a file, by premium tier; discord.py derives `guild.filesize_limit` in the same way."""
ACTIVE_THREADS = 1000
"""The most active threads of a guild, https://discord.com/developers/docs/topics/threads."""


@dataclass(slots=True)
class Membership:
    user: Account
    permissions: Permission
    joined_at: datetime


class Guild:
    """Made with `LocalDiscord.add_guild`; the bot is in it from the start.

    Every set of permissions that someone has is a role of its own, and @everyone may do nothing, so that the bot
    reckons with exactly the permissions that were given here.
    """

    def __init__(
        self, world: World, name: str, *, premium_tier: int, upload_limit: int | None, bot_permissions: Permission
    ) -> None:
        self.world = world
        self.id = world.ids.next()
        self.name = name
        self.premium_tier = premium_tier
        self.upload_limit = UPLOAD_LIMITS[premium_tier] if upload_limit is None else upload_limit
        """Bytes that the server takes a file; the client reckons with the premium tier alone."""
        self.active_thread_limit = ACTIVE_THREADS
        self.created_at = world.clock.now()
        self.channels: list[TextChannel] = []
        self.members: dict[int, Membership] = {}
        self.roles: dict[Permission, int] = {}
        """Role ids by what the role permits."""
        self.owner = User(world, f"owner of {name}")
        self._join(self.owner, ~NO_PERMISSION)
        self._join(world.bot, bot_permissions)

    @property
    def bot(self) -> Account:
        """For `set_permissions`."""
        return self.world.bot

    @property
    def bot_is_member(self) -> bool:
        return self.world.bot.id in self.members

    @property
    def active_threads(self) -> list[Thread]:
        return [thread for channel in self.channels for thread in channel.threads if not thread.archived]

    def add_text_channel(self, name: str, *, announcements: bool = False) -> TextChannel:
        channel = TextChannel(self, name, announcements=announcements)
        self.channels.append(channel)
        self._tell("CHANNEL_CREATE", payloads.channel(channel))
        return channel

    def add_member(self, user: str | User, *, permissions: Permission = MEMBER_PERMISSIONS) -> User:
        """A new user by name, or one that other guilds have already."""
        joining = User(self.world, user) if isinstance(user, str) else user
        membership = self._join(joining, permissions)
        data = payloads.member(self, membership) | {"guild_id": str(self.id)}
        self._tell("GUILD_MEMBER_ADD", data, Intent.GUILD_MEMBERS)
        return joining

    def remove_member(self, user: Account) -> None:
        del self.members[user.id]
        data = {"guild_id": str(self.id), "user": payloads.user(user)}
        self._tell("GUILD_MEMBER_REMOVE", data, Intent.GUILD_MEMBERS)

    def remove_bot(self) -> None:
        """Someone kicks the bot: it is told, and sees nothing of the guild from here on."""
        self._tell("GUILD_DELETE", {"id": str(self.id)})
        del self.members[self.world.bot.id]

    def set_permissions(self, user: Account, permissions: Permission) -> None:
        """What a member, or the bot, may do in the whole guild from now on."""
        membership = self.membership(user)
        membership.permissions = permissions
        self._role_for(permissions)
        data = payloads.member(self, membership) | {"guild_id": str(self.id)}
        # A bot is told of itself without the members intent.
        intent = Intent.GUILDS if user is self.world.bot else Intent.GUILD_MEMBERS
        self._tell("GUILD_MEMBER_UPDATE", data, intent)

    def permissions_of(self, user: Account) -> Permission:
        membership = self.members.get(user.id)
        return NO_PERMISSION if membership is None else membership.permissions

    def membership(self, user: Account) -> Membership:
        if user.id not in self.members:
            raise errors.unknown("Member")
        return self.members[user.id]

    def _join(self, user: Account, permissions: Permission) -> Membership:
        membership = Membership(user, permissions, self.world.clock.now())
        self._role_for(permissions)
        self.members[user.id] = membership
        return membership

    def _role_for(self, permissions: Permission) -> int:
        if permissions not in self.roles:
            self.roles[permissions] = self.world.ids.next()
            role = payloads.role(self.roles[permissions], permissions, len(self.roles))
            self._tell("GUILD_ROLE_CREATE", {"guild_id": str(self.id), "role": role})
        return self.roles[permissions]

    def _tell(self, name: str, data: Json, intent: Intent = Intent.GUILDS) -> None:
        if self.bot_is_member:
            self.world.publish(Event(name, data, intent, self.id))

    def __repr__(self) -> str:
        return f"<Guild {self.name!r}>"
