"""What a newcomer is told once: what happens to their photos."""

from __future__ import annotations

import contextlib

import discord

from bot.app import IdentityBot
from bot.error_replies import tell_besides
from bot.errors import BotError
from bot.wording import photos_explained


async def explain_photos(interaction: discord.Interaction[IdentityBot]) -> None:
    """Says it to the user alone, unless they were told before; what came in the way once is said the next time.

    It follows the answer: what they asked for is taken by then, and no trouble with this may hide that.
    """
    services, user_id = interaction.client.services, interaction.user.id
    with contextlib.suppress(BotError):
        async with services.chats.in_order(user_id):  # two commands at once are told of it once
            if await services.photos.explained_to(user_id):
                return
            if await tell_besides(interaction, photos_explained()):
                await services.photos.remember_explained(user_id)
