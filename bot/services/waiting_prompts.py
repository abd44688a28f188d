"""Prompts between being written and being drawn: missed while the bot was away, changed or withdrawn, left behind."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Collection
from datetime import datetime

from bot.domain import Home, Turn, TurnKind, TurnState
from bot.gemini.chat_history import with_text
from bot.services.limits import Limits
from bot.services.turns import TurnQueue
from bot.texts import clean_text
from storage.database import Database


class WaitingPrompts:
    def __init__(self, database: Database, queue: TurnQueue, limits: Limits, *, keep_lost_chats: bool = False) -> None:
        self._database = database
        self._queue = queue
        self._limits = limits
        self._keep_lost_chats = keep_lost_chats

    async def homes(self, since: datetime) -> list[Home]:
        """Every thread in which prompts may be waiting to be found, that were missed `since` then."""
        async with self._database.snapshot() as repos:
            starts = await repos.waiting.starts()
            waiting = [Home(start.user_id, start.place, newest_known=None, unsettled=True) for start in starts]
            return [*await repos.chats.homes(since), *waiting]

    async def last_seen(self, user_id: int, thread_id: int) -> int | None:
        """The id of the user's newest message in that thread that was taken; None when nothing of theirs was."""
        async with self._database.snapshot() as repos:
            return await repos.turns.last_source(user_id, thread_id)

    async def never_asked_in(self, thread_ids: Collection[int]) -> set[int]:
        """Those threads to which no prompt belongs."""
        async with self._database.snapshot() as repos:
            without_chat = set(thread_ids) - await repos.chats.threads()
            return without_chat - await repos.turns.asked_in(without_chat)

    async def reword(self, message_id: int, text: str, admit: Callable[[], Awaitable[None]]) -> None:
        """The message was edited: a turn that still waits asks for the new words. Empty ones change nothing.

        Nor do those that come while it is drawn. Raises what `admit` raises for who wrote them, Blocked, TextTooLong:
        then it asks for the old ones.
        """
        prompt = clean_text(text)
        turn = await self._waiting(message_id)
        if turn is None or turn.kind is not TurnKind.EDIT or prompt in ("", turn.prompt):
            return
        if not self._queue.is_drawing(turn.id):
            await admit()
            async with self._database.transaction() as repos:
                await self._limits.check_words(repos, turn.asked_by, turn.place.guild_id, prompt)
                if self._queue.is_drawing(turn.id):  # by now
                    return
                await repos.turns.reword(turn.id, prompt, with_text(turn.user_content, prompt))

    async def withdraw(self, message_id: int) -> None:
        """The message was deleted: a turn without a picture so far is cancelled, even while it is being drawn."""
        turn = await self._waiting(message_id)
        if turn is not None:
            await self._queue.withdraw(turn)

    async def _waiting(self, message_id: int) -> Turn | None:
        """The turn that the message asked for, if it has no picture yet. Made to be asked for every message."""
        async with self._database.snapshot() as repos:
            turn = await repos.turns.of_source(message_id)
        return turn if turn is not None and turn.state is TurnState.ASKED else None

    async def servers(self) -> set[int]:
        """Where chats live, or of which there are rules."""
        async with self._database.snapshot() as repos:
            return await repos.chats.servers() | await repos.servers.known()

    async def leave(
        self, *, guild_id: int | None = None, channel_id: int | None = None, thread_id: int | None = None
    ) -> None:
        """That place is gone: the chats that lived there end, unless they are to be kept, to go on elsewhere.

        With a server goes what it has chosen and what its moderators did.
        """
        waiting: list[Turn] = []
        async with self._database.transaction() as repos:
            lost = await repos.chats.at(guild_id=guild_id, channel_id=channel_id, thread_id=thread_id)
            for chat in () if self._keep_lost_chats else lost:
                waiting += await repos.waiting.forget_in(chat.id)
                await repos.chats.delete(chat)
            if guild_id is not None:
                await repos.servers.forget(guild_id)
        await self._queue.forget(waiting)
