"""/identities: the personas that a member has imagined."""

from __future__ import annotations

import discord
from discord import app_commands
from discord.ext import commands

from bot.app import IdentityBot, Services
from bot.error_replies import answer
from bot.wording import identity_created, identity_deleted, identity_edited, identity_list
from cogs.options import Description, Name, identity_choices


class Identities(commands.GroupCog, name="identities", description="Whom you can be: your identities"):
    def __init__(self, services: Services) -> None:
        self._identities = services.identities

    @app_commands.command(description="Make an identity to begin chats with")
    @app_commands.describe(name="Its name, such as The Artist", description="What it is like: clothes, place, mood")
    async def create(self, interaction: discord.Interaction[IdentityBot], name: Name, description: Description) -> None:
        await interaction.response.defer(ephemeral=True)
        identity = await self._identities.create(interaction.user.id, name, description, interaction.guild_id)
        await answer(interaction, identity_created(identity.name))

    @app_commands.command(name="list", description="All your identities")
    async def list_(self, interaction: discord.Interaction[IdentityBot]) -> None:
        await interaction.response.defer(ephemeral=True)
        await answer(interaction, identity_list(await self._identities.of_user(interaction.user.id)))

    @app_commands.command(description="Change an identity's name or description")
    @app_commands.describe(
        name="The identity to change", new_name="What to call it from now on", description="What it is like now"
    )
    async def edit(
        self,
        interaction: discord.Interaction[IdentityBot],
        name: Name,
        new_name: Name | None = None,
        description: Description | None = None,
    ) -> None:
        await interaction.response.defer(ephemeral=True)
        identity = await self._identities.edit(
            interaction.user.id, name, new_name=new_name or "", description=description or ""
        )
        await answer(interaction, identity_edited(identity.name))

    @app_commands.command(description="Delete an identity; its chat goes on without it")
    @app_commands.describe(name="The identity to delete")
    async def delete(self, interaction: discord.Interaction[IdentityBot], name: Name) -> None:
        await interaction.response.defer(ephemeral=True)
        identity = await self._identities.delete(interaction.user.id, name)
        await answer(interaction, identity_deleted(identity.name))

    @edit.autocomplete("name")
    @delete.autocomplete("name")
    async def _names(self, interaction: discord.Interaction[IdentityBot], typed: str) -> list[app_commands.Choice[str]]:
        return await identity_choices(self._identities, interaction.user.id, typed)


async def setup(bot: IdentityBot) -> None:
    """Called by discord.py."""
    await bot.add_cog(Identities(bot.services))
