"""What a server chooses: channels, roles, the log channel, pictures, limits, threads."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from bot.domain import ImageSettings
from bot.gemini.catalog import MODELS, check_offered, is_listed, ratios, sizes
from bot.rule_errors import ListFull, NotListed, UnknownModel
from bot.servers import ActKind, ServerSettings
from bot.services.acts import Acts
from bot.texts import without_spaces
from storage.database import Database, Repositories

MOST_LISTED = 25
"""Channels or roles of a list: as many as fit into one message."""


class ServerChoices:
    """Each method answers all that the server has chosen by then; `default` holds where it has not."""

    def __init__(self, database: Database, default: ImageSettings, acts: Acts) -> None:
        self._database = database
        self._default = default
        self._acts = acts

    async def of(self, guild_id: int) -> ServerSettings:
        async with self._database.snapshot() as repos:
            return await repos.servers.settings(guild_id)

    async def choose(self, guild_id: int, by: int, **chosen: Any) -> ServerSettings:
        """Changes the fields of that name."""
        async with self._acts.decision() as repos:
            settings = replace(await repos.servers.settings(guild_id), **chosen)
            await _store(repos, settings, by, ", ".join(chosen))
            return settings

    async def choose_pictures(
        self, guild_id: int, by: int, *, model: str | None, aspect_ratio: str | None, image_size: str | None
    ) -> ServerSettings:
        """Changes what is not None. Raises UnknownModel, UnsupportedByModel for what the server's model does not offer.

        With another model, what was chosen before and that one does not offer is dropped.
        """
        async with self._acts.decision() as repos:
            before = await repos.servers.settings(guild_id)
            if model is not None and model != self._default.model and not is_listed(model):
                raise UnknownModel(model, [*dict.fromkeys([self._default.model, *MODELS])])
            used = model or before.model or self._default.model
            kept = _offered(replace(before, model=model or before.model), used)
            ratio = without_spaces(aspect_ratio or "") or kept.aspect_ratio
            size = without_spaces(image_size or "").upper() or kept.image_size
            check_offered(ImageSettings(used, ratio or ratios(used)[0], size or sizes(used)[0]))
            after = replace(kept, aspect_ratio=ratio, image_size=size)
            await _store(repos, after, by, "pictures")
            return after

    async def list_in(
        self, guild_id: int, by: int, field: str, add: int | None, remove: int | None, name: str
    ) -> ServerSettings:
        """Adds to, and takes from, `channel_ids` or `role_ids`. Raises NotListed, with `name`, and ListFull."""
        async with self._acts.decision() as repos:
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
            await _store(repos, after, by, field)
            return after

    async def reset(self, guild_id: int, by: int, field: str | None = None) -> ServerSettings:
        """That field is not chosen any more; without one, nothing is.

        With the model, what its default does not offer is dropped.
        """
        async with self._acts.decision() as repos:
            nothing = ServerSettings(guild_id)
            if field is None:
                after = nothing
            else:
                before = await repos.servers.settings(guild_id)
                left = replace(before, **{field: getattr(nothing, field)})
                after = _offered(left, left.model or self._default.model)
            await _store(repos, after, by, field or "all of it")
            return after


def _offered(settings: ServerSettings, model: str) -> ServerSettings:
    """Without the ratio and the size that the model does not offer, as far as that is known."""
    if not is_listed(model):
        return settings
    ratio = settings.aspect_ratio if settings.aspect_ratio in ratios(model) else None
    size = settings.image_size if settings.image_size in sizes(model) else None
    return replace(settings, aspect_ratio=ratio, image_size=size)


async def _store(repos: Repositories, settings: ServerSettings, by: int, what: str) -> None:
    await repos.uses.one_at_a_time()
    before = (await repos.servers.settings(settings.guild_id)).log_channel_id
    former = before if before != settings.log_channel_id else None  # nobody silences it without a word there
    await repos.servers.choose(settings)
    words = what.replace("_ids", "s").replace("_", " ")
    await repos.servers.record(settings.guild_id, by, None, ActKind.SETTINGS, words, former)
