"""/privacy: a member's say over what is kept of them."""

from __future__ import annotations

import discord
from discord import app_commands
from discord.ext import commands

from bot.app import IdentityBot, Services
from bot.error_replies import View, answer
from bot.services.privacy import Privacy as PrivacyService
from bot.wording import delete_question, deleted, kept_after_all

QUESTION_SECONDS = 300


class Privacy(commands.GroupCog, name="privacy", description="What I keep of you"):
    def __init__(self, services: Services) -> None:
        self._privacy = services.privacy

    @app_commands.command(description="Delete everything I keep of you")
    async def delete(self, interaction: discord.Interaction[IdentityBot]) -> None:
        await answer(interaction, delete_question(), view=DeleteEverything(interaction.user.id, self._privacy))


class DeleteEverything(View):
    """Asks once before everything goes."""

    def __init__(self, user_id: int, privacy: PrivacyService) -> None:
        super().__init__(user_id, timeout=QUESTION_SECONDS)
        self._privacy = privacy

    @discord.ui.button(label="Delete everything", style=discord.ButtonStyle.danger, custom_id="delete-everything")
    async def delete(
        self, interaction: discord.Interaction[IdentityBot], _: discord.ui.Button[DeleteEverything]
    ) -> None:
        await interaction.response.defer()  # hundreds of pictures may take longer than the 3 s that an answer has
        known = await self._privacy.delete_everything(interaction.user.id)
        await self._close(interaction, deleted(known=known))

    @discord.ui.button(label="Keep it", custom_id="keep-everything")
    async def keep(self, interaction: discord.Interaction[IdentityBot], _: discord.ui.Button[DeleteEverything]) -> None:
        await interaction.response.defer()
        await self._close(interaction, kept_after_all())

    async def _close(self, interaction: discord.Interaction[IdentityBot], sentence: str) -> None:
        self.stop()
        await interaction.edit_original_response(content=sentence, view=None)


async def setup(bot: IdentityBot) -> None:
    """Called by discord.py."""
    await bot.add_cog(Privacy(bot.services))
