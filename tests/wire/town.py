"""The bot as a process of its own, between a local Discord and a local Gemini that both run in the test."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

from bot.demo.local_discord import Guild, Interaction, LocalDiscord, Message, Place, TextChannel, Thread, User
from bot.demo.local_gemini import LocalGemini, ReceivedRequest
from stage import READY, photo
from wire.bot_process import LIMIT, BotProcess, Launch

API_KEY = "the-secret-key-of-gemini"


class Town:
    """Before the bot is in it: `start_bot`. A test may stop it and start it again on the same database.

    `launch` is how it becomes a process; other keywords are further settings.
    """

    def __init__(self, folder: Path, launch: Launch, **environment: str) -> None:
        self.folder = folder
        self._launch = launch
        self.discord = LocalDiscord()
        self.gemini = LocalGemini(api_key=API_KEY)
        self.gemini.picture = READY
        self._changes = environment
        self._bot: BotProcess | None = None

    async def __aenter__(self) -> Self:
        await self.discord.__aenter__()
        await self.gemini.__aenter__()
        return self

    async def __aexit__(self, *_error: object) -> None:
        if self._bot is not None:
            await self._bot.kill()
        await self.gemini.__aexit__(None, None, None)
        await self.discord.__aexit__(None, None, None)

    @property
    def bot(self) -> BotProcess:
        assert self._bot is not None
        return self._bot

    @property
    def database(self) -> Path:
        return self.folder / "data" / "identity-bot.db"

    @property
    def environment(self) -> dict[str, str]:
        return environment_of(self.discord, self.gemini) | self._changes

    async def start_bot(self) -> None:
        """Until it is on the gateway."""
        connected = await self.launch_bot()
        ended = asyncio.create_task(self.bot.ended())
        await asyncio.wait({ended, connected}, return_when=asyncio.FIRST_COMPLETED)
        came_up = connected.done()
        ended.cancel()
        connected.cancel()
        await asyncio.gather(ended, connected, return_exceptions=True)
        assert came_up, f"the bot ended before it was ready:\n{self.bot.log}"

    async def launch_bot(self) -> asyncio.Task[None]:
        """Until it is a process. The task ends when that is on the gateway."""
        before = self.discord.identify_count
        self._bot = await BotProcess.start(self._launch, self.folder, self.environment)
        return asyncio.create_task(
            self.discord.wait_until(lambda: self.discord.identify_count > before and self.discord.connected, LIMIT)
        )

    async def calm(self) -> None:
        """Before each test: no fault left over, and a bot that runs."""
        self.discord.faults.clear()
        self.gemini.latency_seconds = 0.0
        self.gemini.release()
        self.gemini.picture = READY
        if not self.bot.running:
            await self.start_bot()

    def open_studio(self, *, premium_tier: int = 0, upload_limit: int | None = None) -> Studio:
        """A server of its own for a test, with a channel and a member."""
        server = self.discord.add_guild("Painters", premium_tier=premium_tier, upload_limit=upload_limit)
        return Studio(self, server, server.add_text_channel("studio"), server.add_member("alice"))


@dataclass(frozen=True)
class Studio:
    town: Town
    guild: Guild
    channel: TextChannel
    alice: User

    async def start(self, identity: str = "The Artist", **options: object) -> tuple[Thread, Message]:
        """`/identity start` by Alice, with one photo unless `options` say otherwise: the thread, its first picture."""
        await self.ask("identity start", **{"identity": identity} | START | options)
        thread = await self.channel.wait_for_thread(LIMIT)
        return thread, await thread.wait_for_message(is_picture, LIMIT)

    async def ask(self, command: str, place: Place | None = None, /, **options: object) -> Interaction:
        """A command by Alice, with its answer."""
        asked = await self.alice.slash(place or self.channel, command, **options)
        return await asked.completed(LIMIT)

    async def edit(self, thread: Place, prompt: str, **more: object) -> Message:
        """A prompt by Alice and the message that answers it."""
        asked = await self.alice.send(thread, prompt, **more)  # type: ignore[arg-type]  # attachments, reply_to
        return await answer_to(asked)


START = {"description": "paints all day", "photo1": ("me.png", photo())}


def environment_of(discord: LocalDiscord, gemini: LocalGemini) -> dict[str, str]:
    """Settings, as environment variables, of a bot that lives there: small pictures, short pauses, a long time
    to end, and nothing that is not needed."""
    return {
        "DISCORD_TOKEN": discord.token,
        "DISCORD_API_URL": discord.api_url,
        "DISCORD_GATEWAY_URL": discord.gateway_url,
        "GEMINI_API_KEY": API_KEY,
        "GEMINI_BASE_URL": gemini.url,
        "IMAGE_SIZE": "1K",
        "STOP_SECONDS": "60",
        "RETRY_PAUSE_SECONDS": "0.01",
    }


def is_picture(message: Message) -> bool:
    return message.author.bot and bool(message.attachments)


def posted_pictures(place: Place) -> list[Message]:
    return [message for message in place.messages if is_picture(message)]


async def answer_to(prompt: Message) -> Message:
    """The bot's first reply to a message, the line apart that says how far it is: that one pings nobody."""
    return await prompt.place.wait_for_message(
        lambda each: each.reference is prompt and not each.silent, LIMIT, after=prompt
    )


def pictures_sent(request: ReceivedRequest, role: str) -> list[str]:
    """The hashes of the pictures that a request to Gemini held, of the "user" or of the "model", oldest first."""
    parts = [part for content in request.contents if content.get("role") == role for part in content["parts"]]
    return [part["inlineData"]["sha256"] for part in parts if "inlineData" in part]


def words_sent(request: ReceivedRequest) -> str:
    """All that people have said in a request to Gemini."""
    return "\n".join(words_of(content) for content in request.contents if content.get("role") == "user")


def newest_words(request: ReceivedRequest) -> str:
    """What a request to Gemini asks for, without the history."""
    return words_of(request.contents[-1])


def words_of(content: dict[str, Any]) -> str:
    return "\n".join(part["text"] for part in content["parts"] if "text" in part)


async def until(reached: Callable[[], bool]) -> None:
    """For what tells nobody that it has changed."""
    async with asyncio.timeout(LIMIT):
        while not reached():
            await asyncio.sleep(0.01)
