"""Threads opened for a chat by a process that ended before it could take the prompt: they are told so."""

from __future__ import annotations

from contextlib import suppress

import discord
from discord.ext import commands

from bot.app import IdentityBot, Services
from bot.errors import BotError, DatabaseUnavailable
from bot.posting import translated
from bot.wording import interrupted


class EmptyThreads(commands.Cog):
    def __init__(self, bot: IdentityBot, services: Services) -> None:
        self._bot = bot
        self._prompts = services.waiting_prompts
        self._began = discord.utils.utcnow()

    @commands.Cog.listener()
    async def on_ready(self) -> None:
        """A thread in which the bot has spoken is not empty any more; what fails is tried at the next session."""
        empty = {thread.id: thread for guild in self._bot.guilds for thread in guild.threads if self._is_empty(thread)}
        with suppress(DatabaseUnavailable):
            for thread_id in await self._prompts.never_asked_in(empty) if empty else ():
                with suppress(BotError), translated():
                    await empty[thread_id].send(interrupted())

    def _is_empty(self, thread: discord.Thread) -> bool:
        """Whether it is the bot's, of an earlier process, and nothing was ever said in it."""
        mine = self._bot.user is not None and thread.owner_id == self._bot.user.id
        return mine and not thread.message_count and discord.utils.snowflake_time(thread.id) < self._began


async def setup(bot: IdentityBot) -> None:
    """Called by discord.py."""
    await bot.add_cog(EmptyThreads(bot, bot.services))
