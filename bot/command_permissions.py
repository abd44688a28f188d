"""What a server's Integrations settings say of a command, for what Discord does not hold to them: all but commands."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import aiohttp
import discord
import structlog
from discord import app_commands

ROLE, USER, CHANNEL = 1, 2, 3
"""What an overwrite is for, as Discord numbers it."""

MOST_KEPT = 10_000
"""Commands of servers whose overwrites are held in memory."""

FETCH_SECONDS = 1
"""How long Discord may take to tell, of the 3 s in which a click has to be answered."""

PAUSE_SECONDS = 60
"""How long a server is not asked about after that."""

NEEDED = ("identity", "identity-admin")
"""The commands whose settings buttons and forms are held to."""

log = structlog.get_logger(__name__)


@dataclass(frozen=True)
class Overwrite:
    """One switch of the settings: for a role, a user or a channel, on or off."""

    id: int
    type: int
    permission: bool


@dataclass(frozen=True)
class Caller:
    """Who uses a command where; `channel_ids` begins with the place itself, before the channel of a thread."""

    user_id: int
    role_ids: frozenset[int]
    channel_ids: tuple[int, ...]
    guild_id: int
    permissions: discord.Permissions


class CommandPermissions:
    """Asks Discord once for each command and server, until it tells of a change."""

    def __init__(self, client: discord.Client) -> None:
        self._client = client
        self._commands: dict[str, app_commands.AppCommand] = {}
        self._overwrites: dict[tuple[int, int], Sequence[Overwrite]] = {}
        """By server and command; the application's own id stands for all commands."""
        self._given_up: dict[int, float] = {}

    def know(self, commands: Iterable[app_commands.AppCommand]) -> None:
        """The commands as Discord has them."""
        self._commands = {each.name: each for each in commands}

    def forget(self, guild_id: int | None = None) -> None:
        """Something has changed on that server, or may have on any."""
        self._overwrites = {key: kept for key, kept in self._overwrites.items() if guild_id not in (None, key[0])}

    async def may_use(self, interaction: discord.Interaction[Any], command: str) -> bool:
        """Whether the one who clicked may use that command there. In private there is nobody to forbid it."""
        if interaction.guild_id is None:
            known = self._commands.get(command)
            return known is not None and known.default_member_permissions is None
        caller = Caller(
            user_id=interaction.user.id,
            role_ids=frozenset(role.id for role in getattr(interaction.user, "roles", ())),
            channel_ids=with_parent(interaction.channel),
            guild_id=interaction.guild_id,
            permissions=interaction.permissions,
        )
        return await self._may_use(caller, command)

    async def member_may_use(self, member: discord.Member, channel_ids: tuple[int, ...], command: str) -> bool:
        """The same of a member in that place; `channel_ids` as in `Caller`."""
        caller = Caller(
            user_id=member.id,
            role_ids=frozenset(role.id for role in member.roles),
            channel_ids=channel_ids,
            guild_id=member.guild.id,
            permissions=member.guild_permissions,
        )
        return await self._may_use(caller, command)

    async def are_changed(self, guild_id: int, command: str) -> bool:
        """Whether the server's settings say anything of that command, or of all."""
        known, all_commands = self._commands.get(command), self._client.application_id or 0
        if known is None:
            return False
        await self._learn(guild_id, [known.id, all_commands])
        return any(self._overwrites.get((guild_id, each)) for each in (known.id, all_commands))

    async def _may_use(self, caller: Caller, command: str) -> bool:
        known, all_commands = self._commands.get(command), self._client.application_id or 0
        if known is None:
            return False
        needed = [self._commands[name].id for name in NEEDED if name in self._commands]
        await self._learn(caller.guild_id, dict.fromkeys([*needed, known.id, all_commands]))
        own, general = (self._overwrites.get((caller.guild_id, each), ()) for each in (known.id, all_commands))
        return allowed(caller, own, general, known.default_member_permissions)

    async def _learn(self, guild_id: int, command_ids: Iterable[int]) -> None:
        """All at once, within one time: a click has 3 s to be answered. What is not known then counts as unchanged."""
        missing = [each for each in command_ids if (guild_id, each) not in self._overwrites]
        if not missing or self._given_up.get(guild_id, 0) > time.monotonic():
            return
        if len(self._overwrites) >= MOST_KEPT:
            self._overwrites.clear()
        try:
            async with asyncio.timeout(FETCH_SECONDS):
                found = await asyncio.gather(*(self._fetch(guild_id, each) for each in missing))
        except (discord.HTTPException, aiohttp.ClientError, TimeoutError, OSError) as error:
            log.warning("command permissions not read", reason=type(error).__name__)
            self._given_up[guild_id] = time.monotonic() + PAUSE_SECONDS
            return
        self._overwrites.update({(guild_id, each): kept for each, kept in zip(missing, found, strict=True)})

    async def _fetch(self, guild_id: int, command_id: int) -> Sequence[Overwrite]:
        application_id = self._client.application_id or 0
        try:
            found = await self._client.http.get_application_command_permissions(application_id, guild_id, command_id)
        except discord.NotFound:  # nobody has changed anything
            return ()
        return [Overwrite(int(each["id"]), each["type"], each["permission"]) for each in found["permissions"]]


def allowed(
    caller: Caller, own: Sequence[Overwrite], general: Sequence[Overwrite], default: discord.Permissions | None
) -> bool:
    """As Discord decides (its help page "Updates to Command Permissions", February 2023).

    What a command's own settings say comes before the application's. Those can take a command away, but not give one to
    whom its default permissions leave out; the command's own can. Administrators may use everything.
    """
    if caller.permissions.administrator:
        return True
    by_channel = (_by_channel(caller, level) for level in (own, general))
    if next((each for each in by_channel if each is not None), True) is False:
        return False
    by_person = _by_person(caller, own)
    if by_person is not None:
        return by_person
    if _by_person(caller, general) is False:
        return False
    return default is None or (default.value != 0 and default <= caller.permissions)


def _by_channel(caller: Caller, overwrites: Sequence[Overwrite]) -> bool | None:
    here = {each.id: each.permission for each in overwrites if each.type == CHANNEL}
    everywhere = caller.guild_id - 1  # Discord's number for "all channels"
    return next((here[each] for each in (*caller.channel_ids, everywhere) if each in here), None)


def _by_person(caller: Caller, overwrites: Sequence[Overwrite]) -> bool | None:
    """The user's own switch, else those of their roles, of which one that is on suffices, else everyone's."""
    for each in overwrites:
        if each.type == USER and each.id == caller.user_id:
            return each.permission
    roles = {each.id: each.permission for each in overwrites if each.type == ROLE}
    own = [roles[each] for each in caller.role_ids if each in roles and each != caller.guild_id]
    return any(own) if own else roles.get(caller.guild_id)


def with_parent(channel: Any) -> tuple[int, ...]:
    """The place itself, and the channel of a thread."""
    if channel is None:
        return ()
    return (channel.id, channel.parent_id) if isinstance(channel, discord.Thread) else (channel.id,)
