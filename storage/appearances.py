"""What users say of their looks, one record a user."""

from __future__ import annotations

from dataclasses import asdict, fields

from sqlalchemy import delete
from sqlalchemy.ext.asyncio import AsyncSession

from bot.domain import Appearance
from storage.tables import AppearanceRow


class Appearances:
    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    async def get(self, user_id: int) -> Appearance | None:
        row = await self._session.get(AppearanceRow, user_id)
        if row is None:
            return None
        return Appearance(**{field.name: getattr(row, field.name) for field in fields(Appearance)})

    async def set(self, user_id: int, appearance: Appearance) -> None:
        await self._session.merge(AppearanceRow(user_id=user_id, **asdict(appearance)))

    async def clear(self, user_id: int) -> None:
        await self._session.execute(delete(AppearanceRow).where(AppearanceRow.user_id == user_id))
