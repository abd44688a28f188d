"""Who may use the bot where: a server's blocks, channels and roles."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Collection
from dataclasses import dataclass

from bot.errors import BotError
from bot.rule_errors import Blocked, NotInThisChannel, RoleNeeded
from bot.servers import ServerSettings
from storage.database import Database, Repositories


@dataclass(frozen=True)
class Visit:
    """Somebody who uses the bot: in which channels (a thread's own channel too), and with which roles.

    Roles, and whether they are a moderator, for whom nothing is restricted, are asked for only where they matter.
    """

    user_id: int
    guild_id: int | None
    channel_ids: tuple[int, ...]
    roles: Callable[[], Awaitable[Collection[int]]]
    moderates: Callable[[], Awaitable[bool]]


class Admission:
    def __init__(self, database: Database) -> None:
        self._database = database

    async def admit_moderator(self, guild_id: int | None, user_id: int) -> None:
        """No channels and roles hold for moderators, yet a block does. Raises Blocked."""
        if guild_id is not None:
            async with self._database.snapshot() as repos:
                await require_not_blocked(repos, guild_id, user_id)

    async def admit(self, visit: Visit) -> None:
        """Raises Blocked, NotInThisChannel, RoleNeeded."""
        if visit.guild_id is None:
            return
        async with self._database.snapshot() as repos:
            await require_not_blocked(repos, visit.guild_id, visit.user_id)
            settings = await repos.servers.settings(visit.guild_id)
        refusal = await _refusal(settings, visit)
        if refusal is not None and not await visit.moderates():
            raise refusal


async def require_not_blocked(repos: Repositories, guild_id: int, user_id: int, *, here: bool = True) -> None:
    """Raises Blocked."""
    block = await repos.servers.block_of(guild_id, user_id)
    if block is not None:
        raise Blocked(block.reason, block.until, here=here)


async def _refusal(settings: ServerSettings, visit: Visit) -> BotError | None:
    if settings.channel_ids and not set(settings.channel_ids) & set(visit.channel_ids):
        return NotInThisChannel(settings.channel_ids)
    if settings.role_ids and not set(settings.role_ids) & set(await visit.roles()):
        return RoleNeeded(settings.role_ids)
    return None
