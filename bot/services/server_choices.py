"""What a server chooses: channels, roles, the log channel, pictures, limits, threads."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from bot.domain import ImageSettings
from bot.gemini.catalog import check_offered, is_listed, ratios, sizes
from bot.rule_errors import ListFull, NotListed
from bot.servers import ServerSettings
from storage.database import Database

MOST_LISTED = 25
"""Channels or roles of a list: as many as fit into one message."""


class ServerChoices:
    """Each method answers all that the server has chosen by then; `default` holds where it has not."""

    def __init__(self, database: Database, default: ImageSettings) -> None:
        self._database = database
        self._default = default

    async def of(self, guild_id: int) -> ServerSettings:
        async with self._database.snapshot() as repos:
            return await repos.servers.settings(guild_id)

    async def choose(self, guild_id: int, **chosen: Any) -> ServerSettings:
        """Changes the fields of that name."""
        async with self._database.transaction() as repos:
            settings = replace(await repos.servers.settings(guild_id), **chosen)
            await repos.servers.choose(settings)
            return settings

    async def choose_pictures(
        self, guild_id: int, *, model: str | None, aspect_ratio: str | None, image_size: str | None
    ) -> ServerSettings:
        """Changes what is not None. Raises UnsupportedByModel for what the server's model does not offer.

        With another model, what was chosen before and that one does not offer is dropped.
        """
        async with self._database.transaction() as repos:
            before = await repos.servers.settings(guild_id)
            used = model or before.model or self._default.model
            ratio, size = aspect_ratio or before.aspect_ratio, (image_size or "").upper() or before.image_size
            if aspect_ratio is None and is_listed(used) and ratio not in ratios(used):
                ratio = None
            if image_size is None and is_listed(used) and size not in sizes(used):
                size = None
            check_offered(ImageSettings(used, ratio or ratios(used)[0], size or sizes(used)[0]))
            after = replace(before, model=model or before.model, aspect_ratio=ratio, image_size=size)
            await repos.servers.choose(after)
            return after

    async def list_in(
        self, guild_id: int, field: str, add: int | None, remove: int | None, name: str
    ) -> ServerSettings:
        """Adds to, and takes from, `channel_ids` or `role_ids`. Raises NotListed, with `name`, and ListFull."""
        async with self._database.transaction() as repos:
            before = await repos.servers.settings(guild_id)
            listed: list[int] = list(getattr(before, field))
            if remove is not None and remove not in listed:
                raise NotListed(name)
            kept = [each for each in listed if each not in (add, remove)]
            if add is not None:
                kept.append(add)
            if len(kept) > MOST_LISTED:
                raise ListFull(MOST_LISTED)
            changed: dict[str, Any] = {field: tuple(kept)}
            after = replace(before, **changed)
            await repos.servers.choose(after)
            return after

    async def reset(self, guild_id: int) -> ServerSettings:
        """Nothing is chosen any more."""
        async with self._database.transaction() as repos:
            await repos.servers.choose(ServerSettings(guild_id))
        return ServerSettings(guild_id)
