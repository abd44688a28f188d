"""Showing a turn's outcome on Discord: the picture in its thread as a reply to its prompt, or why there is none."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable, Collection, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager
from io import BytesIO
from typing import Any

import aiohttp
import discord
import structlog

from bot.buttons import Action, button_id, cancel_button, picture_buttons, try_again_button
from bot.domain import Picture, Place, Turn
from bot.errors import (
    BotError,
    DiscordRejected,
    DiscordUnavailable,
    DiscordUnreachable,
    MissingPermissions,
    NotAMember,
    NotPermitted,
    PlaceError,
    PlaceGone,
    TooManyThreads,
)
from bot.imaging.fitting import file_extension, fit
from bot.texts import as_message
from bot.wording import alt_text, asked_by_moderator, picture_caption, problem_told, problem_told_in_private

log = structlog.get_logger(__name__)

DEFAULT_UPLOAD_LIMIT = 10 * 1024 * 1024
"""Bytes a file may have where no server's boosts raise it: direct messages, unknown servers (Discord, 2024)."""

TOO_LARGE = 40005
"""Discord's code for a request that is too large; a proxy before it answers 413 without any."""

THREAD_ARCHIVED = 50083
"""Discord's code for a thread in which nothing can be changed as it is."""

CLOSED_TO_US = frozenset({10003, 10004, 50001, THREAD_ARCHIVED, 160005})
"""Unknown channel, unknown server, no access, thread archived, thread locked."""

TOO_MANY_THREADS = 160006

NEEDED_IN_THREAD = ("view_channel", "send_messages_in_threads", "attach_files", "read_message_history")
"""Without the last, Discord takes no replies."""

NEEDED_IN_CHANNEL = ("view_channel", "send_messages", "attach_files")
"""For a picture without a chat, which replies to nothing."""

LOOKUP_SECONDS = 1.5
"""How long Discord may take to tell of a member, of the 3 s in which a click has to be answered."""

TYPING_SECONDS = 2
"""How long a picture waits for Discord to show that it is being drawn."""

Sendable = discord.abc.Messageable


class DiscordPoster:
    """Posts what `bot.services.turns` tells it to."""

    def __init__(self, client: discord.Client) -> None:
        self._client = client

    async def post_picture(self, turn: Turn, picture: Picture) -> int:
        """Posts once: Discord gives back the first message for a nonce that it has seen in the last minutes.

        A file that is turned down as too large is followed by a smaller one. Raises PlaceError, DiscordUnavailable.
        """
        with translated():
            channel = await self._channel(turn.place)
        limit = upload_limit(channel)
        while True:
            fitting = await fit(picture, limit)
            message = await _send_picture(channel, turn, fitting)
            if message is not None:
                return message.id
            limit = len(fitting.data) // 2

    async def find_picture(self, turn: Turn) -> int | None:
        """The id of the message that shows the turn's picture. Raises PlaceError, DiscordUnavailable."""
        name = picture_name(turn)
        with translated():
            channel = await self._channel(turn.place)
        return await self._find(channel, turn, lambda message: name in {_stem(each) for each in message.attachments})

    async def find_status(self, turn: Turn) -> int | None:
        """The id of the turn's line, known by its button. Raises PlaceError, DiscordUnavailable."""
        cancel = button_id(Action.CANCEL, turn.id)
        with translated():
            channel = await self._channel(turn.place)
        return await self._find(channel, turn, lambda message: cancel in _button_ids(message))

    async def post_problem(self, turn: Turn, others: Collection[int] | None = None) -> int | None:
        """Says it in the thread; in private to the one who asked where the thread does not take it.

        Beside it is a button to try again, where that may help. With `others`, a message that says it already is looked
        for first, beside those. Answers the id of the message in the thread. Raises PlaceError, DiscordUnavailable.
        """
        buttons: dict[str, Any] = {"view": try_again_button(turn)} if turn.retryable else {}
        text, nonce = as_message(problem_told(turn)), f"problem-{turn.id}-{turn.attempt}"
        try:
            with translated():
                channel = await self._channel(turn.place)
            said = await self._said(channel, turn, text, others)
            if said is not None:
                return said
            with translated():
                return (await _send(channel, turn, text, nonce, **buttons)).id
        except PlaceError as error:
            if turn.place.guild_id is None:
                raise
            log.info("problem told in private", turn=turn.id, reason=type(error).__name__)
            with translated():
                private = await self._client.create_dm(discord.Object(turn.asked_by))
            text = as_message(problem_told_in_private(turn))
            if await self._said(private, turn, text, others) is None:
                with translated():
                    await private.send(text, nonce=nonce, **({} if turn.by_moderator else buttons))
            return None

    async def _said(self, channel: Sendable, turn: Turn, text: str, others: Collection[int] | None) -> int | None:
        """The message there that says so since the prompt, none of `others`; not looked for when that is None."""
        if others is None:
            return None
        return await self._find(channel, turn, lambda each: each.content == text.strip() and each.id not in others)

    async def _find(self, channel: Sendable, turn: Turn, matches: Callable[[discord.Message], bool]) -> int | None:
        """Looks through what the bot posted there since the turn's prompt."""
        with translated():
            async for message in channel.history(after=discord.Object(turn.source_id), limit=None, oldest_first=True):
                if message.author == self._client.user and matches(message):
                    return message.id
        return None

    async def show_status(self, turn: Turn, text: str) -> int:
        """Posts the line below the prompt, or changes it. Raises PlaceError, DiscordUnavailable."""
        text += asked_by_moderator(turn)
        with translated():
            channel = await self._channel(turn.place)
            if turn.status_message_id is not None:
                await self._message(channel, turn.status_message_id).edit(content=text)
                return turn.status_message_id
            nonce = f"status-{turn.id}-{turn.attempt}"
            return (await _send(channel, turn, text, nonce, view=cancel_button(turn), silent=True, ping=False)).id

    async def remove_status(self, turn: Turn) -> None:
        """Takes the line away; one that is gone already is no trouble. Raises PlaceError, DiscordUnavailable."""
        if turn.status_message_id is not None:
            with translated(), contextlib.suppress(discord.NotFound):
                await self._message(await self._channel(turn.place), turn.status_message_id).delete()

    @asynccontextmanager
    async def drawing(self, turn: Turn) -> AsyncIterator[None]:
        """Shows "typing" in the thread. That it cannot be shown is no reason not to draw.

        Raises PlaceError for a thread in which nothing can be posted any more, and NotAMember for an owner who has left
        the server: a picture for it would cost in vain.
        """
        typing = None
        try:
            with translated():
                channel = await self._channel(turn.place)
                require_open(channel)
                await self._require_member(turn)
                typing = channel.typing()
                async with asyncio.timeout(TYPING_SECONDS):
                    await typing.__aenter__()
        except (PlaceError, NotAMember):
            raise
        except BotError as error:
            log.info("cannot show that a picture is drawn", turn=turn.id, reason=type(error).__name__)
            typing = None
        try:
            yield
        finally:
            if typing is not None:
                await typing.__aexit__(None, None, None)

    async def _require_member(self, turn: Turn) -> None:
        guild = None if turn.place.guild_id is None else self._client.get_guild(turn.place.guild_id)
        if guild is not None and await fetch_member(guild, turn.user_id) is None:
            raise NotAMember(turn.user_id)

    def _message(self, channel: Sendable, message_id: int) -> discord.PartialMessage:
        return self._client.get_partial_messageable(channel.id).get_partial_message(message_id)  # type: ignore[attr-defined]

    async def _channel(self, place: Place) -> Sendable:
        return await find_channel(self._client, place.thread_id)


async def find_channel(client: discord.Client, channel_id: int) -> Sendable:
    """A channel or thread, from the cache or, as archived threads leave it, from Discord. Raises PlaceGone."""
    channel = client.get_channel(channel_id) or await client.fetch_channel(channel_id)
    if not isinstance(channel, discord.abc.Messageable):
        raise PlaceGone
    return channel


def upload_limit(channel: object) -> int:
    """Bytes that a file posted there may have."""
    guild = getattr(channel, "guild", None)
    return guild.filesize_limit if isinstance(guild, discord.Guild) else DEFAULT_UPLOAD_LIMIT


def picture_file(turn: Turn, picture: Picture) -> discord.File:
    """A picture as an upload, with its prompt as description."""
    name = f"{picture_name(turn)}.{file_extension(picture.mime_type)}"
    return discord.File(BytesIO(picture.data), filename=name, description=alt_text(turn))


def picture_name(turn: Turn) -> str:
    """The upload's name without its ending, of no other turn: it tells whether the picture is posted already."""
    version = "" if turn.version is None else f"-v{turn.version}"
    return f"identity{version}-{turn.id}"


@contextmanager
def translated() -> Iterator[None]:
    """Raises a BotError for whatever discord.py and its HTTP client raise inside the block."""
    try:
        yield
    except (discord.HTTPException, aiohttp.ClientError, TimeoutError, OSError) as error:
        raise discord_error(error) from error


def discord_error(error: Exception) -> BotError:
    """What discord.py or its HTTP client raised, as an error of ours."""
    if not isinstance(error, discord.HTTPException):
        log.warning("connection to discord broke", error=type(error).__name__)
        return DiscordUnreachable()
    log.warning("discord answered with an error", status=error.status, code=error.code)
    if error.code in CLOSED_TO_US or error.status == 404:
        return PlaceGone()
    if error.code == TOO_MANY_THREADS:
        return TooManyThreads()
    if error.status == 403:
        return NotPermitted()
    if error.status == 429:  # one that discord.py has not waited out: it does so for those of Discord's own proxy
        return DiscordUnavailable(_seconds(error.response.headers.get("Retry-After")))
    return DiscordUnavailable() if error.status >= 500 else DiscordRejected()


def _seconds(header: str | None) -> float | None:
    try:
        return float(header or "")
    except ValueError:  # a date, which HTTP allows as well
        return None


async def fetch_member(guild: discord.Guild, user_id: int) -> discord.Member | None:
    """As Discord knows it: the cache is told of nobody who leaves. Raises DiscordUnavailable."""
    with translated():
        try:
            async with asyncio.timeout(LOOKUP_SECONDS):
                return await guild.fetch_member(user_id)
        except discord.NotFound:
            return None


def require_permissions(granted: discord.Permissions, needed: Sequence[str], where: str) -> None:
    """Raises MissingPermissions, which names each as Discord's settings do."""
    missing = [name for name in needed if not getattr(granted, name)]
    if missing:
        names = [name.replace("_", " ").title().replace(" In ", " in ") for name in missing]
        raise MissingPermissions(names, where)


def require_open(channel: object) -> None:
    """Raises PlaceGone or MissingPermissions for a thread or channel in which no picture can be posted.

    A thread that a moderator locked takes messages of those only who may manage threads.
    """
    if isinstance(channel, discord.abc.GuildChannel):
        require_permissions(channel.permissions_for(channel.guild.me), NEEDED_IN_CHANNEL, channel.mention)
    if not isinstance(channel, discord.Thread):
        return
    if channel.parent is None:
        raise PlaceGone
    granted = channel.parent.permissions_for(channel.guild.me)
    if channel.locked and not granted.manage_threads:
        raise PlaceGone
    require_permissions(granted, NEEDED_IN_THREAD, channel.mention)


def _stem(attachment: discord.Attachment) -> str:
    return attachment.filename.rpartition(".")[0]


def _button_ids(message: discord.Message) -> set[str | None]:
    rows = [row for row in message.components if isinstance(row, discord.ActionRow)]
    return {button.custom_id for row in rows for button in row.children}


def _too_large(error: discord.HTTPException) -> bool:
    return error.status == 413 or error.code == TOO_LARGE


async def _send_picture(channel: Sendable, turn: Turn, picture: Picture) -> discord.Message | None:
    """None when Discord turned the file down as too large."""
    view = picture_buttons(turn)
    buttons: dict[str, Any] = {} if view is None else {"view": view}
    with translated():
        try:
            return await _send(
                channel, turn, picture_caption(turn), f"turn-{turn.id}", file=picture_file(turn, picture), **buttons
            )
        except discord.HTTPException as error:
            if not _too_large(error):
                raise
            log.info("file turned down as too large", turn=turn.id, bytes=len(picture.data))
            return None


async def _send(
    channel: Sendable, turn: Turn, text: str, nonce: str, *, ping: bool = True, **more: Any
) -> discord.Message:
    """Sends to the turn's thread, as a reply to its prompt; only the one who asked is pinged, whatever the text holds.

    A prompt that is deleted by now is no reason not to answer.
    """
    asker = discord.Object(turn.asked_by, type=discord.User)
    users = [asker] if ping else []
    mentions = discord.AllowedMentions(everyone=False, roles=False, users=users, replied_user=ping)
    if turn.reply_to_message_id is not None:
        more["reference"] = discord.MessageReference(
            message_id=turn.reply_to_message_id,
            channel_id=turn.place.thread_id,
            guild_id=turn.place.guild_id,
            fail_if_not_exists=False,
        )
    return await channel.send(as_message(text), nonce=nonce, allowed_mentions=mentions, **more)
