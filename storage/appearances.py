"""What users say of their looks, one record a user."""

from __future__ import annotations

from dataclasses import asdict, fields

from sqlalchemy import bindparam, delete, select
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.domain import Appearance
from storage.rows import put
from storage.tables import AppearanceRow

_OF_USER = select(AppearanceRow).where(AppearanceRow.user_id == bindparam("user_id"))


class Appearances:
    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def get(self, user_id: int) -> Appearance | None:
        row = (await self._connection.execute(_OF_USER, {"user_id": user_id})).first()
        if row is None:
            return None
        return Appearance(**{field.name: getattr(row, field.name) for field in fields(Appearance)})

    async def set(self, user_id: int, appearance: Appearance) -> None:
        await put(self._connection, AppearanceRow, user_id=user_id, **asdict(appearance))

    async def clear(self, user_id: int) -> None:
        await self._connection.execute(delete(AppearanceRow).where(AppearanceRow.user_id == user_id))
