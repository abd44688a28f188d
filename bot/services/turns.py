"""The queue: takes every asked turn to a posted picture, or to a sentence that says why there is none.

The turns table is the queue. In memory is only who is being worked for, and that may be lost at any line: `resume`
finds it again. The turns of one user run one after another, users side by side, and at most `concurrency` calls to
Gemini at once, given out in the order in which they are asked for: a user's ten prompts do not hold up another's one.
"""

from __future__ import annotations

import asyncio
import contextlib
import secrets
from contextlib import AbstractAsyncContextManager, AsyncExitStack
from typing import Protocol

import structlog

from bot.domain import Picture, Turn, TurnKind, TurnState
from bot.errors import BotError, ChatEnded, Refusal
from bot.services.generation import Made, PictureGeneration
from bot.services.patience import Patience
from bot.services.stopping import Stopping
from bot.wording import cancelled_with_start, picture_kept, start_failed, unexpected_fault
from storage.database import Database, Repositories

log = structlog.get_logger(__name__)


class Poster(Protocol):
    """Shows people on Discord what became of a turn. Raises BotError when Discord does not take it."""

    async def post_picture(self, turn: Turn, picture: Picture) -> int:
        """Posts the picture in the turn's thread, once however often it is called, and answers the message's id."""

    async def find_picture(self, turn: Turn) -> int | None:
        """The id of the message in the turn's thread that shows its picture already, if there is one."""

    async def post_problem(self, turn: Turn, sentence: str) -> None:
        """Tells the one who asked why there is no picture."""

    def drawing(self, turn: Turn) -> AbstractAsyncContextManager[None]:
        """Shows in the thread that something is being drawn, for as long as the block runs."""


class TurnQueue:
    def __init__(
        self,
        database: Database,
        generation: PictureGeneration,
        poster: Poster,
        patience: Patience,
        stopping: Stopping,
        *,
        concurrency: int,
    ) -> None:
        self._database = database
        self._generation = generation
        self._poster = poster
        self._patience = patience
        self._stopping = stopping
        self._slots = asyncio.Semaphore(concurrency)
        self._lanes: dict[int, asyncio.Task[None]] = {}
        self._woken: set[int] = set()

    def wake(self, user_id: int) -> None:
        """Has the user's turns worked off, in a task that ends with the last of them."""
        self._woken.add(user_id)
        if user_id not in self._lanes:
            self._lanes[user_id] = asyncio.create_task(self._work_off(user_id), name=f"turns of {user_id}")

    async def resume(self) -> None:
        """Goes on with whatever an earlier process left half done."""
        async with self._database.snapshot() as repos:
            users = await repos.turns.users_with_work()
        for user_id in users:
            self.wake(user_id)

    async def close(self) -> None:
        """Stops calls to Gemini and Discord, lets transactions end. What is under way is found again by `resume`."""
        self._stopping.begin()
        await asyncio.gather(*self._lanes.values(), return_exceptions=True)

    async def _work_off(self, user_id: int) -> None:
        try:
            while user_id in self._woken:
                self._woken.discard(user_id)
                while (turn := await self._next(user_id)) is not None:
                    await self._advance(turn)
        except BotError as error:
            log.warning("turns wait for the next prompt or start", user=user_id, reason=type(error).__name__)
        finally:
            del self._lanes[user_id]

    async def _next(self, user_id: int) -> Turn | None:
        if self._stopping.begun:
            return None
        async with self._database.snapshot() as repos:
            return await repos.turns.next_of_user(user_id)

    async def _advance(self, turn: Turn) -> None:
        """Takes a turn from whatever state it is in to a final one."""
        try:
            if turn.state is TurnState.GENERATED:  # by an earlier process, or while the database was away
                with self._stopping.interruptible():
                    message_id = await self._poster.find_picture(turn)
                await self._post(turn, message_id)
                return
            generated = await self._generate(turn)
            if generated is not None:
                turn = generated
                await self._post(turn)
        except BotError as error:
            log.info("turn ended without a picture", turn=turn.id, reason=type(error).__name__)
            await self._end(turn, error, error.user_message)
        except Exception as error:  # whatever it is, its asker is told and the queue goes on
            reference = secrets.token_hex(4)
            log.exception("turn failed", turn=turn.id, reference=reference)
            await self._end(turn, error, unexpected_fault(reference))

    async def _generate(self, turn: Turn) -> Turn | None:
        """The turn with its picture stored; None when its chat was ended or its user deleted meanwhile."""
        if turn.kind is TurnKind.EDIT and turn.chat_id is None:
            raise ChatEnded  # its start came to nothing
        async with AsyncExitStack() as drawing:
            with self._stopping.interruptible():
                await drawing.enter_async_context(self._slots)
                await drawing.enter_async_context(self._poster.drawing(turn))
            made = await self._generation.generate(turn)
        return await self._patience.with_database(lambda: self._store(turn, made))

    async def _store(self, turn: Turn, made: Made) -> Turn | None:
        async with self._database.transaction() as repos:
            current = await repos.turns.get(turn.id)
            if current is None or current.state is not TurnState.ASKED:
                return None
            return await _store(repos, turn, made)

    async def _post(self, turn: Turn, message_id: int | None = None) -> None:
        """Posts the picture, unless a message shows it already, and stores which one does."""
        if message_id is None:
            async with self._database.snapshot() as repos:
                (picture,) = (await repos.images.load([turn.picture_sha256 or ""])).values()
            with self._stopping.interruptible():
                message_id = await self._patience.with_discord(lambda: self._poster.post_picture(turn, picture))
        async with self._database.transaction() as repos:
            await repos.turns.posted(turn.id, message_id)
            if turn.kind is TurnKind.ONCE:
                await repos.turns.let_go_of_images(turn.id)

    async def _end(self, turn: Turn, error: Exception, sentence: str) -> None:
        """Stores that there is no picture and says why, unless the chat was ended or the prompt withdrawn meanwhile."""
        async with self._database.transaction() as repos:
            current = await repos.turns.get(turn.id)
            if current is None or current.state is not turn.state:
                return
            cancelled: list[Turn] = []
            if turn.state is TurnState.GENERATED:
                await repos.turns.not_posted(turn.id, sentence)
                if turn.kind is TurnKind.ONCE:
                    await repos.turns.let_go_of_images(turn.id)
                else:
                    sentence = picture_kept(sentence)
            else:
                state = TurnState.REFUSED if isinstance(error, Refusal) else TurnState.FAILED
                await repos.turns.ended(turn.id, state, sentence)
            if turn.kind is TurnKind.START and turn.state is TurnState.ASKED:
                cancelled = await _give_up_start(repos, turn)
                former = await repos.chats.of_user(turn.user_id)
                sentence = start_failed(sentence, None if former is None else former.place.thread_id)
        await self._tell(turn, sentence)
        for waiting in cancelled:
            await self._tell(waiting, cancelled_with_start())

    async def _tell(self, turn: Turn, sentence: str) -> None:
        with contextlib.suppress(BotError), self._stopping.interruptible():  # `/identity show` tells it as well
            await self._poster.post_problem(turn, sentence)


async def _store(repos: Repositories, turn: Turn, made: Made) -> Turn | None:
    """Commits a picture to its chat: a start opens one in place of the user's, an edit becomes the new head."""
    if turn.kind is TurnKind.ONCE:
        return await repos.turns.generated(turn, made.answer, chat_id=None, parent_id=None)
    chat_id = turn.chat_id
    if turn.kind is TurnKind.START:
        chat_id = await _open_chat(repos, turn)
    if chat_id is None:
        return None
    generated = await repos.turns.generated(turn, made.answer, chat_id=chat_id, parent_id=made.parent_id)
    await repos.chats.set_head(chat_id, turn.id)
    return generated


async def _open_chat(repos: Repositories, turn: Turn) -> int:
    former = await repos.chats.of_user(turn.user_id)
    if former is not None:
        await repos.chats.delete(former)
    chat = await repos.chats.create(
        turn.user_id,
        identity_id=turn.identity_id,
        identity_name=turn.identity_name,
        place=turn.place,
        image=turn.image,
        started_at=turn.asked_at,
    )
    await repos.turns.join_chat(turn, chat.id)
    return chat.id


async def _give_up_start(repos: Repositories, turn: Turn) -> list[Turn]:
    """The chat that was to be is not: edits that waited for it are cancelled, its thread points elsewhere."""
    waiting = await repos.turns.waiting_edits(turn)
    for edit in waiting:
        await repos.turns.ended(edit.id, TurnState.CANCELLED, cancelled_with_start())
    await repos.chats.remember_thread(turn.user_id, turn.place.thread_id)
    return waiting
