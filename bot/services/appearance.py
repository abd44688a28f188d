"""What a user says of their looks."""

from __future__ import annotations

from dataclasses import fields

from bot.domain import Appearance
from bot.texts import clean_name
from storage.database import Database


class Appearances:
    def __init__(self, database: Database) -> None:
        self._database = database

    async def get(self, user_id: int) -> Appearance | None:
        async with self._database.snapshot() as repos:
            return await repos.appearances.get(user_id)

    async def set(self, user_id: int, appearance: Appearance, guild_id: int | None = None) -> bool:
        """Replaces what was said before; saying nothing at all clears it. Answers whether anything is kept."""
        cleaned = Appearance(**{each.name: clean_name(getattr(appearance, each.name)) for each in fields(appearance)})
        async with self._database.transaction() as repos:
            if cleaned == Appearance():
                await repos.appearances.clear(user_id)
                return False
            await repos.users.ensure(user_id, guild_id)
            await repos.appearances.set(user_id, cleaned)
            return True

    async def clear(self, user_id: int) -> None:
        async with self._database.transaction() as repos:
            await repos.appearances.clear(user_id)
