"""The bot's own way, from a prompt to the file that Discord would get: everything but Discord itself."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Collection
from contextlib import asynccontextmanager
from io import BytesIO
from pathlib import Path
from types import TracebackType
from typing import Self

from PIL import Image

from bot.domain import ImageSettings, Picture, Place, RawPhoto, Turn
from bot.gemini.image_service import GeminiImageService
from bot.imaging.fitting import fit
from bot.posting import DEFAULT_UPLOAD_LIMIT, picture_file
from bot.servers import Act, Ceilings
from bot.services.acts import Acts
from bot.services.clearing import Clearing
from bot.services.generation import PictureGeneration
from bot.services.image_chat import ImageChats
from bot.services.image_choice import ImageChoice
from bot.services.limits import Limits
from bot.services.orders import EditOrder, PictureOrder
from bot.services.patience import Patience
from bot.services.prompt_manager import PromptManager
from bot.services.stopping import Stopping
from bot.services.turns import TurnQueue
from storage.database import Database

MAX_REQUEST_BYTES = 200_000_000
"""So that the whole history is sent, whatever its length."""

FOUR_K = ImageSettings(model="gemini-nano-banana-2.1", aspect_ratio="16:9", image_size="4K")


class Desk:
    """In Discord's place: takes the files."""

    def __init__(self) -> None:
        self._posted: dict[int, asyncio.Future[None]] = {}

    def expect(self, source_id: int) -> asyncio.Future[None]:
        """Done once there is a file that answers that prompt."""
        self._posted[source_id] = asyncio.get_running_loop().create_future()
        return self._posted[source_id]

    async def post_picture(self, turn: Turn, picture: Picture) -> int:
        picture_file(turn, await fit(picture, DEFAULT_UPLOAD_LIMIT))
        self._posted[turn.source_id].set_result(None)
        return turn.source_id + 1

    async def find_picture(self, _turn: Turn) -> int | None:
        return None

    async def post_problem(self, turn: Turn, _others: Collection[int] | None = None) -> int | None:
        self._posted[turn.source_id].set_exception(RuntimeError(turn.problem))
        return None

    async def show_status(self, turn: Turn, _sentence: str) -> int:
        return turn.source_id + 2

    async def find_status(self, turn: Turn) -> int | None:
        return turn.status_message_id

    async def remove_status(self, turn: Turn) -> None:
        """There is nobody who would see it."""

    async def remove_post(self, _thread_id: int, _message_id: int) -> None:
        """Nothing is taken back."""

    async def show_act(self, _act: Act, _log_channel_id: int | None) -> None:
        """There are no moderators."""

    @asynccontextmanager
    async def drawing(self, _turn: Turn) -> AsyncIterator[None]:
        yield


class Service:
    """Chats on a database file of their own, drawn by the Gemini at `url`."""

    def __init__(self, url: str, database: Path, *, concurrency: int = 1) -> None:
        self.file = database
        self.database = Database(f"sqlite+aiosqlite:///{database}")
        self._gemini = GeminiImageService(api_key="a-key", base_url=url, api_version="v1beta", timeout_seconds=300)
        stopping, prompts = Stopping(), PromptManager()
        patience = Patience(1, stopping)
        generation = PictureGeneration(
            self.database, self._gemini, prompts, patience, stopping, max_request_bytes=MAX_REQUEST_BYTES
        )
        self._desk = Desk()
        self._queue = TurnQueue(
            self.database,
            generation,
            self._desk,
            patience,
            stopping,
            Clearing(self.database, self._desk, patience, stopping),
            concurrency=concurrency,
            stop_seconds=0,
        )
        self.chats = ImageChats(
            self.database,
            self._queue,
            prompts,
            ImageChoice(self.database, FOUR_K),
            Limits(Ceilings(user_pictures_a_day=None)),
            Acts(self.database, self._desk, patience, stopping),
        )

    async def __aenter__(self) -> Self:
        await self.database.migrate()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._queue.close()
        await self._gemini.close()
        await self.database.close()

    async def turn(self, number: int) -> None:
        """The first picture of a chat, or an edit, until it is stored as posted."""
        await self.posted(number, user_id=1)
        while await self._unfinished(user_id=1):
            await asyncio.sleep(0.01)

    async def posted(self, number: int, user_id: int) -> None:
        """The same, until Discord has the file."""
        source_id = user_id * 1_000_000 + 10 * number
        posted = self._desk.expect(source_id)
        if number == 1:
            await self._start(user_id, source_id)
        else:
            edit = EditOrder(
                user_id=user_id, asked_by=user_id, source_id=source_id, prompt="warmer", message_id=source_id
            )
            await self.chats.continue_identity_image_chat(edit)
        await posted

    async def _unfinished(self, user_id: int) -> bool:
        async with self.database.snapshot() as repos:
            return await repos.waiting.next_of_user(user_id) is not None

    async def _start(self, user_id: int, source_id: int) -> None:
        async def open_thread(_name: str) -> Place:
            return Place(guild_id=1, channel_id=2, thread_id=user_id)

        order = PictureOrder(
            user_id=user_id,
            asked_by=user_id,
            source_id=source_id,
            identity_name="The Artist",
            description="paints all day",
            files=(RawPhoto("me.png", portrait()),),
        )
        await self.chats.start_identity_image_chat(order, open_thread)


def portrait() -> bytes:
    """A reference photo."""
    file = BytesIO()
    Image.new("RGB", (640, 800), "tan").save(file, "JPEG")
    return file.getvalue()
