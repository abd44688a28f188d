"""Members who start chats and write in their threads, at any moment and whether the bot is there or not."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from itertools import count
from random import Random

from bot.demo.local_discord import Interaction, Message, Place, TextChannel, Thread, User
from stage import photo
from wire.town import is_picture, posted_pictures

WISHES = ("make it warmer", "make it cooler", "now mirror it", "brighter", "darker", "in sepia", "add a vignette")
WAITING = 3
"""Prompts that a member writes without seeing a picture in between."""

PICTURES = 6
"""After so many a member starts another chat: what is sent to Gemini stays small."""


@dataclass(frozen=True)
class Prompt:
    """`number` is in the words that Gemini gets; `kill` is how often the bot had been killed when it was asked."""

    number: int
    kill: int

    def __str__(self) -> str:
        return f"prompt {self.number}, asked before kill {self.kill + 1}"

    @property
    def pictures(self) -> list[Message]:
        return [each for each in self.answers() if is_picture(each)]

    def answers(self) -> Iterator[Message]:
        """What the bot shows for it."""
        raise NotImplementedError


@dataclass(frozen=True, repr=False)
class Edit(Prompt):
    message: Message

    def answers(self) -> Iterator[Message]:
        return (each for each in self.message.place.messages if each.reference is self.message)


@dataclass(frozen=True, repr=False)
class Start(Prompt):
    interaction: Interaction
    channel: TextChannel

    def __str__(self) -> str:
        return f"{super().__str__()}, told {self.interaction.content!r}"

    @property
    def thread(self) -> Thread | None:
        """The one that it opened, with or without a picture."""
        name, after = f"Artist {self.number}", self.interaction.id
        return next((each for each in self.channel.threads if each.name == name and each.id > after), None)

    def answers(self) -> Iterator[Message]:
        messages = self.thread.messages if self.thread else []
        return (each for each in messages if each.author.bot and each.by_someone and each.reference is None)


class Painter:
    """`prompts` are those that a bot must answer; of `not_taken` the member has been told nothing."""

    def __init__(self, user: User, channel: TextChannel, random: Random, numbers: count[int]) -> None:
        self.prompts: list[Prompt] = []
        self.not_taken: list[Prompt] = []
        self._user = user
        self._channel = channel
        self._random = random
        self._numbers = numbers
        self._photo = photo(color=(random.randrange(256), random.randrange(256), random.randrange(256)))
        self._thread: Thread | None = None
        self._start: Start | None = None
        """Sent, and perhaps never taken."""
        self._early: list[Edit] = []
        """Written in the thread of that start."""
        self._again: int | None = None
        """The number of a start that was not taken: the same is asked for once more."""

    def __str__(self) -> str:
        return self._user.name

    @property
    def waiting(self) -> list[Prompt]:
        return [each for each in self.prompts if not each.pictures]

    @property
    def answered_out_of_order(self) -> bool:
        shown = [(prompt.pictures[0].id, prompt.number) for prompt in self.prompts if prompt.pictures]
        return [number for _, number in sorted(shown)] != sorted(number for _, number in shown)

    async def act(self, kill: int, *, connected: bool) -> None:
        """Whatever comes to mind. A command can be sent only while the bot is `connected`."""
        if self._start is not None:
            thread = self._start.thread
            if thread is not None and len(self._early) < WAITING:
                self._early.append(await self._write(thread, kill))
        elif self._thread is None or (len(posted_pictures(self._thread)) >= PICTURES and not self.waiting):
            if connected:
                self._start = await self._begin(kill)
        elif len(self.waiting) < WAITING:
            for _ in range(self._random.choice((1, 1, 2))):
                self.prompts.append(await self._write(self._thread, kill))

    def learn(self, taken: Collection[int]) -> None:
        """The bot is dead and has committed the prompts of those ids: what else was started never will be."""
        if self._start is None:
            return
        if self._start.interaction.id in taken or self._start.interaction.content or self._start.pictures:
            self.prompts += [self._start, *self._early]
            self._thread, self._again = self._start.thread, None
        else:
            self.not_taken += [self._start, *self._early]
            self._again = self._start.number
        self._start, self._early = None, []

    async def ask_again(self, kill: int) -> None:
        """Repeats a start that was not taken, to a bot that will not be killed."""
        if self._again is not None:
            self.prompts.append(await self._begin(kill))

    async def _begin(self, kill: int) -> Start:
        number = self._again or next(self._numbers)
        options = {"identity": f"Artist {number}", "description": "paints", "instructions": f"at work #{number}"}
        file = ("me.png", self._photo)
        interaction = await self._user.slash(self._channel, "identity start", **options, photo1=file)
        return Start(number, kill, interaction, self._channel)

    async def _write(self, place: Place, kill: int) -> Edit:
        number = next(self._numbers)
        files = [("hat.png", photo())] if self._random.random() < 0.2 else []
        words = f"{self._random.choice(WISHES)} #{number}"
        return Edit(number, kill, await self._user.send(place, words, attachments=files))


def numbers_in(words: str) -> list[int]:
    return [int(each) for each in re.findall(r"#(\d+)\b", words)]
