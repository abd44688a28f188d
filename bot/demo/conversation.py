"""`identity-bot demo`: a whole conversation with the real bot, on a simulated Discord, with a local Gemini."""

from __future__ import annotations

import asyncio
import contextlib
import re
import signal
import tempfile
from pathlib import Path

import discord
from simcord.actors import MemberActor
from simcord.builders import ChannelHandle
from simcord.env import Env
from simcord.results import InteractionResult

from bot.app import IdentityBot, build_bot
from bot.demo.local_gemini import Fault, LocalGemini
from bot.demo.portraits import easel, indoors, outdoors
from bot.demo.transcript import Transcript
from bot.logs import configure_logging
from bot.settings import FixedSettings, Settings

SETTLE_SECONDS = 60
"""How long a step may take: drawing in 4K is slow on a small machine."""


async def show(out: Path, size: str, *, stay: bool) -> int:
    """Holds the conversation in pictures of that size, leaves them and a transcript in `out`.

    With `stay` it waits then to be stopped.
    """
    configure_logging("ERROR", "console")
    _stop_on_sigterm()
    async with LocalGemini() as gemini:
        with tempfile.TemporaryDirectory(prefix="identity-bot-demo-", ignore_cleanup_errors=True) as folder:
            stage = DemoStage(_settings(gemini.url, Path(folder), size), gemini, Transcript(out))
            page = await stage.play()
        print(f"\nPictures and transcript: {page.resolve()}", flush=True)  # noqa: T201
        if stay:
            print(f"The local Gemini goes on at {gemini.url}. Press Ctrl+C to end.", flush=True)  # noqa: T201
            await _until_stopped()
    return 0


class DemoStage:
    """Alice, the moderator Mona, and what happens between them and the bot."""

    def __init__(self, settings: Settings, gemini: LocalGemini, transcript: Transcript) -> None:
        self._settings = settings
        self._gemini = gemini
        self._transcript = transcript
        self._env = Env(build_bot(settings), check_errors=False, settle_timeout=SETTLE_SECONDS)
        self._told: set[int] = set()
        self._pictures: list[discord.Message] = []

    async def play(self) -> Path:
        """Answers where the transcript is."""
        await self._env.start()
        try:
            self._set_up()
            await self._converse()
        finally:
            page = self._transcript.write()
            await self._bot.close()
            await self._env.shutdown()
        return page

    @property
    def _bot(self) -> IdentityBot:
        bot = self._env.bot
        if not isinstance(bot, IdentityBot):
            raise TypeError("the demo runs another bot than its own")
        return bot

    def _set_up(self) -> None:
        guild = self._env.create_guild("Painters")
        self._studio = guild.create_text_channel("studio")
        moderators = guild.create_role("Moderators", permissions=discord.Permissions(manage_guild=True))
        self._alice = guild.add_member(self._env.create_user("alice"))
        self._mona = guild.add_member(self._env.create_user("mona"), roles=[moderators])
        self._names = {self._alice.id: "alice", self._mona.id: "mona"}

    async def _converse(self) -> None:
        alice, transcript = self._alice, self._transcript
        transcript.note("Alice begins with two photos.")
        await self._command(
            alice,
            "identity start",
            identity="The Artist",
            description="a painter in a bright studio, with brushes in hand",
            instructions="early morning, big windows",
            photo1=("indoors.jpg", indoors()),
            photo2=("outdoors.jpg", outdoors()),
        )
        transcript.note("Every message in the thread is an edit.")
        await self._say("make the lighting warmer")
        await self._say("put this beside me", ("easel.png", easel()))
        transcript.note("Gemini's filters block a prompt: Alice learns why, and her chat stays as it was.")
        self._gemini.fail_next(Fault.PROMPT_BLOCKED)
        await self._say("make me look like a certain famous person")
        transcript.note("The bot is stopped and started again. It goes on where it was.")
        await self._restart()
        await self._say("add a vignette and make it a bit brighter")
        transcript.note("A moderator edits for Alice.")
        await self._command(self._mona, "identity-admin continue", user=alice, prompt="in black and white")
        await self._say('write the text "Spring exhibition"')
        transcript.note(
            "Alice takes that back, which costs nothing, and goes on from an earlier picture by a reply to it."
        )
        await self._command(alice, "identity undo")
        await self._say("make it cooler", reply_to=2)
        transcript.note("The same prompt, another try. Then all versions at a glance.")
        await self._command(alice, "identity again")
        await self._command(alice, "identity history")
        await self._command(alice, "identity show")
        transcript.note("A moderator looks at what that has cost. Alice looks at what is kept of her.")
        await self._command(self._mona, "identity-admin usage")
        await self._command(alice, "privacy show")

    async def _restart(self) -> None:
        await self._bot.close()
        await self._env.restart_bot(build_bot(self._settings))

    async def _command(self, who: MemberActor, name: str, **options: object) -> None:
        files = tuple(each for each in options.values() if isinstance(each, tuple))
        written = " ".join(f"{option}: {self._written(each)}" for option, each in options.items())
        self._transcript.person(who.name, "#studio", f"/{name} {written}".strip(), files)
        result = await who.slash(self._studio, name, **options)
        await self._tell_answer(result, who)
        await self._tell_thread()

    async def _say(self, text: str, *files: tuple[str, bytes], reply_to: int | None = None) -> None:
        """`reply_to` is the version whose message it replies to."""
        thread = self._thread
        where = f"thread “{thread.name}”" + (f", in reply to v{reply_to}" if reply_to else "")
        self._transcript.person("alice", where, text, files)
        await self._alice.send(
            thread, text, attachments=files, reply_to=self._pictures[reply_to - 1] if reply_to else None
        )
        await self._tell_thread()

    @property
    def _thread(self) -> ChannelHandle:
        return self._studio.threads[-1]

    async def _tell_answer(self, result: InteractionResult, who: MemberActor) -> None:
        answers = [result.response, *result.followups]
        for answer in filter(None, answers):
            files = await _files(answer.attachments)
            self._transcript.bot(f"only {who.name} sees this", self._readable(answer.content), files)

    async def _tell_thread(self) -> None:
        """What the bot posted in the thread since the last time."""
        for message in self._thread.history():
            if message.id not in self._told and message.author.bot:
                self._told.add(message.id)
                files = await _files(message.attachments)
                for _, data, description in files:
                    self._pictures.append(message)
                    self._transcript.version(len(self._pictures), data, description.partition(": ")[2])
                self._transcript.bot(f"thread “{self._thread.name}”", self._readable(message.content), files)

    def _readable(self, text: str) -> str:
        """Mentions by name."""
        named = re.sub(r"<@(\d+)>", lambda found: "@" + self._names.get(int(found[1]), "somebody"), text)
        return re.sub(r"<#\d+>", f"#{self._thread.name}" if self._studio.threads else "#thread", named)

    def _written(self, value: object) -> str:
        if isinstance(value, tuple):
            return str(value[0])
        return f"@{value.name}" if isinstance(value, MemberActor) else str(value)


def _settings(gemini_url: str, folder: Path, size: str) -> Settings:
    return FixedSettings(
        discord_token="not-needed-here",  # type: ignore[arg-type]  # noqa: S106 - pydantic makes it a secret
        gemini_api_key="not-needed-either",  # type: ignore[arg-type]
        gemini_base_url=gemini_url,
        database_url=f"sqlite+aiosqlite:///{folder}/bot.db",
        image_size=size,
    )


async def _files(attachments: list[discord.Attachment]) -> tuple[tuple[str, bytes, str], ...]:
    return tuple([(each.filename, await each.read(), each.description or "") for each in attachments])


async def _until_stopped() -> None:
    with contextlib.suppress(asyncio.CancelledError):
        await asyncio.Event().wait()


def _stop_on_sigterm() -> None:
    """Ends as Ctrl+C does: what was said so far is written, and nothing is left behind."""
    showing = asyncio.current_task()
    if showing is not None:
        with contextlib.suppress(NotImplementedError):  # Windows
            asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, showing.cancel)
