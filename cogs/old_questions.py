"""Questions that nobody waits for any more: they are old, or an earlier process asked them. Who answers is told so."""

from __future__ import annotations

import discord
from discord.ext import commands

from bot.app import IdentityBot
from bot.error_replies import QUESTION_SECONDS, answer
from bot.wording import too_late_to_answer

QUESTIONS = frozenset({"delete-everything", "keep-everything", "more-of-looks", "photos-to-delete"})
"""The ids of what lives in a process. Buttons below pictures are found again by theirs, in `cogs.buttons`."""


class OldQuestions(commands.Cog):
    def __init__(self) -> None:
        self._began = discord.utils.utcnow()

    @commands.Cog.listener()
    async def on_interaction(self, interaction: discord.Interaction[IdentityBot]) -> None:
        message = interaction.message
        custom_id = None if interaction.data is None else interaction.data.get("custom_id")
        if message is not None and custom_id in QUESTIONS and self._is_over(message):
            await answer(interaction, too_late_to_answer())

    def _is_over(self, message: discord.Message) -> bool:
        asked = message.edited_at or message.created_at  # what is answered in part asks on
        return asked < self._began or (discord.utils.utcnow() - asked).total_seconds() > QUESTION_SECONDS


async def setup(bot: IdentityBot) -> None:
    """Called by discord.py."""
    await bot.add_cog(OldQuestions())
