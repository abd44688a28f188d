"""Buttons below pictures and problems: each names a turn, and works for its owner and for moderators."""

from __future__ import annotations

from re import Match
from typing import Any, Self

import discord

from bot.app import IdentityBot
from bot.buttons import TRY_AGAIN_ID
from bot.error_replies import answer_error
from bot.services.versions import Click

Button = discord.ui.Button[discord.ui.View]


class TryAgain(discord.ui.DynamicItem[Button], template=rf"{TRY_AGAIN_ID}:(?P<turn>[0-9]+)"):
    """Puts a turn that failed back into the queue."""

    def __init__(self, item: Button, turn_id: int) -> None:
        super().__init__(item)
        self._turn_id = turn_id

    @classmethod
    async def from_custom_id(  # type: ignore[override]  # the item of this template is a button
        cls, _interaction: discord.Interaction[Any], item: Button, match: Match[str], /
    ) -> Self:
        """Called by discord.py for each click."""
        return cls(item, int(match["turn"]))

    async def callback(self, interaction: discord.Interaction[IdentityBot]) -> None:  # type: ignore[override]
        """Takes the button away, so that it is not pressed twice."""
        try:
            await interaction.response.defer()
            await interaction.client.services.versions.try_again(self._turn_id, clicked(interaction))
            await interaction.edit_original_response(view=None)
        except Exception as error:  # noqa: BLE001 - whatever it is, the one who clicked gets an answer
            await answer_error(interaction, error)


def clicked(interaction: discord.Interaction[Any]) -> Click:
    """Who clicked, and with what rights."""
    return Click(
        user_id=interaction.user.id,
        guild_id=interaction.guild_id,
        moderator=interaction.guild_id is not None and interaction.permissions.manage_guild,
    )


async def setup(bot: IdentityBot) -> None:
    """Called by discord.py."""
    bot.add_dynamic_items(TryAgain)
