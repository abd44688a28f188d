"""Messages in a chat's thread are edit prompts, also those that were written while the bot was away.

In a voice chat, which has no threads, those to the bot are.
"""

from __future__ import annotations

import contextlib
from datetime import UTC, datetime, timedelta
from functools import partial

import discord
import structlog
from discord.ext import commands, tasks

from bot.app import IdentityBot, Services
from bot.domain import Home, Place
from bot.error_replies import sentence_for
from bot.errors import (
    AlreadyTaken,
    BotError,
    DatabaseUnavailable,
    DiscordRejected,
    DiscordUnavailable,
    EmptyPrompt,
    MessagesHidden,
    PlaceError,
)
from bot.posting import translated
from bot.repeating import undeterred
from bot.services.image_chat import Residence
from bot.services.orders import EditOrder
from bot.texts import as_message
from bot.visits import admit_author
from bot.wording import with_notes
from cogs.attachments import read_files

log = structlog.get_logger(__name__)

VoiceChat = discord.VoiceChannel | discord.StageChannel

SETTLING_TIME = timedelta(hours=1)
"""How long a picture may have been posted before a prompt is found that was written before it and missed: by a process
that ended too soon. A thread's newest message says nothing of those."""


class ThreadEdits(commands.Cog):
    def __init__(self, bot: IdentityBot, services: Services) -> None:
        self._bot = bot
        self._chats = services.chats
        self._prompts = services.waiting_prompts
        self._caught_up: dict[tuple[int, int], int] = {}
        """Users and threads whose messages have all been seen since the gateway session began.

        With the newest message that was seen then: the events of those before it may still be on their way.
        """
        self._sessions = (datetime.now(UTC), datetime.now(UTC))
        """When the one before this gateway session began, and when this one did."""
        self._behind = False
        """Whether there may be others, because Discord or the database could not be read."""

    async def cog_load(self) -> None:
        self.look_again.start()

    async def cog_unload(self) -> None:
        self.look_again.cancel()

    @commands.Cog.listener()
    async def on_ready(self) -> None:
        """A new session: what was written since the last one has come by no event. A resumed one has missed nothing."""
        self._sessions = (self._sessions[1], datetime.now(UTC))
        self._caught_up.clear()
        await self._catch_up_everywhere()

    @tasks.loop(minutes=1)
    @undeterred
    async def look_again(self) -> None:
        if self._behind:
            await self._catch_up_everywhere()

    @commands.Cog.listener()
    async def on_message(self, message: discord.Message) -> None:
        if not self._may_be_prompt(message):
            return
        async with self._chats.in_order(message.author.id):
            try:
                await self._see(message)
            except (DatabaseUnavailable, DiscordUnavailable) as error:
                await self._put_off(message, error)

    async def _put_off(self, message: discord.Message, error: BotError) -> None:
        """Has the thread looked through again, for what gets no answer now; a reply counts as one."""
        log.warning("message put off", thread=message.channel.id, reason=type(error).__name__)
        answers = isinstance(error, DatabaseUnavailable) and self._looks_like_home(message)
        self._caught_up.pop((message.author.id, message.channel.id), None)
        self._behind = True
        if answers:
            with contextlib.suppress(DiscordUnavailable):
                await self._reply(message, error.user_message)

    def _looks_like_home(self, message: discord.Message) -> bool:
        """Whether the writer's chat lives there, as far as can be told without the database."""
        thread = message.channel
        if not isinstance(thread, discord.Thread):
            return message.guild is None
        residents = {user_id for user_id, thread_id in self._caught_up if thread_id == thread.id}
        return message.author.id in residents if residents else thread.owner_id == thread.guild.me.id

    async def _catch_up_everywhere(self) -> None:
        """Asks for no thread without news. Those that Discord did not list, as they rest, come last."""
        self._behind = False
        unlisted = []
        try:
            for home in await self._prompts.homes(self._sessions[0] - SETTLING_TIME):
                thread = self._listed(home.place)
                if home.unsettled or (thread is not None and _has_news(thread, home)):
                    await self._look_through(home)
                elif thread is None:
                    unlisted.append(home)
                else:
                    self._caught_up[home.user_id, home.place.thread_id] = 0
            for home in unlisted:
                await self._look_through(home)
        except DatabaseUnavailable:
            self._behind = True

    def _listed(self, place: Place) -> discord.Thread | None:
        guild = None if place.guild_id is None else self._bot.get_guild(place.guild_id)
        return None if guild is None else guild.get_thread(place.thread_id)

    async def _look_through(self, home: Home) -> None:
        try:
            async with self._chats.in_order(home.user_id):
                await self._catch_up(home.user_id, home.place.thread_id)
        except DiscordUnavailable:
            self._behind = True

    async def _see(self, message: discord.Message) -> None:
        """Answers the message; in a chat's thread, what was missed before it is answered first."""
        if await self._is_talk(message):
            return
        residence = await self._chats.residence(message.author.id, message.channel.id)
        if residence is Residence.HOME:
            if message.id > await self._catch_up(message.author.id, message.channel.id):
                await self._take(message)
        elif residence is Residence.FORMER or message.guild is None:
            ended = residence is Residence.FORMER
            await self._reply(message, (await self._chats.no_home_here(message.author.id, ended=ended)).user_message)

    async def _catch_up(self, user_id: int, thread_id: int) -> int:
        """Takes the prompts of that thread that have come by no event; answers the newest message that it saw.

        Raises DatabaseUnavailable, DiscordUnavailable.
        """
        if (user_id, thread_id) in self._caught_up:
            return self._caught_up[user_id, thread_id]
        seen = await self._prompts.last_seen(user_id, thread_id)
        messages = [] if seen is None else await self._written_since(seen, thread_id)
        for message in self._unanswered(messages, user_id):
            if not await self._is_talk(message):
                await self._take(message)
        self._caught_up[user_id, thread_id] = max((message.id for message in messages), default=0)
        return self._caught_up[user_id, thread_id]

    async def _written_since(self, seen: int, thread_id: int) -> list[discord.Message]:
        """All messages of the thread after that one, oldest first; none where the bot may not read."""
        try:
            with translated():
                channel = self._bot.get_channel(thread_id) or await self._bot.fetch_channel(thread_id)
                if isinstance(channel, discord.Thread) and (channel.last_message_id or seen + 1) <= seen:
                    return []
                if not isinstance(channel, discord.Thread | discord.DMChannel | VoiceChat):
                    return []
                after = discord.Object(seen)
                return [each async for each in channel.history(after=after, limit=None, oldest_first=True)]
        except (PlaceError, DiscordRejected) as error:
            log.info("cannot look for missed prompts", thread=thread_id, reason=type(error).__name__)
            return []

    def _unanswered(self, messages: list[discord.Message], user_id: int) -> list[discord.Message]:
        """The user's prompts that the bot has not replied to; it has replied to those it had to turn down."""
        mine = (message for message in messages if message.author == self._bot.user)
        answered = {message.reference.message_id for message in mine if message.reference}
        return [
            message
            for message in messages
            if message.author.id == user_id and message.id not in answered and self._may_be_prompt(message)
        ]

    async def _take(self, message: discord.Message) -> None:
        """Takes the message as an edit; its writer hears of it only when something is left out or wrong.

        Raises DiscordUnavailable.
        """
        try:
            notes = await self._order(message)
        except AlreadyTaken:
            return
        except DiscordUnavailable:
            raise
        except Exception as error:  # noqa: BLE001 - whatever it is, the one who wrote gets an answer
            await self._reply(message, sentence_for(error))
            return
        if notes:
            await self._reply(message, with_notes("I am on it, with this left out:", notes))

    async def _order(self, message: discord.Message) -> tuple[str, ...]:
        prompt = without_names(self._bot, message)
        if not prompt and not message.attachments and not self._bot.intents.message_content:
            raise EmptyPrompt if self._bot.user in message.mentions else MessagesHidden
        await admit_author(message, self._bot)
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

    def _may_be_prompt(self, message: discord.Message) -> bool:
        """People's own words, in a thread or in private; asked of every message that the bot sees.

        In a voice chat, where people talk of other things, only what they say to the bot.
        """
        if message.author.bot or message.webhook_id is not None:
            return False
        if message.type not in (discord.MessageType.default, discord.MessageType.reply):
            return False
        if isinstance(message.channel, VoiceChat):
            return message.reference is not None or names(self._bot, message)
        return isinstance(message.channel, discord.Thread | discord.DMChannel | discord.PartialMessageable)

    async def _is_talk(self, message: discord.Message) -> bool:
        """In a voice chat, what neither names the bot nor answers a picture of the writer's own.

        Raises DatabaseUnavailable.
        """
        if not isinstance(message.channel, VoiceChat) or names(self._bot, message):
            return False
        replied_to = None if message.reference is None else message.reference.message_id
        return replied_to is None or not await self._chats.is_picture_of(message.author.id, replied_to)

    async def _reply(self, message: discord.Message, sentence: str) -> None:
        """Raises DiscordUnavailable; where the bot may not write, it is silent."""
        with contextlib.suppress(PlaceError, DiscordRejected):
            await self._bot.patience.with_discord(partial(_reply, message, sentence))


def names(bot: IdentityBot, message: discord.Message) -> bool:
    """Whether the message names the bot, or its role; a reply that pings it does not."""
    return any(name in message.content for name in _names(bot, message))


def without_names(bot: IdentityBot, message: discord.Message) -> str:
    """What the message says; the bot's own name is an address, not a part of the prompt."""
    text = message.content
    for name in _names(bot, message):
        text = text.replace(name, "")
    return text.strip()


def _names(bot: IdentityBot, message: discord.Message) -> list[str]:
    own = [] if bot.user is None else [f"<@{bot.user.id}>", f"<@!{bot.user.id}>"]
    role = None if message.guild is None else message.guild.self_role
    return own if role is None else [*own, role.mention]


async def _reply(message: discord.Message, sentence: str) -> None:
    with translated():
        await message.reply(as_message(sentence), mention_author=False, nonce=f"reply-{message.id}")


def _has_news(thread: discord.Thread, home: Home) -> bool:
    return (thread.last_message_id or 0) > (home.newest_known or 0)


async def setup(bot: IdentityBot) -> None:
    """Called by discord.py."""
    await bot.add_cog(ThreadEdits(bot, bot.services))
