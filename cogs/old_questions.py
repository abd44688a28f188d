"""Questions asked by an earlier process: it has taken with it what they were about, and whoever answers is told so."""

from __future__ import annotations

from datetime import timedelta

import discord
from discord.ext import commands

from bot.app import IdentityBot
from bot.error_replies import answer
from bot.wording import asked_before_restart

QUESTIONS = frozenset({"delete-everything", "keep-everything", "more-of-looks", "photos-to-delete"})
"""The ids of what lives in a process. Buttons below pictures are found again by theirs, in `cogs.buttons`."""

CLOCKS = timedelta(minutes=1)
"""By which this machine's clock may be ahead of Discord's: what this process asked is never taken for older."""


class OldQuestions(commands.Cog):
    def __init__(self) -> None:
        self._began = discord.utils.utcnow() - CLOCKS

    @commands.Cog.listener()
    async def on_interaction(self, interaction: discord.Interaction[IdentityBot]) -> None:
        message = interaction.message
        custom_id = None if interaction.data is None else interaction.data.get("custom_id")
        if message is not None and custom_id in QUESTIONS and message.created_at < self._began:
            await answer(interaction, asked_before_restart())


async def setup(bot: IdentityBot) -> None:
    """Called by discord.py."""
    await bot.add_cog(OldQuestions())
