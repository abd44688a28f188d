"""Identities: a name is unique for its user, whatever its case."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import bindparam, delete, insert, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.domain import Identity
from bot.errors import IdentityNameTaken
from storage.rows import AnyRow
from storage.tables import IdentityRow

_OF_USER = select(IdentityRow).where(IdentityRow.user_id == bindparam("user_id"))
_ALL = _OF_USER.order_by(IdentityRow.name_key)
_BY_NAME = _OF_USER.where(IdentityRow.name_key == bindparam("key"))
_NEW = insert(IdentityRow).returning(IdentityRow)


class Identities:
    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def create(self, user_id: int, name: str, description: str) -> Identity:
        """Raises IdentityNameTaken when the user has one of that name."""
        values = {"user_id": user_id, "name": name, "name_key": _key(name), "description": description}
        try:
            return _identity((await self._connection.execute(_NEW, values)).one())
        except IntegrityError as error:
            raise IdentityNameTaken(name) from error

    async def find(self, user_id: int, name: str) -> Identity | None:
        row = (await self._connection.execute(_BY_NAME, {"user_id": user_id, "key": _key(name)})).first()
        return None if row is None else _identity(row)

    async def of_user(self, user_id: int) -> Sequence[Identity]:
        """All of the user's identities, by name."""
        return [_identity(row) for row in await self._connection.execute(_ALL, {"user_id": user_id})]

    async def edit(self, identity_id: int, *, name: str, description: str) -> None:
        """Raises IdentityNameTaken when another identity of the user has that name."""
        try:
            await self._connection.execute(
                update(IdentityRow)
                .where(IdentityRow.id == identity_id)
                .values(name=name, name_key=_key(name), description=description)
            )
        except IntegrityError as error:
            raise IdentityNameTaken(name) from error

    async def delete(self, identity_id: int) -> None:
        await self._connection.execute(delete(IdentityRow).where(IdentityRow.id == identity_id))


def _key(name: str) -> str:
    return name.casefold()


def _identity(row: AnyRow) -> Identity:
    return Identity(id=row.id, user_id=row.user_id, name=row.name, description=row.description)
