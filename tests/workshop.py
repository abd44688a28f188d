"""The services without a Discord: a real database file, a real Gemini client, and a wall for the pictures."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Collection, Iterator
from contextlib import asynccontextmanager
from itertools import count

from bot.domain import ImageSettings, Picture, Place, RawPhoto, Turn
from bot.errors import NotPermitted
from bot.gemini.image_service import GeminiImageService
from bot.servers import Act, Ceilings
from bot.services.acts import Acts
from bot.services.clearing import Clearing
from bot.services.generation import PictureGeneration
from bot.services.image_chat import ImageChats
from bot.services.image_choice import ImageChoice
from bot.services.limits import Limits
from bot.services.moderation import Moderation
from bot.services.orders import ChatOrder, EditOrder, PictureOrder
from bot.services.patience import Patience
from bot.services.privacy import Privacy
from bot.services.prompt_manager import PromptManager
from bot.services.stopping import Stopping
from bot.services.turns import TurnQueue
from bot.services.versions import Versions
from storage.database import Database

SMALL = ImageSettings(model="gemini-3.1-flash-image", aspect_ratio="1:1", image_size="512")


UNLIMITED = Ceilings(user_pictures_a_day=None, most_waiting=1000)


def service_at(url: str, *, key: str = "the-key", timeout_seconds: float = 20) -> GeminiImageService:
    """A client of the Gemini at that address."""
    return GeminiImageService(api_key=key, base_url=url, api_version="v1beta", timeout_seconds=timeout_seconds)


class Wall:
    """Where pictures and problems are put up: outlives the services, as Discord does."""

    def __init__(self) -> None:
        self.pictures: dict[int, list[int]] = {}
        """The messages that show a turn's picture, by turn."""
        self.problems: list[str] = []
        self.lines: dict[int, str] = {}
        """The status lines that are shown, by message."""
        self._line_of: dict[int, int] = {}
        self.forbidden = 0
        """How many of the next pictures are turned down for good."""
        self._messages: Iterator[int] = count(900_000)

    async def post_picture(self, turn: Turn, _picture: Picture) -> int:
        if self.forbidden:
            self.forbidden -= 1
            raise NotPermitted
        message_id = next(self._messages)
        self.pictures.setdefault(turn.id, []).append(message_id)
        return message_id

    async def find_picture(self, turn: Turn) -> int | None:
        return next(iter(self.pictures.get(turn.id, [])), None)

    async def post_problem(self, turn: Turn, _others: Collection[int] | None = None) -> int | None:
        self.problems.append(turn.problem or "")
        return next(self._messages)

    async def show_status(self, turn: Turn, text: str) -> int:
        message_id = turn.status_message_id or next(self._messages)
        self.lines[message_id] = text
        self._line_of[turn.id] = message_id
        return message_id

    async def find_status(self, turn: Turn) -> int | None:
        message_id = self._line_of.get(turn.id)
        return message_id if message_id in self.lines else None

    async def remove_status(self, turn: Turn) -> None:
        if turn.status_message_id is not None:
            self.lines.pop(turn.status_message_id, None)

    async def show_act(self, _act: Act, _log_channel_id: int | None) -> None:
        """Nobody looks on."""

    async def remove_post(self, _thread_id: int, message_id: int) -> None:
        for messages in self.pictures.values():
            if message_id in messages:
                messages.remove(message_id)

    @asynccontextmanager
    async def drawing(self, _turn: Turn) -> AsyncIterator[None]:
        yield


class Workshop:
    """The services on one database, for one user."""

    USER = 11

    def __init__(
        self, database: Database, gemini_url: str, wall: Wall, sources: Iterator[int], ceilings: Ceilings = UNLIMITED
    ) -> None:
        self.database = database
        self._sources = sources
        self._gemini = service_at(gemini_url)
        prompts, stopping = PromptManager(), Stopping()
        patience = Patience(0, stopping)
        generation = PictureGeneration(
            self.database, self._gemini, prompts, patience, stopping, max_request_bytes=20 * 2**20
        )
        clearing = Clearing(self.database, wall, patience, stopping)
        self.queue = TurnQueue(
            self.database, generation, wall, patience, stopping, clearing, concurrency=4, stop_seconds=0
        )
        limits = Limits(ceilings)
        acts = Acts(self.database, wall, patience, stopping)
        self.chats = ImageChats(self.database, self.queue, prompts, ImageChoice(self.database, SMALL), limits, acts)
        self.versions = Versions(self.database, self.queue, prompts, limits, acts)
        self.privacy = Privacy(self.database, self.queue, clearing, limits)
        self.moderation = Moderation(self.database, self.queue, limits, acts, clearing)

    async def open(self) -> None:
        await self.database.migrate()
        await self.queue.resume()

    async def close(self) -> None:
        await self.queue.close()
        await self._gemini.close()
        await self.database.close()

    async def idle(self) -> None:
        """Until the queue has nothing left to do."""
        while self.queue.working:
            await asyncio.gather(*self.queue.working)

    def next_source(self) -> int:
        return next(self._sources)

    async def start(self, *photos: bytes) -> None:
        order = PictureOrder(
            user_id=self.USER,
            asked_by=self.USER,
            source_id=self.next_source(),
            identity_name="The Artist",
            description="paints all day",
            files=tuple(RawPhoto("me.png", each) for each in photos),
        )
        thread_id = self.next_source()

        async def open_thread(_name: str) -> Place:
            return Place(guild_id=1, channel_id=2, thread_id=thread_id)

        await self.chats.start_identity_image_chat(order, open_thread)

    async def edit(self, prompt: str, *photos: bytes, replied_to: int | None = None) -> None:
        source_id = self.next_source()
        order = EditOrder(
            user_id=self.USER,
            asked_by=self.USER,
            source_id=source_id,
            prompt=prompt,
            files=tuple(RawPhoto("hat.png", each) for each in photos),
            message_id=source_id,
            replied_to=replied_to,
        )
        await self.chats.continue_identity_image_chat(order)

    def own(self) -> ChatOrder:
        return ChatOrder(user_id=self.USER, asked_by=self.USER)
