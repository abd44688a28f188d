"""What a person is owed: to be forgotten."""

from __future__ import annotations

from bot.services.turns import TurnQueue
from storage.database import Database


class Privacy:
    def __init__(self, database: Database, queue: TurnQueue) -> None:
        self._database = database
        self._queue = queue

    async def delete_everything(self, user_id: int) -> bool:
        """Deletes all that is kept of the user, bytes included; False when nothing was."""
        async with self._database.transaction() as repos:
            waiting = await repos.turns.waiting_of(user_id)
            known = await repos.users.delete(user_id)
        await self._queue.forget(waiting)
        return known
