"""Where pictures go: what the bot may do there, and the thread that a chat gets."""

from __future__ import annotations

import contextlib
from collections.abc import Sequence
from functools import partial
from typing import Any, Final

import discord

from bot.domain import MAX_NAME_LENGTH, Place
from bot.errors import (
    BotError,
    NoThreadsHere,
    NotPresent,
    PlaceError,
    PrivateThreadNeedsChannel,
)
from bot.posting import NEEDED_IN_CHANNEL, NEEDED_IN_THREAD, require_open, require_permissions, translated

AUTO_ARCHIVE_MINUTES: Final = 10080
"""A week, the longest that Discord offers; writing in an archived thread opens it again."""


def check_place(interaction: discord.Interaction[Any], *, private: bool = False) -> None:
    """Raises PlaceError, naming missing permissions, unless a chat can begin where the command was used."""
    _require_present(interaction)
    channel = interaction.channel
    needed: tuple[str, ...] = NEEDED_IN_THREAD
    if isinstance(channel, discord.DMChannel):
        return
    if isinstance(channel, discord.Thread):
        if private and not channel.is_private():
            raise PrivateThreadNeedsChannel
    elif isinstance(channel, discord.VoiceChannel | discord.StageChannel):
        if private:
            raise PrivateThreadNeedsChannel
        needed = (*NEEDED_IN_CHANNEL, "read_message_history")
    elif isinstance(channel, discord.TextChannel):
        if private and channel.is_news():
            raise PrivateThreadNeedsChannel
        needed += ("create_private_threads" if private else "create_public_threads",)
    else:
        raise NoThreadsHere
    _require(interaction, needed)


def check_channel(interaction: discord.Interaction[Any]) -> None:
    """Raises PlaceError, naming missing permissions, unless a picture can be posted where the command was used."""
    _require_present(interaction)
    if interaction.guild_id is None:
        return
    in_thread = isinstance(interaction.channel, discord.Thread)
    _require(interaction, NEEDED_IN_THREAD if in_thread else NEEDED_IN_CHANNEL)


async def open_thread(
    interaction: discord.Interaction[Any], name: str, *, private: bool, members: Sequence[discord.abc.Snowflake]
) -> Place:
    """A thread for a chat: a new one in a text channel; in a thread, a voice or a private chat, that itself.

    `members` are put into it when it is private: nobody else sees it, moderators apart. Raises PlaceError,
    DiscordUnavailable.
    """
    channel = interaction.channel
    if not isinstance(channel, discord.TextChannel):
        return here(interaction)
    public = discord.ChannelType.news_thread if channel.is_news() else discord.ChannelType.public_thread
    kind = discord.ChannelType.private_thread if private else public
    patience = interaction.client.patience
    create = partial(_create_thread, channel, name[:MAX_NAME_LENGTH], kind)
    thread = await patience.with_discord(create, repeatable=False)  # or there could be two of them
    try:
        for member in members if private else ():
            await patience.with_discord(partial(_add_member, thread, member))
    except BotError:
        with contextlib.suppress(BotError), translated():
            await thread.delete()
        raise
    return Place(guild_id=channel.guild.id, channel_id=channel.id, thread_id=thread.id)


async def leave(interaction: discord.Interaction[Any], place: Place, error: BotError) -> None:
    """Deletes the thread that was opened there for nothing, or says in it why, where the bot may not."""
    if place.thread_id == interaction.channel_id or place.guild_id is None:
        return
    thread = interaction.client.get_partial_messageable(place.thread_id, guild_id=place.guild_id)
    try:
        with translated():
            await interaction.client.http.delete_channel(place.thread_id, reason="no chat began here")
    except BotError:
        with contextlib.suppress(BotError), translated():
            await thread.send(error.user_message)


async def _create_thread(channel: discord.TextChannel, name: str, kind: discord.ChannelType) -> discord.Thread:
    with translated():
        return await channel.create_thread(
            name=name, type=kind, auto_archive_duration=AUTO_ARCHIVE_MINUTES, reason="identity chat"
        )


async def _add_member(thread: discord.Thread, member: discord.abc.Snowflake) -> None:
    with translated():
        await thread.add_user(member)


async def reach_thread(
    interaction: discord.Interaction[Any], place: Place, name: str, *, owner: discord.abc.Snowflake
) -> Place:
    """That place, if the bot can still post there, or a thread opened anew where the command was used.

    The new one is private: whether the old one was can no longer be told. Raises PlaceError, which says what is wrong
    with the old thread when the command was used in it, and DiscordUnavailable.
    """
    client = interaction.client
    try:
        with translated():
            require_open(client.get_channel(place.thread_id) or await client.fetch_channel(place.thread_id))
    except PlaceError:
        if interaction.channel_id == place.thread_id:
            raise
    else:
        return place
    check_place(interaction, private=True)
    return await open_thread(interaction, name, private=True, members=(owner, interaction.user))


def here(interaction: discord.Interaction[Any]) -> Place:
    """The channel in which the command was used."""
    channel = interaction.channel
    if channel is None:
        raise NoThreadsHere
    parent_id = channel.parent_id if isinstance(channel, discord.Thread) else channel.id
    return Place(guild_id=interaction.guild_id, channel_id=parent_id, thread_id=channel.id)


def _require_present(interaction: discord.Interaction[Any]) -> None:
    """Raises NotPresent where the bot only answers, for a user who has added it to their account."""
    if interaction.guild_id is None:
        present = interaction.context.dm_channel
    else:
        present = interaction.client.get_guild(interaction.guild_id) is not None
    if not present:
        raise NotPresent


def _require(interaction: discord.Interaction[Any], permissions: Sequence[str]) -> None:
    require_permissions(interaction.app_permissions, permissions, f"<#{interaction.channel_id}>")
