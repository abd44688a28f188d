"""/help: what to try first."""

from __future__ import annotations

import discord
from discord import app_commands
from discord.ext import commands

from bot.app import IdentityBot
from bot.error_replies import answer
from bot.wording import help_text


class Help(commands.Cog):
    @app_commands.command(description="What I can do, and five things to try")
    async def help(self, interaction: discord.Interaction[IdentityBot]) -> None:
        await answer(interaction, help_text())


async def setup(bot: IdentityBot) -> None:
    """Called by discord.py."""
    await bot.add_cog(Help())
