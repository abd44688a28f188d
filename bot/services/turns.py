"""The queue: takes every asked turn to a posted picture, or to a sentence that says why there is none.

The turns table is the queue. In memory is only who is being worked for, and that may be lost at any line: `resume`
finds it again. The turns of one user run one after another, users side by side, and at most `concurrency` calls to
Gemini at once, given out in the order in which they are asked for: a user's ten prompts do not hold up another's one.
"""

from __future__ import annotations

import asyncio
import contextlib
import secrets
from collections.abc import Awaitable, Callable, Collection, Iterable
from contextlib import AbstractAsyncContextManager, AsyncExitStack
from datetime import UTC, datetime
from typing import Protocol

import structlog

from bot.domain import Picture, Turn, TurnKind, TurnState
from bot.errors import BotError, ChatEnded, DatabaseUnavailable, DiscordRejected, PlaceError
from bot.services.clearing import Clearing
from bot.services.generation import Made, PictureGeneration
from bot.services.outcomes import store_cost, store_picture, store_posted, store_problem, store_withdrawn
from bot.services.patience import Patience
from bot.services.status_lines import StatusLines, StatusPoster
from bot.services.stopping import Stopping
from bot.wording import drawing_since, in_line, unexpected_fault
from storage.database import Database, Repositories

PLACES_SHOWN = 3
"""How many waiting prompts of a user show their place: Discord takes five messages in five seconds in a channel."""

log = structlog.get_logger(__name__)


class Poster(StatusPoster, Protocol):
    """Shows people on Discord what became of a turn. Raises BotError when Discord does not take it."""

    async def post_picture(self, turn: Turn, picture: Picture) -> int:
        """Posts the picture in the turn's thread, once however often it is called, and answers the message's id."""

    async def find_picture(self, turn: Turn) -> int | None:
        """The id of the message in the turn's thread that shows its picture already, if there is one."""

    async def post_problem(self, turn: Turn, others: Collection[int] | None = None) -> int | None:
        """Tells the one who asked of the turn's problem, and answers the id of the message in the turn's thread.

        None when that takes no message, and it was told in private. With `others`, a message that says it already is
        looked for first, beside those: Discord may have forgotten by now that it was told.
        """

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
        clearing: Clearing,
        *,
        concurrency: int,
        stop_seconds: float,
    ) -> None:
        self._clearing = clearing
        self._database = database
        self._generation = generation
        self._poster = poster
        self._patience = patience
        self._stopping = stopping
        self._slots = asyncio.Semaphore(concurrency)
        self._stop_seconds = stop_seconds
        self._lines = StatusLines(database, poster, patience, stopping)
        self._drawing: dict[int, asyncio.Task[tuple[Turn, Made] | None]] = {}
        self._withdrawn: set[int] = set()
        self._answered: set[int] = set()
        """Of which Gemini's picture has come, and is paid for, whatever becomes of it."""
        self._announcing: set[asyncio.Task[None]] = set()
        self._lanes: dict[int, asyncio.Task[None]] = {}
        self._woken: set[int] = set()
        self._began = datetime.now(UTC)

    @property
    def working(self) -> Collection[asyncio.Task[None]]:
        """The tasks that work for a user each; none when there is nothing left to do."""
        return self._lanes.values()

    def wake(self, user_id: int) -> None:
        """Has the user's turns worked off, in a task that ends with the last of them."""
        self._woken.add(user_id)
        if user_id not in self._lanes:
            self._lanes[user_id] = asyncio.create_task(self._work_off(user_id), name=f"turns of {user_id}")
        else:
            self._announce(user_id)

    async def withdraw(self, turn: Turn, alongside: Callable[[Repositories], Awaitable[None]] | None = None) -> bool:
        """Cancels the turn, also while it is drawn; False when it has its picture by now, or has ended.

        `alongside` stores what belongs to that, in the same transaction.
        """
        async with self._database.transaction() as repos:
            if not await self.withdraw_in(repos, turn):
                return False
            if alongside is not None:
                await alongside(repos)
        self.cut_off([turn])
        return True

    async def withdraw_in(self, repos: Repositories, turn: Turn) -> bool:
        """The same, in a transaction with more in it; `cut_off` is to follow."""
        return await store_withdrawn(repos, turn, asked_for=turn.id in self._drawing)

    def cut_off(self, withdrawn: Iterable[Turn]) -> None:
        """What is drawn for them is not waited for any more, and their lines go."""
        for turn in withdrawn:
            self._cut_off(turn)
            self.wake(turn.user_id)

    async def forget(self, turns: Iterable[Turn]) -> None:
        """Those turns are deleted: what is being drawn for them is cut off, and their lines go."""
        for turn in turns:
            is_drawing = turn.id in self._drawing
            self._cut_off(turn)
            if is_drawing:
                await self._count_cost(turn)
            await self._lines.remove(turn)

    def is_drawing(self, turn_id: int) -> bool:
        """Whether Gemini has been asked, so that other words come too late."""
        return turn_id in self._drawing

    def _cut_off(self, turn: Turn) -> None:
        drawing = self._drawing.get(turn.id)
        if drawing is not None:
            self._withdrawn.add(turn.id)
            drawing.cancel()

    async def _count_cost(self, turn: Turn) -> None:
        """Gemini was asked for a picture that does not come from this call any more."""
        try:
            async with self._database.transaction() as repos:
                await store_cost(repos, turn)
        except DatabaseUnavailable:
            log.warning("cost not counted", turn=turn.id)

    async def resume(self) -> None:
        """Goes on with whatever was left half done, by an earlier process or while the database was away.

        The log names what may be drawn, and cost, twice: nobody knows whether Gemini answered the earlier process.
        Raises DatabaseUnavailable.
        """
        async with self._database.snapshot() as repos:
            left = await repos.waiting.next_of_users()
        for turn in left:
            if turn.state is TurnState.ASKED and turn.asked_at < self._began and turn.user_id not in self._lanes:
                log.warning("drawing again what may have been drawn before", turn=turn.id)
            self.wake(turn.user_id)

    async def close(self) -> None:
        """Gives running turns their time, then stops calls to Gemini and Discord and lets transactions end.

        What is not done by then is found again by `resume`.
        """
        await self._stopping.stop([*self._lanes.values(), *self._announcing], within=self._stop_seconds)

    async def _work_off(self, user_id: int) -> None:
        try:
            while user_id in self._woken:
                self._woken.discard(user_id)
                if (next_ := await self._next(user_id)) is None:
                    continue
                turn, more = next_
                if more:
                    self._woken.add(user_id)
                await self._advance(turn)
        except BotError as error:
            log.warning("turns wait for the next resume", user=user_id, reason=type(error).__name__)
        finally:
            del self._lanes[user_id]

    async def _next(self, user_id: int) -> tuple[Turn, bool] | None:
        """The turn, and whether there are more after it. Whoever commits one that comes later wakes the user's task."""
        if self._stopping.begun:
            return None
        async with self._database.snapshot() as repos:
            return await repos.waiting.next_of_user(user_id)

    async def _advance(self, turn: Turn) -> None:
        """Takes a turn from whatever state it is in to its end."""
        if turn.state not in (TurnState.ASKED, TurnState.GENERATED):  # withdrawn, or ended and not told before a crash
            async with self._database.snapshot() as repos:
                others = await repos.turns.replies_in(turn.place.thread_id)
            await self._tell(turn, others)
            return
        try:
            if turn.state is TurnState.GENERATED:  # by an earlier process, or while the database was away
                await self._lines.remove(turn)
                await self._post_once(turn)
                return
            generated = await self._generate(turn)
            if generated is None:
                self._look_again(turn)
                return
            turn, picture = generated
            await self._lines.remove(turn)
            await self._post(turn, picture)
        except DatabaseUnavailable:
            raise  # no fault of the turn's: it goes on where it is
        except BotError as error:
            log.info("turn ended without a picture", turn=turn.id, reason=type(error).__name__)
            await self._end(turn, error, error.user_message)
        except Exception as error:  # whatever it is, its asker is told and the queue goes on
            reference = secrets.token_hex(4)
            log.exception("turn failed", turn=turn.id, reference=reference)
            await self._end(turn, error, unexpected_fault(reference))
        finally:
            self._answered.discard(turn.id)

    async def _generate(self, turn: Turn) -> tuple[Turn, Picture] | None:
        """The turn and its stored picture; None when it was withdrawn or its chat or user deleted meanwhile."""
        if turn.kind is TurnKind.EDIT and turn.chat_id is None:
            raise ChatEnded  # its start came to nothing
        async with AsyncExitStack() as drawing:
            waits = self._slots.locked()
            if waits:
                await self._lines.show(turn, in_line(0))
            with self._stopping.interruptible():
                await drawing.enter_async_context(self._slots)
                if self._stopping.begun:
                    raise asyncio.CancelledError
            if waits and not await self._is_asked(turn):
                return None
            await self._lines.show(turn, drawing_since(datetime.now(UTC)))
            if turn.user_id in self._woken:  # there may be more
                self._announce(turn.user_id)
            with self._stopping.interruptible():
                await drawing.enter_async_context(self._poster.drawing(turn))
            drawn = await self._draw(turn)
            if drawn is None:
                return None
            self._answered.add(turn.id)
            turn, made = drawn
            # within the slot: while the database is away, no more pictures are paid for than it has slots
            stored = await self._patience.with_database(lambda: self._store(turn, made))
        return None if stored is None else (stored, made.answer.picture)

    async def _is_asked(self, turn: Turn) -> bool:
        """Whether the turn has not been withdrawn while it waited."""
        async with self._database.snapshot() as repos:
            current = await repos.turns.get(turn.id)
        return current is not None and current.state is TurnState.ASKED

    async def _draw(self, turn: Turn) -> tuple[Turn, Made] | None:
        """The turn as it was drawn; None when it is withdrawn meanwhile: then the call to Gemini is cut off."""
        self._drawing[turn.id] = asyncio.create_task(self._generation.generate(turn))
        try:
            return await self._drawing[turn.id]
        except asyncio.CancelledError:
            if turn.id not in self._withdrawn:
                await self._count_cost(turn)
                raise
            return None
        finally:
            self._withdrawn.discard(turn.id)
            self._drawing.pop(turn.id).cancel()

    def _announce(self, user_id: int) -> None:
        """Tells in the background how many come before each of the user's next prompts."""
        task = asyncio.create_task(self._show_places(user_id), name=f"places of {user_id}")
        self._announcing.add(task)
        task.add_done_callback(self._announcing.discard)

    async def _show_places(self, user_id: int) -> None:
        try:
            async with self._database.snapshot() as repos:
                waiting = await repos.waiting.of_user(user_id)
            for ahead, turn in enumerate(waiting[1 : PLACES_SHOWN + 1], start=1):
                await self._lines.show(turn, in_line(ahead))
        except DatabaseUnavailable as error:
            log.info("places not shown", user=user_id, reason=type(error).__name__)

    async def _store(self, turn: Turn, made: Made) -> Turn | None:
        async with self._database.transaction() as repos:
            return await store_picture(repos, turn, made)

    async def _post_once(self, turn: Turn) -> None:
        """Posts a picture that may have been posted already, unless a message shows it."""
        with self._stopping.interruptible():
            message_id = await self._patience.with_discord(lambda: self._poster.find_picture(turn))
        if message_id is not None:
            await self._store_posted(turn, message_id)
            return
        async with self._database.snapshot() as repos:
            stored = await repos.images.load([turn.picture_sha256 or ""])
        for picture in stored.values():  # none when it was deleted meanwhile
            await self._post(turn, picture)

    async def _post(self, turn: Turn, picture: Picture) -> None:
        with self._stopping.interruptible():
            message_id = await self._patience.with_discord(lambda: self._poster.post_picture(turn, picture))
        await self._store_posted(turn, message_id)

    async def _store_posted(self, turn: Turn, message_id: int) -> None:
        async with self._database.transaction() as repos:
            wanted = await store_posted(repos, turn, message_id)
        if not wanted:
            self._clearing.wake()

    async def _end(self, turn: Turn, error: Exception, sentence: str) -> None:
        told = await self._patience.with_database(lambda: self._store_problem(turn, error, sentence))
        if not told:
            self._look_again(turn)
        for each in told:
            await self._tell(each)

    def _look_again(self, turn: Turn) -> None:
        """The turn has changed meanwhile: it was withdrawn, or a commit took effect of which the answer was lost."""
        self._woken.add(turn.user_id)

    async def _store_problem(self, turn: Turn, error: Exception, sentence: str) -> list[Turn]:
        async with self._database.transaction() as repos:
            return await store_problem(repos, turn, error, sentence, answered=turn.id in self._answered)

    async def _tell(self, turn: Turn, others: Collection[int] | None = None) -> None:
        """Tells the one who asked. What Discord does not let through, `/identity show` tells all the same."""
        await self._lines.remove(turn)
        message_id = turn.reply_message_id
        if turn.problem is not None:
            with contextlib.suppress(PlaceError, DiscordRejected), self._stopping.interruptible():
                message_id = await self._patience.with_discord(lambda: self._poster.post_problem(turn, others))
        async with self._database.transaction() as repos:
            await repos.turns.told(turn.id, message_id)
