"""/appearance: what a member says of their looks."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import discord
from discord import app_commands
from discord.ext import commands

from bot.app import IdentityBot, Services
from bot.buttons import to_send
from bot.domain import Appearance as Looks
from bot.error_replies import Modal, Question, answer
from bot.services.appearance import Appearances
from bot.wording import appearance_cleared, appearance_kept, appearance_shown

MAX_FIELD_LENGTH = 200

BODY = {
    "age_range": ("Age", "late twenties"),
    "build": ("Build", "tall and slim"),
    "hair": ("Hair", "short, dark, curly"),
    "eyes": ("Eyes", "green"),
    "skin_tone": ("Skin tone", "olive"),
}
STYLE = {
    "style": ("Style", "plain, earthy colours"),
    "anything_else": ("Anything else", "a small scar over the left eyebrow"),
}
"""Each field with its label and an example. Discord shows five fields in a modal at most, so there are two."""


class Appearance(commands.GroupCog, name="appearance", description="What you look like, in your words"):
    def __init__(self, services: Services) -> None:
        self._appearances = services.appearances

    @app_commands.command(name="set", description="Say what you look like; every field may stay empty")
    async def set_(self, interaction: discord.Interaction[IdentityBot]) -> None:
        known = await self._appearances.get(interaction.user.id)
        await interaction.response.send_modal(LooksModal(self._appearances, BODY, known or Looks()))

    @app_commands.command(description="What you have said of your looks")
    async def show(self, interaction: discord.Interaction[IdentityBot]) -> None:
        await interaction.response.defer(ephemeral=True)
        await answer(interaction, appearance_shown(await self._appearances.get(interaction.user.id)))

    @app_commands.command(description="Delete what you have said of your looks")
    async def clear(self, interaction: discord.Interaction[IdentityBot]) -> None:
        await interaction.response.defer(ephemeral=True)
        await self._appearances.clear(interaction.user.id)
        await answer(interaction, appearance_cleared())


class LooksModal(Modal, title="What you look like"):
    """Some fields of a user's appearance, filled with what is known; the other fields stay as they are."""

    held_to = "appearance"

    def __init__(self, appearances: Appearances, fields: dict[str, tuple[str, str]], known: Looks) -> None:
        super().__init__()
        self._appearances = appearances
        self._inputs: dict[str, discord.ui.TextInput[LooksModal]] = {}
        for name, (label, example) in fields.items():
            self._inputs[name] = discord.ui.TextInput(
                custom_id=name,
                placeholder=example,
                default=getattr(known, name) or None,
                required=False,
                max_length=MAX_FIELD_LENGTH,
            )
            self.add_item(discord.ui.Label(text=label, component=self._inputs[name]))

    async def on_submit(self, interaction: discord.Interaction[IdentityBot], /) -> None:  # type: ignore[override]
        await interaction.response.defer(ephemeral=True, thinking=True)
        known = await self._appearances.get(interaction.user.id) or Looks()
        said = {name: field.value for name, field in self._inputs.items()}
        kept = await self._appearances.set(interaction.user.id, replace(known, **said), interaction.guild_id)
        more: dict[str, Any] = {} if "style" in said else {"view": to_send(MoreOfLooks(self._appearances))}
        await answer(interaction, appearance_kept() if kept else appearance_cleared(), **more)


class MoreOfLooks(Question):
    """Leads to the second modal: a modal cannot answer a modal."""

    held_to = "appearance"

    def __init__(self, appearances: Appearances) -> None:
        super().__init__()
        self._appearances = appearances

    @discord.ui.button(label="Add style and more", custom_id="more-of-looks")
    async def more(self, interaction: discord.Interaction[IdentityBot], _: discord.ui.Button[MoreOfLooks]) -> None:
        known = await self._appearances.get(interaction.user.id)
        await interaction.response.send_modal(LooksModal(self._appearances, STYLE, known or Looks()))


async def setup(bot: IdentityBot) -> None:
    """Called by discord.py."""
    await bot.add_cog(Appearance(bot.services))
    bot.add_view(MoreOfLooks(bot.services.appearances))
