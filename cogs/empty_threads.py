"""Threads opened for a chat by a process that ended before it could take the prompt: they are told so."""

from __future__ import annotations

from contextlib import suppress

import discord
from discord.ext import commands

from bot.app import IdentityBot, Services
from bot.errors import BotError, DatabaseUnavailable
from bot.posting import translated
from bot.wording import interrupted

FEW_MESSAGES = 10
"""In a private thread Discord itself says who was added, and a member may have wondered aloud."""


class EmptyThreads(commands.Cog):
    def __init__(self, bot: IdentityBot, services: Services) -> None:
        self._bot = bot
        self._prompts = services.waiting_prompts
        self._began = discord.utils.utcnow()

    @commands.Cog.listener()
    async def on_ready(self) -> None:
        """A thread in which the bot has spoken is not empty any more; what fails is tried at the next session."""
        quiet = {thread.id: thread for guild in self._bot.guilds for thread in guild.threads if self._is_quiet(thread)}
        with suppress(DatabaseUnavailable):
            for thread_id in await self._prompts.never_asked_in(quiet) if quiet else ():
                with suppress(BotError), translated():
                    await self._tell(quiet[thread_id])

    def _is_quiet(self, thread: discord.Thread) -> bool:
        """Whether it is the bot's, of an earlier process, and hardly anything was ever said in it."""
        mine = self._bot.user is not None and thread.owner_id == self._bot.user.id
        quiet = (thread.message_count or 0) <= FEW_MESSAGES
        return mine and quiet and discord.utils.snowflake_time(thread.id) < self._began

    async def _tell(self, thread: discord.Thread) -> None:
        """Says it, unless the bot has said something there before, or something that was said is deleted."""
        messages = [message async for message in thread.history(limit=FEW_MESSAGES)]
        if any(message.author == self._bot.user and not message.is_system() for message in messages):
            return
        if thread.last_message_id in (None, *(message.id for message in messages)):
            await thread.send(interrupted())


async def setup(bot: IdentityBot) -> None:
    """Called by discord.py."""
    await bot.add_cog(EmptyThreads(bot, bot.services))
