"""Beginning a chat, by a command or by a form."""

from __future__ import annotations

from collections.abc import Sequence

import discord

from bot.app import IdentityBot
from bot.domain import Place
from bot.error_replies import answer
from bot.errors import BotError
from bot.services.orders import PictureOrder
from bot.wording import start_taken
from cogs.first_use import explain_photos
from cogs.places import leave, open_thread


async def is_private(interaction: discord.Interaction[IdentityBot], *, wanted: bool = False) -> bool:
    """Whether the thread is opened private: as it is wanted, or always, where the server says so."""
    if wanted or interaction.guild_id is None:
        return wanted
    return (await interaction.client.services.choices.of(interaction.guild_id)).private_threads


async def begin_chat(
    interaction: discord.Interaction[IdentityBot],
    order: PictureOrder,
    *,
    private: bool = False,
    members: Sequence[discord.abc.Snowflake],
) -> None:
    """Takes the start and says where its picture will appear. Raises InvalidInput, PlaceError."""
    opened: list[Place] = []

    async def opening(name: str) -> Place:
        opened.append(await open_thread(interaction, name, private=private, members=members))
        return opened[-1]

    try:
        taken = await interaction.client.services.chats.start_identity_image_chat(order, opening)
    except BotError as error:  # somebody else took the last picture while the thread was opened
        for place in opened:
            await leave(interaction, place, error)
        raise
    thread_id = taken.turn.place.thread_id
    await answer(interaction, start_taken(thread_id, taken.notes), for_all=start_taken(thread_id, ()))
    if order.asked_by == order.user_id:
        await explain_photos(interaction)
