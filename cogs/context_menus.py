"""What is offered at a message or a member, under "Apps"."""

from __future__ import annotations

import discord
from discord import app_commands
from discord.ext import commands

from bot.app import IdentityBot, Services
from bot.errors import NotAMember
from bot.wording import ADD_PHOTOS_MENU, START_FOR_MENU, START_MENU
from cogs.attachments import attached_to
from cogs.photos import add_photos
from cogs.places import check_place
from cogs.start_form import StartForm


class ContextMenus(commands.Cog):
    def __init__(self, bot: IdentityBot, services: Services) -> None:
        self._tree = bot.tree
        self._photos = services.photos
        self._menus = [
            app_commands.ContextMenu(name=START_MENU, callback=self.start),
            app_commands.ContextMenu(name=ADD_PHOTOS_MENU, callback=self.add),
            app_commands.ContextMenu(name=START_FOR_MENU, callback=self.start_for),
        ]

    async def cog_load(self) -> None:
        for menu in self._menus:
            self._tree.add_command(menu)

    async def cog_unload(self) -> None:
        for menu in self._menus:
            self._tree.remove_command(menu.name, type=menu.type)

    async def start(self, interaction: discord.Interaction[IdentityBot], message: discord.Message) -> None:
        check_place(interaction)
        await interaction.response.send_modal(StartForm(interaction.user, attached_to(message)))

    async def add(self, interaction: discord.Interaction[IdentityBot], message: discord.Message) -> None:
        await interaction.response.defer(ephemeral=True)
        await add_photos(interaction, self._photos, attached_to(message))

    @app_commands.default_permissions(manage_guild=True)
    @app_commands.allowed_installs(guilds=True, users=False)
    @app_commands.allowed_contexts(guilds=True, dms=False, private_channels=False)
    async def start_for(self, interaction: discord.Interaction[IdentityBot], user: discord.User) -> None:
        if not isinstance(user, discord.Member):
            raise NotAMember(user.id)
        check_place(interaction)
        await interaction.response.send_modal(StartForm(user, held_to=START_FOR_MENU))


async def setup(bot: IdentityBot) -> None:
    """Called by discord.py."""
    await bot.add_cog(ContextMenus(bot, bot.services))
