"""Messages in a chat's thread are edit prompts, also those that were written while the bot was away."""

from __future__ import annotations

import discord
import structlog
from discord.ext import commands

from bot.app import IdentityBot, Services
from bot.error_replies import sentence_for
from bot.errors import AlreadyTaken, EmptyPrompt, MessagesHidden
from bot.services.image_chat import Residence
from bot.services.orders import EditOrder
from bot.texts import as_message
from bot.wording import with_notes
from cogs.attachments import read_files

log = structlog.get_logger(__name__)


class ThreadEdits(commands.Cog):
    def __init__(self, bot: IdentityBot, services: Services) -> None:
        self._bot = bot
        self._chats = services.chats
        self._prompts = services.waiting_prompts
        self._caught_up: set[tuple[int, int]] = set()
        """Users and threads whose messages have all been seen since the gateway session began."""

    @commands.Cog.listener()
    async def on_ready(self) -> None:
        """A new session: what was written since the last one has come by no event. A resumed one has missed nothing."""
        self._caught_up.clear()
        for user_id, thread_id in await self._prompts.homes():
            async with self._chats.in_order(user_id):
                await self._catch_up(user_id, thread_id)

    @commands.Cog.listener()
    async def on_message(self, message: discord.Message) -> None:
        if not _may_be_prompt(message):
            return
        async with self._chats.in_order(message.author.id):
            await self._see(message)

    async def _see(self, message: discord.Message) -> None:
        """Answers the message; in a chat's thread, what was missed before it is answered first."""
        residence = await self._chats.residence(message.author.id, message.channel.id)
        if residence is Residence.HOME:
            if await self._catch_up(message.author.id, message.channel.id):
                return  # this message was among those found
            await self._take(message)
        elif residence is Residence.FORMER or message.guild is None:
            ended = residence is Residence.FORMER
            await _reply(message, (await self._chats.no_home_here(message.author.id, ended=ended)).user_message)

    async def _catch_up(self, user_id: int, thread_id: int) -> bool:
        """Takes the prompts of that thread that have come by no event; False when there was no need to look."""
        seen = await self._prompts.last_seen(user_id, thread_id)
        if seen is None or (user_id, thread_id) in self._caught_up:
            return False
        self._caught_up.add((user_id, thread_id))
        try:
            channel = self._bot.get_channel(thread_id) or await self._bot.fetch_channel(thread_id)
            if not isinstance(channel, discord.Thread | discord.DMChannel):
                return False
            if isinstance(channel, discord.Thread) and (channel.last_message_id or seen + 1) <= seen:
                return False
            since = discord.Object(seen)
            messages = [each async for each in channel.history(after=since, limit=None, oldest_first=True)]
        except discord.HTTPException as error:
            log.info("cannot look for missed prompts", thread=thread_id, status=error.status, code=error.code)
            return False
        for message in self._unanswered(messages, user_id):
            await self._take(message)
        return True

    def _unanswered(self, messages: list[discord.Message], user_id: int) -> list[discord.Message]:
        """The user's prompts that the bot has not replied to; it has replied to those it had to turn down."""
        mine = (message for message in messages if message.author == self._bot.user)
        answered = {message.reference.message_id for message in mine if message.reference}
        return [
            message
            for message in messages
            if message.author.id == user_id and message.id not in answered and _may_be_prompt(message)
        ]

    async def _take(self, message: discord.Message) -> None:
        """Takes the message as an edit; its writer hears of it only when something is left out or wrong."""
        try:
            notes = await self._order(message)
        except AlreadyTaken:
            return
        except Exception as error:  # noqa: BLE001 - whatever it is, the one who wrote gets an answer
            await _reply(message, sentence_for(error))
            return
        if notes:
            await _reply(message, with_notes("I am on it, with this left out:", notes))

    async def _order(self, message: discord.Message) -> tuple[str, ...]:
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
            replied_to=message.reference.message_id if message.reference else None,
            guild_id=message.guild.id if message.guild else None,
        )
        return (await self._chats.continue_identity_image_chat(order)).notes

    def _without_mention(self, text: str) -> str:
        """The bot's own mention is an address, not a part of the prompt."""
        return text.replace(self._bot.user.mention, "").strip() if self._bot.user else text


async def _reply(message: discord.Message, sentence: str) -> None:
    await message.reply(as_message(sentence), mention_author=False)


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
