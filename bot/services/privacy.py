"""What a person is owed: to be forgotten."""

from __future__ import annotations

from storage.database import Database


class Privacy:
    def __init__(self, database: Database) -> None:
        self._database = database

    async def delete_everything(self, user_id: int) -> bool:
        """Deletes all that is kept of the user, bytes included; False when nothing was."""
        async with self._database.transaction() as repos:
            return await repos.users.delete(user_id)
