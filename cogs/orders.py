"""A command's options as an order to the services, its files read."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import discord

from bot.services.orders import ChatOrder, EditOrder, PictureOrder
from cogs.attachments import read_files


async def picture_order(
    interaction: discord.Interaction[Any],
    *,
    user_id: int,
    identity: str,
    description: str | None,
    instructions: str | None,
    aspect: str,
    size: str,
    photos: Iterable[discord.Attachment | None],
) -> PictureOrder:
    """A first picture of `user_id`, asked for by the one who used the command."""
    return PictureOrder(
        user_id=user_id,
        asked_by=interaction.user.id,
        source_id=interaction.id,
        identity_name=identity,
        description=description or "",
        instructions=instructions or "",
        files=await read_files(photos),
        aspect_ratio=aspect,
        image_size=size,
        guild_id=interaction.guild_id,
    )


def own_chat(interaction: discord.Interaction[Any]) -> ChatOrder:
    """Something to be done with the chat of the one who used the command."""
    return ChatOrder(user_id=interaction.user.id, asked_by=interaction.user.id, guild_id=interaction.guild_id)


def chat_of(interaction: discord.Interaction[Any], user: discord.abc.Snowflake) -> ChatOrder:
    """Something to be done by a moderator for or to that user, on the server where the command was used."""
    return ChatOrder(user_id=user.id, asked_by=interaction.user.id, guild_id=interaction.guild_id)


async def edit_order(
    interaction: discord.Interaction[Any],
    *,
    user_id: int,
    prompt: str,
    photos: Iterable[discord.Attachment | None],
) -> EditOrder:
    """An edit of the chat of `user_id`, asked for by the one who used the command."""
    return EditOrder(
        user_id=user_id,
        asked_by=interaction.user.id,
        source_id=interaction.id,
        prompt=prompt,
        files=await read_files(photos),
        guild_id=interaction.guild_id,
    )
