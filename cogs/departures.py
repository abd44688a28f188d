"""What goes away on Discord: prompts changed or deleted, threads and channels deleted, servers left.

Raw events throughout: they come for what is not in the cache as well.
"""

from __future__ import annotations

from contextlib import suppress
from functools import partial

import discord
from discord.ext import commands

from bot.app import IdentityBot, Services
from bot.errors import BotError, DatabaseUnavailable, PlaceError
from bot.posting import translated
from bot.texts import as_message
from bot.visits import admit_author
from cogs.thread_edits import VoiceChat, names, without_names


class Departures(commands.Cog):
    def __init__(self, bot: IdentityBot, services: Services) -> None:
        self._bot = bot
        self._prompts = services.waiting_prompts

    @commands.Cog.listener()
    async def on_raw_message_edit(self, event: discord.RawMessageUpdateEvent) -> None:
        try:
            if _is_talk_now(self._bot, event.message):
                await self._prompts.withdraw(event.message_id)
            else:
                admit = partial(admit_author, event.message, self._bot)
                await self._prompts.reword(event.message_id, without_names(self._bot, event.message), admit)
        except DatabaseUnavailable:
            raise  # nobody knows whether it was a prompt at all
        except BotError as error:
            with suppress(BotError), translated():
                await event.message.reply(as_message(error.user_message), mention_author=False)

    @commands.Cog.listener()
    async def on_raw_message_delete(self, event: discord.RawMessageDeleteEvent) -> None:
        known = event.cached_message
        if known is None or known.author != self._bot.user:  # the bot deletes its own lines all the time
            await self._prompts.withdraw(event.message_id)

    @commands.Cog.listener()
    async def on_raw_bulk_message_delete(self, event: discord.RawBulkMessageDeleteEvent) -> None:
        for message_id in event.message_ids:
            await self._prompts.withdraw(message_id)

    @commands.Cog.listener()
    async def on_raw_thread_delete(self, event: discord.RawThreadDeleteEvent) -> None:
        await self._prompts.leave(thread_id=event.thread_id)

    @commands.Cog.listener()
    async def on_guild_channel_delete(self, channel: discord.abc.GuildChannel) -> None:
        """Discord tells of a channel's cached threads only, so its chats are found by the channel."""
        await self._prompts.leave(channel_id=channel.id)

    @commands.Cog.listener()
    async def on_ready(self) -> None:
        """Of a server that the bot was removed from while it was away, no event tells."""
        here = {guild.id for guild in self._bot.guilds}
        with suppress(DatabaseUnavailable):
            for guild_id in await self._prompts.servers() - here:
                if await self._is_left(guild_id):
                    await self._prompts.leave(guild_id=guild_id)

    async def _is_left(self, guild_id: int) -> bool:
        """As Discord says; what it does not say counts as no."""
        try:
            with translated():
                await self._bot.fetch_guild(guild_id, with_counts=False)
        except PlaceError:
            return True
        except BotError:
            return False
        return False

    @commands.Cog.listener()
    async def on_guild_remove(self, guild: discord.Guild) -> None:
        """The bot left or was removed; a server that is merely unreachable for a while does not come here."""
        await self._prompts.leave(guild_id=guild.id)


def _is_talk_now(bot: IdentityBot, message: discord.Message) -> bool:
    """In a voice chat, what named the bot and does not any more."""
    return isinstance(message.channel, VoiceChat) and message.reference is None and not names(bot, message)


async def setup(bot: IdentityBot) -> None:
    """Called by discord.py."""
    await bot.add_cog(Departures(bot, bot.services))
