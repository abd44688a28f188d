"""The form behind "Edit…": a prompt and photos for one picture, also where the bot may not read messages."""

from __future__ import annotations

from dataclasses import asdict

import discord

from bot.app import IdentityBot
from bot.domain import MAX_PROMPT_LENGTH, Turn
from bot.error_replies import Modal, answer
from bot.services.orders import ChatOrder, EditOrder
from bot.texts import shorten
from bot.visits import require_still_allowed, require_still_member
from bot.wording import EDIT_PHOTOS, EDIT_PROMPT, edit_taken, edit_title
from cogs.attachments import read_files

MAX_FILES = 5
"""Photos for one edit: as many as the commands take."""


class EditModal(Modal):
    """Filled, for its owner, with the words that made the picture. What is sent edits it, whichever is the newest."""

    def __init__(self, turn: Turn, order: ChatOrder) -> None:
        super().__init__(title=edit_title(turn))
        self._turn = turn
        self._order = order
        self._prompt: discord.ui.TextInput[EditModal] = discord.ui.TextInput(
            custom_id="prompt",
            style=discord.TextStyle.paragraph,
            default=None if order.by_moderator else shorten(turn.prompt, MAX_PROMPT_LENGTH),
            max_length=MAX_PROMPT_LENGTH,
            required=False,
        )
        self._files: discord.ui.FileUpload[EditModal] = discord.ui.FileUpload(
            custom_id="photos", required=False, min_values=0, max_values=MAX_FILES
        )
        self.add_item(discord.ui.Label(text=EDIT_PROMPT, component=self._prompt))
        self.add_item(discord.ui.Label(text=EDIT_PHOTOS, component=self._files))

    async def on_submit(self, interaction: discord.Interaction[IdentityBot], /) -> None:  # type: ignore[override]
        """Takes the edit, if the chat is still there."""
        await require_still_allowed(interaction, self._order.user_id)
        if not self._order.by_moderator:
            await require_still_member(interaction, self._turn)
        await interaction.response.defer(ephemeral=True, thinking=True)
        order = EditOrder(
            **asdict(self._order),
            source_id=interaction.id,
            prompt=self._prompt.value,
            files=await read_files(self._files.values),
            parent_id=self._turn.id,
        )
        taken = await interaction.client.services.chats.continue_identity_image_chat(order)
        await answer(interaction, edit_taken(taken.turn.place.thread_id, taken.notes))
