"""Identities: a name is unique for its user, whatever its case."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import delete, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession

from bot.domain import Identity
from bot.errors import IdentityNameTaken
from storage.tables import IdentityRow


class Identities:
    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    async def create(self, user_id: int, name: str, description: str) -> Identity:
        """Raises IdentityNameTaken when the user has one of that name."""
        if await self.find(user_id, name) is not None:
            raise IdentityNameTaken(name)
        row = IdentityRow(user_id=user_id, name=name, name_key=_key(name), description=description)
        self._session.add(row)
        await self._session.flush()
        return _identity(row)

    async def find(self, user_id: int, name: str) -> Identity | None:
        row = await self._session.scalar(
            select(IdentityRow).where(IdentityRow.user_id == user_id, IdentityRow.name_key == _key(name))
        )
        return None if row is None else _identity(row)

    async def of_user(self, user_id: int) -> Sequence[Identity]:
        """All of the user's identities, by name."""
        rows = await self._session.scalars(
            select(IdentityRow).where(IdentityRow.user_id == user_id).order_by(IdentityRow.name_key)
        )
        return [_identity(row) for row in rows]

    async def edit(self, identity_id: int, *, name: str, description: str) -> None:
        """Raises IdentityNameTaken when another identity of the user has that name."""
        try:
            await self._session.execute(
                update(IdentityRow)
                .where(IdentityRow.id == identity_id)
                .values(name=name, name_key=_key(name), description=description)
            )
        except IntegrityError as error:
            raise IdentityNameTaken(name) from error

    async def delete(self, identity_id: int) -> None:
        await self._session.execute(delete(IdentityRow).where(IdentityRow.id == identity_id))


def _key(name: str) -> str:
    return name.casefold()


def _identity(row: IdentityRow) -> Identity:
    return Identity(id=row.id, user_id=row.user_id, name=row.name, description=row.description)
