"""What is said on Discord beside pictures: what moderators did, what becomes of idle chats; and posts taken back."""

from __future__ import annotations

import contextlib
from datetime import datetime

import discord

from bot.domain import IdentityImageChat
from bot.errors import BotError, DiscordUnavailable
from bot.posting import THREAD_ARCHIVED, find_channel, translated
from bot.server_wording import act_told, idle_removed, idle_warning
from bot.servers import Act, ActKind
from bot.texts import as_message

SHOWN_BY_THEIR_PICTURE = frozenset({ActKind.CONTINUE, ActKind.AGAIN, ActKind.UPSCALE})
"""The picture's own line says who asked for it."""


class DiscordAnnouncer:
    def __init__(self, client: discord.Client) -> None:
        self._client = client

    async def show_act(self, act: Act, log_channel_id: int | None) -> None:
        """In the chat's thread and the log channel; pings nobody. Raises DiscordUnavailable."""
        if act.thread_id is not None and act.kind not in SHOWN_BY_THEIR_PICTURE:
            await self._say(act.thread_id, act_told(act), f"act-{act.id}")
        if log_channel_id is not None:
            await self._say(log_channel_id, act_told(act), f"log-{act.id}")

    async def _say(self, channel_id: int, text: str, nonce: str) -> None:
        try:
            with translated():
                channel = await find_channel(self._client, channel_id)
                nobody = discord.AllowedMentions.none()
                await channel.send(as_message(text), nonce=nonce, allowed_mentions=nobody, silent=True)
        except DiscordUnavailable:
            raise
        except BotError:
            """A place that is closed by now is no reason not to tell the other."""

    async def say_idle(self, chat: IdentityImageChat, removed_at: datetime | None) -> None:
        """In the chat's thread; the warning pings its owner. Raises BotError."""
        text = idle_removed() if removed_at is None else idle_warning(chat.user_id, removed_at)
        owner = discord.AllowedMentions(everyone=False, roles=False, users=[discord.Object(chat.user_id)])
        nonce = f"idle-{chat.id}-{'removed' if removed_at is None else 'warned'}"
        with translated():
            channel = await find_channel(self._client, chat.place.thread_id)
            await channel.send(text, nonce=nonce, allowed_mentions=owner)

    async def remove_post(self, thread_id: int, message_id: int) -> None:
        """Raises PlaceError, DiscordUnavailable; a message that is gone already is no trouble.

        An archived thread, in which nothing can be deleted, is opened for it.
        """
        post = self._client.get_partial_messageable(thread_id).get_partial_message(message_id)
        with translated(), contextlib.suppress(discord.NotFound):
            try:
                await post.delete()
            except discord.HTTPException as error:
                if error.code != THREAD_ARCHIVED:
                    raise
                await self._open(thread_id)
                await post.delete()

    async def _open(self, thread_id: int) -> None:
        thread = await self._client.fetch_channel(thread_id)
        if isinstance(thread, discord.Thread):
            await thread.edit(archived=False)
