"""With what a first picture is asked for: as it was said, else as the user last chose, the server, or the bot."""

from __future__ import annotations

from collections.abc import Sequence

from bot.domain import ImageSettings
from bot.gemini.catalog import check_offered, is_listed, ratios, sizes
from bot.services.orders import PictureOrder
from bot.texts import without_spaces
from storage.database import Database, Repositories


class ImageChoice:
    """`default` is what the bot asks for where nobody says otherwise."""

    def __init__(self, database: Database, default: ImageSettings) -> None:
        self._database = database
        self._default = default

    async def model(self, guild_id: int | None) -> str:
        """The model that is used there."""
        async with self._database.snapshot() as repos:
            return await self._model(repos, guild_id)

    async def of(self, repos: Repositories, order: PictureOrder) -> ImageSettings:
        """Remembers what the user said for themselves. Raises UnsupportedByModel for what the model does not offer.

        What is remembered or set for all, and not offered by the model, is passed over.
        """
        server = await repos.servers.settings(order.guild_id or 0, order.asked_by)
        model = await self._model(repos, order.guild_id)
        usual_ratio, usual_size = await repos.users.usual_image(order.user_id)
        known_ratios = (usual_ratio, server.aspect_ratio, self._default.aspect_ratio)
        known_sizes = (usual_size, server.image_size, self._default.image_size)
        ratio, size = without_spaces(order.aspect_ratio), without_spaces(order.image_size).upper()
        usual_ratio = _offered(known_ratios, model, ratios(model)) or self._default.aspect_ratio
        usual_size = _offered(known_sizes, model, sizes(model)) or sizes(model)[0]
        image = ImageSettings(model, ratio or usual_ratio, size or usual_size)
        check_offered(image)
        if order.asked_by == order.user_id:
            await repos.users.remember_image(order.user_id, aspect_ratio=ratio, image_size=size)
        return image

    async def _model(self, repos: Repositories, guild_id: int | None) -> str:
        return (await repos.servers.settings(guild_id or 0)).model or self._default.model


def _offered(wanted: Sequence[str | None], model: str, offered: Sequence[str]) -> str | None:
    """The first that the model offers; of a model that is not listed any is taken."""
    return next((each for each in wanted if each and (each in offered or not is_listed(model))), None)
