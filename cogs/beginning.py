"""Beginning a chat, by a command or by a form, and going on with it from anywhere."""

from __future__ import annotations

from collections.abc import Sequence

import discord

from bot.app import IdentityBot
from bot.domain import Place
from bot.error_replies import answer
from bot.errors import BotError, ChatEnded
from bot.services.orders import EditOrder, PictureOrder
from bot.wording import edit_taken, start_taken
from cogs.first_use import explain_photos
from cogs.places import leave, open_thread, reach_thread


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


async def go_on(
    interaction: discord.Interaction[IdentityBot], order: EditOrder, *, owner: discord.abc.Snowflake
) -> None:
    """Takes the edit and says where its picture will appear. Raises InvalidInput, PlaceError."""
    opened: list[Place] = []

    async def reaching(place: Place, name: str) -> Place:
        reached = await reach_thread(interaction, place, name, owner=owner)
        if reached != place:
            opened.append(reached)
        return reached

    try:
        taken = await interaction.client.services.chats.continue_identity_image_chat(order, reaching)
    except BotError as error:  # the chat ended, or somebody else took the last picture, while the thread was opened
        for place in opened:
            await leave(interaction, place, error)
        raise
    thread_id = taken.turn.place.thread_id
    for place in opened:
        if place.thread_id != thread_id:  # it is another chat by now
            await leave(interaction, place, ChatEnded())
    await answer(interaction, edit_taken(thread_id, taken.notes), for_all=edit_taken(thread_id, ()))
