"""The form that begins a chat where pictures or a member were picked first: who to be, and what that is like."""

from __future__ import annotations

from collections.abc import Sequence

import discord

from bot.app import IdentityBot
from bot.domain import MAX_DESCRIPTION_LENGTH, MAX_NAME_LENGTH
from bot.error_replies import Modal
from bot.visits import MEMBERS, require_still_allowed
from bot.wording import (
    IDENTITY_DESCRIPTION,
    IDENTITY_DESCRIPTION_EXAMPLE,
    IDENTITY_DESCRIPTION_HINT,
    IDENTITY_NAME,
    IDENTITY_NAME_EXAMPLE,
    IDENTITY_NAME_HINT,
    PHOTOS_OF_MEMBER,
    PHOTOS_OF_MEMBER_HINT,
    START_FOR_MENU,
    START_TITLE,
)
from cogs.beginning import begin_chat, is_private
from cogs.orders import picture_order
from cogs.places import check_place

MAX_FILES = 5
"""Photos to attach in the form: as many as the commands take."""


class StartForm(Modal, title=START_TITLE):
    """Begins a chat of `owner` from `pictures`; without any, the form asks for photos.

    The pictures are read when the form is sent, not while it is open: held for everyone who opens one, they would fill
    the memory. Until then Discord's links to them last.
    """

    def __init__(
        self, owner: discord.abc.User, pictures: Sequence[discord.Attachment] = (), held_to: str = MEMBERS
    ) -> None:
        super().__init__()
        self.held_to = held_to
        self._owner = owner
        self._pictures = pictures
        self._name: discord.ui.TextInput[StartForm] = discord.ui.TextInput(
            custom_id="identity", placeholder=IDENTITY_NAME_EXAMPLE, max_length=MAX_NAME_LENGTH
        )
        self._description: discord.ui.TextInput[StartForm] = discord.ui.TextInput(
            custom_id="description",
            style=discord.TextStyle.paragraph,
            placeholder=IDENTITY_DESCRIPTION_EXAMPLE,
            max_length=MAX_DESCRIPTION_LENGTH,
            required=False,
        )
        self._files: discord.ui.FileUpload[StartForm] = discord.ui.FileUpload(
            custom_id="photos", required=False, min_values=0, max_values=MAX_FILES
        )
        self.add_item(discord.ui.Label(text=IDENTITY_NAME, description=IDENTITY_NAME_HINT, component=self._name))
        self.add_item(
            discord.ui.Label(
                text=IDENTITY_DESCRIPTION, description=IDENTITY_DESCRIPTION_HINT, component=self._description
            )
        )
        if not pictures:
            self.add_item(
                discord.ui.Label(text=PHOTOS_OF_MEMBER, description=PHOTOS_OF_MEMBER_HINT, component=self._files)
            )

    async def on_submit(self, interaction: discord.Interaction[IdentityBot], /) -> None:  # type: ignore[override]
        """Takes the start, unless what was there when the form opened has gone meanwhile."""
        await require_still_allowed(interaction, self._owner.id, START_FOR_MENU)
        await interaction.response.defer(ephemeral=True, thinking=True)
        private = await is_private(interaction)
        check_place(interaction, private=private)
        order = await picture_order(
            interaction,
            user_id=self._owner.id,
            identity=self._name.value,
            description=self._description.value,
            instructions=None,
            aspect="",
            size="",
            photos=self._pictures or self._files.values,
        )
        await begin_chat(interaction, order, private=private, members=(self._owner, interaction.user))
