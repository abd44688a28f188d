"""Who uses the bot where, and whether the server lets them."""

from __future__ import annotations

import contextlib
from functools import partial
from typing import Any

import discord

from bot.command_permissions import CommandPermissions
from bot.errors import NotAllowed
from bot.services.admission import Visit

ADMIN = "identity-admin"
"""The command whose users are moderators, by default those who may manage the server."""

MEMBERS = "identity"

ALWAYS_OPEN = frozenset({"help", "privacy"})
"""Commands that nobody is kept from: what a person may do with what is kept of them is no server's to say."""

FOR_MODERATORS = frozenset({ADMIN, "identity-settings"})
"""Discord itself lets moderators alone use them, wherever they are."""


async def admit(interaction: discord.Interaction[Any]) -> None:
    """For a click or a form: as for the command that does the same. Raises NotAllowed, Blocked and their like."""
    permissions = interaction.client.command_permissions
    if not await permissions.may_use(interaction, MEMBERS) and not await moderates(interaction):
        raise NotAllowed
    await interaction.client.services.admission.admit(_visit(interaction))


async def admit_command(interaction: discord.Interaction[Any]) -> None:
    """For a command, which Discord has held to the server's settings. Raises Blocked and its like."""
    command = interaction.command
    name = command.qualified_name.partition(" ")[0] if command is not None else ""
    if name in ALWAYS_OPEN or name in FOR_MODERATORS:
        return
    await interaction.client.services.admission.admit(_visit(interaction))


async def moderates(interaction: discord.Interaction[Any]) -> bool:
    """Whether the one who clicked is a moderator there: who may use the moderators' command."""
    if interaction.guild_id is None:
        return False
    permissions: CommandPermissions = interaction.client.command_permissions
    return await permissions.may_use(interaction, ADMIN)


async def visit_of_author(message: discord.Message) -> Visit:
    """Of one who wrote; messages of the past come without the roles of their author, who is asked for then."""
    author: discord.User | discord.Member | None = message.author
    if message.guild is not None and not isinstance(author, discord.Member):
        with contextlib.suppress(discord.HTTPException):
            author = await message.guild.fetch_member(message.author.id)
    member = author if isinstance(author, discord.Member) else None

    async def manages() -> bool:
        return member is not None and member.guild_permissions.manage_guild

    return Visit(
        user_id=message.author.id,
        guild_id=None if message.guild is None else message.guild.id,
        channel_ids=_with_parent(message.channel),
        role_ids=() if member is None else tuple(role.id for role in member.roles),
        moderates=manages,
    )


def _visit(interaction: discord.Interaction[Any]) -> Visit:
    return Visit(
        user_id=interaction.user.id,
        guild_id=interaction.guild_id,
        channel_ids=_with_parent(interaction.channel),
        role_ids=tuple(role.id for role in getattr(interaction.user, "roles", ())),
        moderates=partial(moderates, interaction),
    )


def _with_parent(channel: Any) -> tuple[int, ...]:
    if channel is None:
        return ()
    return (channel.id, channel.parent_id) if isinstance(channel, discord.Thread) else (channel.id,)
