"""The identities of a user."""

from __future__ import annotations

from collections.abc import Sequence

from bot.domain import MAX_DESCRIPTION_LENGTH, MAX_NAME_LENGTH, Identity
from bot.errors import (
    EmptyDescription,
    EmptyName,
    NothingToChange,
    OtherServer,
    TextTooLong,
    UnknownIdentity,
    UnknownUser,
)
from bot.services.homes import require_known_here
from bot.texts import clean_name, clean_text
from storage.database import Database, Repositories


class Identities:
    """Every method works on the identities of the `user_id` it is given, and on no others."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def create(self, user_id: int, name: str, description: str, guild_id: int | None = None) -> Identity:
        """Raises InvalidInput: an empty or overlong text, a name that is taken."""
        async with self._database.transaction() as repos:
            await repos.users.ensure(user_id, guild_id)
            return await new_identity(repos, user_id, name, description)

    async def of_user(self, user_id: int) -> Sequence[Identity]:
        async with self._database.snapshot() as repos:
            return await repos.identities.of_user(user_id)

    async def of_member(self, user_id: int, guild_id: int) -> Sequence[Identity]:
        """As far as a moderator of that server may see them."""
        async with self._database.snapshot() as repos:
            try:
                await require_known_here(repos, user_id, guild_id)
            except (UnknownUser, OtherServer):
                return []
            return await repos.identities.of_user(user_id)

    async def edit(self, user_id: int, name: str, *, new_name: str = "", description: str = "") -> Identity:
        """Changes what is not empty. Raises InvalidInput."""
        async with self._database.transaction() as repos:
            identity = await known_identity(repos, user_id, name)
            if not new_name and not description:
                raise NothingToChange
            edited = Identity(
                id=identity.id,
                user_id=user_id,
                name=checked_name(new_name) if new_name else identity.name,
                description=_checked_description(description) if description else identity.description,
            )
            await repos.identities.edit(identity.id, name=edited.name, description=edited.description)
            return edited

    async def delete(self, user_id: int, name: str) -> Identity:
        """The chat that was begun with it goes on. Raises UnknownIdentity."""
        async with self._database.transaction() as repos:
            identity = await known_identity(repos, user_id, name)
            await repos.identities.delete(identity.id)
            return identity


async def new_identity(repos: Repositories, user_id: int, name: str, description: str) -> Identity:
    """Raises InvalidInput: an empty or overlong text, a name that is taken."""
    return await repos.identities.create(user_id, checked_name(name), _checked_description(description))


async def known_identity(repos: Repositories, user_id: int, name: str, *, hint: str = "") -> Identity:
    """Raises UnknownIdentity, which names those that the user has."""
    wanted = clean_name(name)
    identity = await repos.identities.find(user_id, wanted)
    if identity is None:
        raise UnknownIdentity(wanted, [each.name for each in await repos.identities.of_user(user_id)], hint)
    return identity


def checked_name(text: str) -> str:
    name = clean_name(text)
    if not name:
        raise EmptyName
    if len(name) > MAX_NAME_LENGTH:
        raise TextTooLong("The name", len(name), MAX_NAME_LENGTH)
    return name


def _checked_description(text: str) -> str:
    description = clean_text(text)
    if not description:
        raise EmptyDescription
    if len(description) > MAX_DESCRIPTION_LENGTH:
        raise TextTooLong("The description", len(description), MAX_DESCRIPTION_LENGTH)
    return description
