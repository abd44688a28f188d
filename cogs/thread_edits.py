"""Messages in a chat's thread are edit prompts."""

from __future__ import annotations

import discord
from discord.ext import commands

from bot.app import IdentityBot, Services
from bot.error_replies import sentence_for
from bot.errors import AlreadyTaken, EmptyPrompt, MessagesHidden
from bot.services.image_chat import Residence
from bot.services.orders import EditOrder
from bot.texts import as_message
from bot.wording import with_notes
from cogs.attachments import read_files


class ThreadEdits(commands.Cog):
    def __init__(self, bot: IdentityBot, services: Services) -> None:
        self._bot = bot
        self._chats = services.chats

    @commands.Cog.listener()
    async def on_message(self, message: discord.Message) -> None:
        if not _may_be_prompt(message):
            return
        try:
            async with self._chats.in_order(message.author.id):
                reply = await self._answer(message)
        except AlreadyTaken:
            return
        except Exception as error:  # noqa: BLE001 - whatever it is, the one who wrote gets an answer
            reply = sentence_for(error)
        if reply:
            await message.reply(as_message(reply), mention_author=False)

    async def _answer(self, message: discord.Message) -> str:
        """Takes the message as an edit, if it is one; answers what to say to it, empty when nothing."""
        residence = await self._chats.residence(message.author.id, message.channel.id)
        if residence is Residence.HOME:
            return await self._take(message)
        if residence is Residence.FORMER or message.guild is None:
            raise await self._chats.no_home_here(message.author.id, ended=residence is Residence.FORMER)
        return ""

    async def _take(self, message: discord.Message) -> str:
        prompt = self._without_mention(message.content)
        if not prompt and not message.attachments and not self._bot.intents.message_content:
            raise EmptyPrompt if self._bot.user in message.mentions else MessagesHidden
        order = EditOrder(
            user_id=message.author.id,
            asked_by=message.author.id,
            source_id=message.id,
            prompt=prompt,
            files=await read_files(message.attachments),
            message_id=message.id,
            guild_id=message.guild.id if message.guild else None,
        )
        taken = await self._chats.continue_identity_image_chat(order)
        return with_notes("I am on it, with this left out:", taken.notes) if taken.notes else ""

    def _without_mention(self, text: str) -> str:
        """The bot's own mention is an address, not a part of the prompt."""
        return text.replace(self._bot.user.mention, "").strip() if self._bot.user else text


def _may_be_prompt(message: discord.Message) -> bool:
    """People's own words, in a thread or in private; asked of every message that the bot sees."""
    if message.author.bot or message.webhook_id is not None:
        return False
    if message.type not in (discord.MessageType.default, discord.MessageType.reply):
        return False
    return isinstance(message.channel, discord.Thread | discord.DMChannel | discord.PartialMessageable)


async def setup(bot: IdentityBot) -> None:
    """Called by discord.py."""
    await bot.add_cog(ThreadEdits(bot, bot.services))
