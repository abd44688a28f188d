"""Who uses the bot where, and whether the server lets them."""

from __future__ import annotations

import asyncio
from collections.abc import Collection
from dataclasses import replace
from functools import partial
from typing import Any

import discord

from bot.command_permissions import CommandPermissions, with_parent
from bot.domain import Place, Turn
from bot.errors import BotError, NotAllowed, NotAMember, PlaceGone
from bot.posting import LOOKUP_SECONDS, fetch_member, translated
from bot.rule_errors import HomeNotListed, KeptOut, NoMemberThere, NotInThisChannel
from bot.services.admission import Visit
from bot.wording import START_FOR_MENU

ADMIN = "identity-admin"
"""The command whose users are moderators, by default those who may manage the server."""

MEMBERS = "identity"

ALWAYS_OPEN = frozenset({"help", "privacy"})
"""Commands that nobody is kept from: what a person may do with what is kept of them is no server's to say."""

FOR_MODERATORS = frozenset({ADMIN, "identity-settings", START_FOR_MENU})
"""Discord itself lets moderators alone use them, wherever they are."""

POSTING_AT_HOME = frozenset(f"identity {each}" for each in ("continue", "again", "undo", "redo"))
"""Commands that change the chat where it lives, wherever they are given."""


async def admit(interaction: discord.Interaction[Any], command: str = MEMBERS) -> None:
    """For a click or a form: as for the command that does the same. Raises KeptOut, Blocked and their like."""
    permissions = interaction.client.command_permissions
    if not await permissions.may_use(interaction, command) and not await moderates(interaction):
        raise KeptOut
    if command in FOR_MODERATORS:
        await _admit_moderator(interaction)
    else:
        await interaction.client.services.admission.admit(_visit(interaction))


async def admit_author(message: discord.Message, client: Any) -> None:
    """For a prompt that is written, as for the command.

    Raises KeptOut, NoMemberThere, Blocked and their like, DiscordUnavailable.
    """
    permissions: CommandPermissions = client.command_permissions
    if message.guild is not None and await permissions.are_changed(message.guild.id, MEMBERS):
        member = await _member(message)
        if member is None:
            raise NoMemberThere
        await _require_not_kept_out(permissions, member, with_parent(message.channel))
    await client.services.admission.admit(_visit_of_author(message, permissions))


async def admit_command(interaction: discord.Interaction[Any]) -> None:
    """For a command, which Discord has held to the server's settings.

    Raises Blocked and its like; NoMemberThere and HomeNotListed for the place where its chat lives.
    """
    command = interaction.command
    name = "" if command is None else command.qualified_name
    group = name.partition(" ")[0]
    if group in ALWAYS_OPEN:
        return
    if FOR_MODERATORS & {group, name}:
        await _admit_moderator(interaction)
        return
    await interaction.client.services.admission.admit(_visit(interaction))
    if name in POSTING_AT_HOME and interaction.type is not discord.InteractionType.autocomplete:
        await _admit_at_home(interaction)


async def _admit_moderator(interaction: discord.Interaction[Any]) -> None:
    """The owner of the server may have been blocked before it was theirs. Raises Blocked."""
    if interaction.guild is None or interaction.user.id != interaction.guild.owner_id:
        await interaction.client.services.admission.admit_moderator(interaction.guild_id, interaction.user.id)


async def require_member(interaction: discord.Interaction[Any], user: discord.abc.User) -> None:
    """For a moderator's command that makes or changes pictures of that user. Raises NotAMember, or as for their own."""
    if user.id == interaction.user.id:
        await _admit_at_home(interaction)
    elif not isinstance(user, discord.Member):
        raise NotAMember(user.id)


async def require_still_member(interaction: discord.Interaction[Any], turn: Turn) -> None:
    """For a click that makes or changes pictures of the turn's owner. Raises NotAMember, or as for their own."""
    if turn.user_id == interaction.user.id:
        if turn.chat_id is None:
            await _admit_at(interaction, turn.place)
        else:
            await _admit_at_home(interaction)
    elif interaction.guild is not None and await fetch_member(interaction.guild, turn.user_id) is None:
        raise NotAMember(turn.user_id)


async def _admit_at_home(interaction: discord.Interaction[Any]) -> None:
    """For what is done from elsewhere: where the chat lives, it must still be allowed. Raises as `admit_command`."""
    home = await interaction.client.services.chats.home_of(interaction.user.id)
    if home is None:
        return
    try:
        await _admit_at(interaction, home)
    except (NoMemberThere, KeptOut, HomeNotListed):
        if not await _is_gone(interaction, home):  # from where the chat may go on elsewhere
            raise


async def _is_gone(interaction: discord.Interaction[Any], place: Place) -> bool:
    """Whether the thread was deleted; one that is archived is known to Discord alone."""
    try:
        with translated():
            async with asyncio.timeout(LOOKUP_SECONDS):
                await interaction.client.fetch_channel(place.thread_id)
    except PlaceGone:
        return True
    except BotError:
        return False
    return False


async def _admit_at(interaction: discord.Interaction[Any], place: Place) -> None:
    """The rules of another server that hold for channels and roles are the services' to ask for."""
    guild = None if place.guild_id is None else interaction.client.get_guild(place.guild_id)
    if guild is None:
        return
    here = place.guild_id == interaction.guild_id
    member = interaction.user if here else await fetch_member(guild, interaction.user.id)
    if not isinstance(member, discord.Member):
        raise NoMemberThere
    channel_ids = (place.thread_id, place.channel_id)
    await _require_not_kept_out(interaction.client.command_permissions, member, channel_ids)
    if here:
        try:
            await interaction.client.services.admission.admit(replace(_visit(interaction), channel_ids=channel_ids))
        except NotInThisChannel:
            raise HomeNotListed(place.thread_id) from None


async def _require_not_kept_out(
    permissions: CommandPermissions, member: discord.Member, channel_ids: tuple[int, ...]
) -> None:
    """Raises KeptOut."""
    if await permissions.are_changed(member.guild.id, MEMBERS) and not (
        await permissions.member_may_use(member, channel_ids, MEMBERS)
        or await permissions.member_may_use(member, channel_ids, ADMIN)
    ):
        raise KeptOut


async def moderates(interaction: discord.Interaction[Any]) -> bool:
    """Whether the one who clicked is a moderator there: who may use the moderators' command."""
    if interaction.guild_id is None:
        return False
    permissions: CommandPermissions = interaction.client.command_permissions
    return await permissions.may_use(interaction, ADMIN)


async def require_still_allowed(interaction: discord.Interaction[Any], user_id: int, opened_by: str = ADMIN) -> None:
    """For a form that works for that user: who opened it as a moderator may be none any more, or the user have left.

    A moderator is who may use the command that opens it. Raises NotAllowed, NotAMember.
    """
    if interaction.user.id == user_id:
        return
    if not await interaction.client.command_permissions.may_use(interaction, opened_by):
        raise NotAllowed
    if interaction.guild is not None and await fetch_member(interaction.guild, user_id) is None:
        raise NotAMember(user_id)


def _visit_of_author(message: discord.Message, permissions: CommandPermissions) -> Visit:
    """Of one who wrote. Messages of the past come without their author's roles: they are asked for if they matter."""

    async def roles() -> Collection[int]:
        member = await _member(message)
        return () if member is None else [role.id for role in member.roles]

    async def moderating() -> bool:
        member = await _member(message)
        return member is not None and await permissions.member_may_use(member, with_parent(message.channel), ADMIN)

    guild_id = None if message.guild is None else message.guild.id
    return Visit(message.author.id, guild_id, with_parent(message.channel), roles, moderating)


async def _member(message: discord.Message) -> discord.Member | None:
    """None for somebody who has left. Raises DiscordUnavailable."""
    if message.guild is None or isinstance(message.author, discord.Member):
        return message.author if isinstance(message.author, discord.Member) else None
    return await fetch_member(message.guild, message.author.id)


def _visit(interaction: discord.Interaction[Any]) -> Visit:
    async def roles() -> Collection[int]:
        return [role.id for role in getattr(interaction.user, "roles", ())]

    place = with_parent(interaction.channel)
    return Visit(interaction.user.id, interaction.guild_id, place, roles, partial(moderates, interaction))
