"""/photos: the reference photos that a member's identities are made from."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from io import BytesIO
from typing import Any

import discord
from discord import app_commands
from discord.ext import commands

from bot.app import IdentityBot, Services
from bot.buttons import to_send
from bot.domain import MAX_REFERENCE_PHOTOS, ReferencePhoto
from bot.error_replies import Question, answer, answer_in_place
from bot.imaging.contact_sheet import contact_sheet
from bot.services.photos import PhotoShelf
from bot.texts import shorten
from bot.wording import photo_list, photos_added, photos_removed, which_photos
from cogs.attachments import read_files
from cogs.first_use import explain_photos
from cogs.options import PHOTOS, Photo


class Photos(commands.GroupCog, name="photos", description="Your reference photos"):
    def __init__(self, services: Services) -> None:
        self._photos = services.photos

    @app_commands.command(description="Keep photos of you for all your identities")
    @app_commands.describe(**PHOTOS)
    async def add(
        self,
        interaction: discord.Interaction[IdentityBot],
        photo1: discord.Attachment,
        photo2: Photo = None,
        photo3: Photo = None,
        photo4: Photo = None,
        photo5: Photo = None,
    ) -> None:
        await interaction.response.defer(ephemeral=True)
        await add_photos(interaction, self._photos, (photo1, photo2, photo3, photo4, photo5))

    @app_commands.command(name="list", description="All the photos I keep of you")
    async def list_(self, interaction: discord.Interaction[IdentityBot]) -> None:
        await interaction.response.defer(ephemeral=True)
        photos = await self._photos.of_user(interaction.user.id)
        await self._show(interaction, photos, photo_list(photos, MAX_REFERENCE_PHOTOS))

    @app_commands.command(description="Pick photos to delete")
    async def remove(self, interaction: discord.Interaction[IdentityBot]) -> None:
        await interaction.response.defer(ephemeral=True)
        photos = await self._photos.of_user(interaction.user.id)
        if not photos:
            await answer(interaction, photo_list(photos, MAX_REFERENCE_PHOTOS))
            return
        await self._show(interaction, photos, which_photos(), view=to_send(PickPhotos(self._photos, photos)))

    async def _show(
        self,
        interaction: discord.Interaction[IdentityBot],
        photos: Sequence[ReferencePhoto],
        sentence: str,
        **options: Any,
    ) -> None:
        if not photos:
            await answer(interaction, sentence)
            return
        sheet = await contact_sheet(await self._photos.load(photos))
        file = discord.File(BytesIO(sheet.data), filename="photos.jpg", description="Your photos, numbered")
        await answer(interaction, sentence, file=file, **options)


async def add_photos(
    interaction: discord.Interaction[IdentityBot], shelf: PhotoShelf, attachments: Iterable[discord.Attachment | None]
) -> None:
    """Puts the files on the user's shelf and says what came of it. Raises InvalidInput."""
    added = await shelf.add(interaction.user.id, await read_files(attachments), interaction.guild_id)
    await answer(interaction, photos_added(added.new, added.known, added.stored, MAX_REFERENCE_PHOTOS, added.notes))
    await explain_photos(interaction)


class PhotoMenu(discord.ui.Select["PickPhotos"]):
    """A user's photos to pick from; those picked are deleted."""

    def __init__(self, shelf: PhotoShelf, photos: Sequence[ReferencePhoto]) -> None:
        super().__init__(
            placeholder="Photos to delete", max_values=len(photos), options=_menu(photos), custom_id="photos-to-delete"
        )
        self._shelf = shelf

    async def callback(self, interaction: discord.Interaction[Any]) -> None:
        await interaction.response.defer()
        removed = await self._shelf.remove(interaction.user.id, self.values)
        await answer_in_place(interaction, photos_removed(removed))


class PickPhotos(Question):
    """The menu. The one that answers picks needs no photos: a pick says which."""

    held_to = "photos"

    def __init__(self, shelf: PhotoShelf, photos: Sequence[ReferencePhoto] = ()) -> None:
        super().__init__()
        self.add_item(PhotoMenu(shelf, photos))


def _menu(photos: Sequence[ReferencePhoto]) -> list[discord.SelectOption]:
    return [
        discord.SelectOption(label=shorten(f"{number}. {photo.name}", 100), value=photo.sha256)
        for number, photo in enumerate(photos, start=1)
    ]


async def setup(bot: IdentityBot) -> None:
    """Called by discord.py."""
    await bot.add_cog(Photos(bot.services))
    bot.add_view(PickPhotos(bot.services.photos))
