"""Members of the local Discord who write one prompt after another, and what was shown for each."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Callable
from dataclasses import dataclass
from itertools import cycle, islice
from time import perf_counter

from bot.demo.local_discord import Message, Place, TextChannel, Thread, User

WISHES = ("make it warmer", "now mirror it", "darker", "in sepia", "make it cooler", "add a vignette")
COMMAND_SECONDS = 10.0
"""How long a member waits for a sign that a command was heard. Discord gives up after 3 s."""

FOR_EVER = 24 * 3600.0


class OtherAnswer(Exception):
    """What the bot said instead of showing a picture, or that it said nothing."""

    def __init__(self, words: str) -> None:
        super().__init__(words)
        self.words = words


@dataclass
class Prompt:
    """`id` is that of its message or command, by which the bot's database knows it; `first` is that of a start.

    `asked_at` is in seconds since 1970. `is_answer` tells of the messages in the thread that end the wait for it; which
    thread a start will have is not known at once.
    """

    id: int
    asked_at: float
    first: bool
    is_answer: Callable[[Message], bool]
    thread: Thread | None = None

    @property
    def shown_at(self) -> list[float]:
        """When each picture that answers it was posted, in seconds since 1970."""
        messages = self.thread.messages if self.thread else []
        return [each.timestamp.timestamp() for each in messages if self.is_answer(each) and each.attachments]


class Member:
    """Starts a chat in a channel, or in the thread where a host's chat lives."""

    def __init__(self, user: User, number: int, where: TextChannel | Member) -> None:
        self.prompts: list[Prompt] = []
        """All that were written."""
        self.reaction_seconds = 0.0
        """From the command to the first sign that it was heard."""
        self._user = user
        self._identity = f"Artist {number}"
        self._where = where
        self._thread: asyncio.Future[Thread] = asyncio.get_running_loop().create_future()

    async def converse(self, delay: float, photo: bytes, prompts: int) -> None:
        """Starts with a photo, and writes each further prompt as soon as the picture before it is there.

        Raises OtherAnswer, and writes no more.
        """
        try:
            await asyncio.sleep(delay)
            place = await self._where.thread() if isinstance(self._where, Member) else self._where
            thread = await self._start(place, photo)
        finally:
            self._thread.cancel()  # without effect on one that is known
        for wish in islice(cycle(WISHES), prompts - 1):
            await self._edit(thread, wish)

    async def thread(self) -> Thread:
        """Where the chat lives, once that is known; cancelled when it will never be."""
        return await asyncio.shield(self._thread)

    async def _start(self, place: Place, photo: bytes) -> Thread:
        began = perf_counter()
        options = {"identity": self._identity, "description": "paints all day", "photo1": ("me.jpg", photo)}
        command = await self._user.slash(place, "identity start", **options)
        prompt = Prompt(command.id, command.created_at, True, self._is_first)
        self.prompts.append(prompt)
        try:
            await command.answered(COMMAND_SECONDS)
        except TimeoutError:
            raise OtherAnswer("the bot did not respond") from None
        finally:
            self.reaction_seconds = perf_counter() - began
        await command.completed(FOR_EVER)
        prompt.thread = _thread_named_in(command.content or "", place)
        self._thread.set_result(prompt.thread)
        await _answered(prompt, prompt.thread)
        return prompt.thread

    async def _edit(self, thread: Thread, words: str) -> None:
        message = await self._user.send(thread, words)

        def is_answer(other: Message) -> bool:
            return other.reference is message and not other.silent  # the line below a prompt is silent

        prompt = Prompt(message.id, message.timestamp.timestamp(), False, is_answer, thread)
        self.prompts.append(prompt)
        await _answered(prompt, thread)

    def _is_first(self, message: Message) -> bool:
        """The first picture, or a sentence to this member that says why there is none."""
        beginnings = (f"**{self._identity}**", f"<@{self._user.id}>")
        return message.author.bot and message.reference is None and message.content.startswith(beginnings)


async def _answered(prompt: Prompt, thread: Thread) -> None:
    answer = await thread.wait_for_message(prompt.is_answer, FOR_EVER)
    if not answer.attachments:
        raise OtherAnswer(answer.content)


def _thread_named_in(answer: str, place: Place) -> Thread:
    """The thread in which the picture will appear."""
    found = re.search(r"<#(\d+)>", answer)
    thread = place.world.places.get(int(found[1])) if found else None
    if not isinstance(thread, Thread):
        raise OtherAnswer(answer)
    return thread
