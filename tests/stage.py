"""A stage for conversations: the real bot on SimCord's simulated Discord, with a server, a channel and people."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine, Sequence
from functools import cache
from io import BytesIO
from pathlib import Path
from types import TracebackType
from typing import Any, Self, overload

import discord
import structlog
from discord import app_commands
from PIL import Image
from simcord.actors import MemberActor
from simcord.backend.models import Message
from simcord.builders import ChannelHandle
from simcord.env import Env
from simcord.results import InteractionResult, to_discord_message
from sqlalchemy import func, select

from bot.app import IdentityBot, build_bot
from bot.demo.local_gemini import LocalGemini
from bot.domain import Turn
from bot.error_replies import ALREADY_ACKNOWLEDGED
from bot.errors import BotError
from bot.services.orders import ChatOrder
from bot.settings import FixedSettings, Settings
from storage.database import Database

RED, GREEN, BLUE = (200, 30, 30), (30, 160, 60), (40, 60, 200)


def settings_for(gemini_url: str, folder: Path, **changes: object) -> Settings:
    """Settings of a bot for one test: the smallest pictures, the local Gemini, a database file in `folder`."""
    values: dict[str, object] = {
        "discord_token": "a-token",
        "gemini_api_key": "the-key",
        "gemini_base_url": gemini_url,
        "gemini_timeout_seconds": 20,
        "database_url": f"sqlite+aiosqlite:///{folder}/bot.db",
        "gemini_model": "gemini-3.1-flash-image",
        "image_size": "512",
        "stop_seconds": 0,
        "user_pictures_a_day": None,
        "most_waiting": 1000,
        "retry_pause_seconds": 0,
    }
    return FixedSettings(**{**values, **changes})  # type: ignore[arg-type]


@cache
def photo(color: tuple[int, int, int] = RED, size: tuple[int, int] = (96, 120), form: str = "PNG") -> bytes:
    """A picture file of one colour."""
    buffer = BytesIO()
    Image.new("RGB", size, color).save(buffer, form)
    return buffer.getvalue()


READY = photo(form="JPEG")
"""What Gemini answers with, unless a test has it draw."""


def silence_log() -> None:
    """No line of the log is written, until it is configured anew."""
    structlog.configure(processors=[], logger_factory=structlog.ReturnLoggerFactory(), cache_logger_on_first_use=False)


def database_in(file: Path) -> Database:
    return Database(f"sqlite+aiosqlite:///{file}")


class Stage:
    """Alice (a member), Bob (another member) and Mona (a moderator) in the channel `studio` of one server."""

    def __init__(self, settings: Settings, gemini: LocalGemini) -> None:
        self.settings = settings
        self.gemini = gemini
        self.env = Env(build_bot(settings), check_errors=False, settle_timeout=20)

    async def __aenter__(self) -> Self:
        await self.env.start()
        self.guild = self.env.create_guild("Painters")
        self.studio = self.guild.create_text_channel("studio")
        moderators = self.guild.create_role("Moderators", permissions=discord.Permissions(manage_guild=True))
        self.alice = self.guild.add_member(self.env.create_user("alice"))
        self.bob = self.guild.add_member(self.env.create_user("bob"))
        self.mona = self.guild.add_member(self.env.create_user("mona"), roles=[moderators])
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        unexpected = [each for each in self.env.errors if not _expected(each)]
        await self.bot.close()
        await self.env.shutdown()
        if unexpected and kind is None:
            raise ExceptionGroup("the bot raised", [each for each in unexpected if isinstance(each, Exception)])

    @property
    def bot(self) -> IdentityBot:
        assert isinstance(self.env.bot, IdentityBot)
        return self.env.bot

    @property
    def database(self) -> Database:
        return self.bot._database

    async def restart(self, **changes: object) -> None:
        """Stops the bot and starts another on the same database."""
        await self.bot.close()
        await self.env.restart_bot(build_bot(self.settings.model_copy(update=changes)))

    async def start(
        self, who: MemberActor | None = None, identity: str = "The Artist", **options: object
    ) -> InteractionResult:
        """`/identity start` in the studio, with one red photo unless `options` say otherwise."""
        given = {"description": "paints all day", "photo1": ("me.png", photo())} | options
        return await (who or self.alice).slash(
            self.studio, "identity start", identity=identity, **{name: each for name, each in given.items() if each}
        )

    @property
    def thread(self) -> ChannelHandle:
        """The newest thread in the studio."""
        return self.studio.threads[-1]


def own(who: MemberActor) -> ChatOrder:
    """Something to be done by a member with their own chat."""
    return ChatOrder(user_id=who.id, asked_by=who.id)


async def until(condition: Callable[[], bool]) -> None:
    """Waits for something that happens by itself; a minute is more than any of it takes."""
    async with asyncio.timeout(60):
        while not condition():
            await asyncio.sleep(0.005)


async def until_turn(stage: Stage, source_id: int, holds: Callable[[Turn], bool] = lambda _: True) -> None:
    """Waits until the message has become a turn for which `holds` is true."""
    async with asyncio.timeout(60):
        while True:
            async with stage.database.snapshot() as repos:
                turn = await repos.turns.of_source(source_id)
            if turn is not None and holds(turn):
                return
            await asyncio.sleep(0.005)


async def meanwhile(stage: Stage, asked: Coroutine[Any, Any, InteractionResult]) -> InteractionResult:
    """The answer that comes while Gemini is held. Releases it then: SimCord waits until nothing is under way.

    Not for a click that changes the message which was clicked: that one has its words before.
    """
    interactions = stage.env.backend.interactions
    known = set(interactions)
    asking = asyncio.ensure_future(asked)

    def is_answered() -> bool:
        new = [InteractionResult(stage.env, each) for id_, each in interactions.items() if id_ not in known]
        return any(each.followups or (each.response and each.response.content) for each in new)

    await until(lambda: asking.done() or is_answered())
    stage.gemini.release()
    return await asking


def said(result: InteractionResult) -> str:
    """What the bot answered. Of a click on a message that everyone sees, the response is that message itself."""
    if result.followups and not (result.response and result.response.ephemeral):
        return result.followups[-1].content
    assert result.response is not None
    return result.response.content


def said_besides(result: InteractionResult) -> list[str]:
    """What the bot told the one who asked after its answer."""
    assert all(each.ephemeral for each in result.followups)
    return [each.content for each in result.followups]


def last(channel: ChannelHandle) -> str:
    """What was written there last."""
    return _kept(channel)[-1].content


class Messages(Sequence[discord.Message]):
    """Of SimCord's messages each becomes a `discord.Message` when it is asked for, which takes a millisecond.

    It shows what the message is by then, and equals no list.
    """

    def __init__(self, channel: ChannelHandle, posted: list[Message]) -> None:
        self._channel = channel
        self._posted = posted

    def __len__(self) -> int:
        return len(self._posted)

    @overload
    def __getitem__(self, at: int) -> discord.Message: ...
    @overload
    def __getitem__(self, at: slice) -> Messages: ...
    def __getitem__(self, at: int | slice) -> discord.Message | Messages:
        if isinstance(at, slice):
            return Messages(self._channel, self._posted[at])
        return to_discord_message(self._channel._env, self._posted[at])


def bot_messages(channel: ChannelHandle) -> Messages:
    """What the bot posted there, oldest first."""
    return Messages(channel, posts(channel))


def posts(channel: ChannelHandle) -> list[Message]:
    """What `bot_messages` are made of."""
    ordinary = (discord.MessageType.default.value, discord.MessageType.reply.value)
    mine = channel._env.bot.user
    assert mine is not None
    return [each for each in _kept(channel) if each.author_id == mine.id and each.type in ordinary]


def _kept(channel: ChannelHandle) -> list[Message]:
    """What everybody sees there."""
    messages = channel._env.backend.messages.get(channel.id, {})
    return [messages[id_] for id_ in sorted(messages) if messages[id_].visible_to(None)]


def direct_messages(stage: Stage, who: MemberActor) -> Messages:
    """What the bot wrote to them in private, oldest first."""
    backend = stage.env.backend
    channel = ChannelHandle(stage.env, None, backend.channels[backend.dm_channels[who.id]])
    return bot_messages(channel)


def pictures(channel: ChannelHandle) -> Messages:
    """The bot's messages with a picture, oldest first."""
    return Messages(channel, [each for each in posts(channel) if each.attachments])


async def pixels(message: discord.Message) -> Image.Image:
    """The picture that a message shows."""
    return Image.open(BytesIO(await message.attachments[0].read())).convert("RGB")


def _expected(error: BaseException) -> bool:
    """SimCord also records what the bot answers with a sentence, and what is none of its faults."""
    cause = error.original if isinstance(error, app_commands.CommandInvokeError) else error
    if isinstance(cause, discord.HTTPException):
        return cause.code == ALREADY_ACKNOWLEDGED
    return isinstance(cause, BotError | app_commands.CheckFailure | app_commands.CommandNotFound)


async def turn_of(stage: Stage, picture: discord.Message) -> Turn:
    """The turn that the message shows."""
    async with stage.database.snapshot() as repos:
        turn = await repos.turns.of_reply(picture.id)
    assert turn is not None
    return turn


async def chat_of(stage: Stage, who: MemberActor) -> Any:
    """The chat that is stored of them; None where there is none."""
    async with stage.database.snapshot() as repos:
        return await repos.chats.of_user(who.id)


async def count(stage: Stage, table: type) -> int:
    """How many rows the table has."""
    async with stage.database.engine.connect() as connection:
        return await connection.scalar(select(func.count()).select_from(table)) or 0


async def newest_turn(stage: Stage) -> Turn:
    """What Alice asked for last."""
    async with stage.database.snapshot() as repos:
        turn = await repos.turns.newest_of_user(stage.alice.id)
    assert turn is not None
    return turn
