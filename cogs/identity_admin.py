"""/identity-admin: what moderators do for a member, with that member's identities, photos and chat."""

from __future__ import annotations

from functools import partial

import discord
from discord import app_commands
from discord.ext import commands

from bot.app import IdentityBot, Services
from bot.error_replies import answer
from bot.errors import NotAMember
from bot.wording import chat_ended, edit_taken
from cogs.beginning import begin_chat
from cogs.options import (
    FIRST_PICTURE,
    PHOTOS_FOR_EDIT,
    Description,
    Name,
    Photo,
    Prompt,
    chosen_user_id,
    identity_choices,
    is_member,
    offers_of_the_model,
)
from cogs.orders import edit_order, picture_order
from cogs.overview import show_overview
from cogs.places import check_place, reach_thread

WHOSE = "The member whose chat it is"


@app_commands.default_permissions(manage_guild=True)
@app_commands.allowed_installs(guilds=True, users=False)
@app_commands.allowed_contexts(guilds=True, dms=False, private_channels=False)
@app_commands.guild_only()
class IdentityAdmin(commands.GroupCog, name="identity-admin", description="Work on a member's chat as a moderator"):
    """Discord itself lets only those use it who may manage the server, or whom its settings allow."""

    def __init__(self, services: Services) -> None:
        self._services = services

    async def interaction_check(self, interaction: discord.Interaction[IdentityBot], /) -> bool:  # type: ignore[override]
        """Whom a moderator may work for goes by the server, so without one there is nobody."""
        if interaction.guild_id is None:
            raise app_commands.NoPrivateMessage
        return True

    @app_commands.command(description="Begin a chat for a member")
    @app_commands.describe(user=WHOSE, **FIRST_PICTURE, private="Open a thread that only those in it see")
    @offers_of_the_model
    async def start(
        self,
        interaction: discord.Interaction[IdentityBot],
        user: discord.User,
        identity: Name,
        description: Description | None = None,
        photo1: Photo = None,
        photo2: Photo = None,
        photo3: Photo = None,
        photo4: Photo = None,
        photo5: Photo = None,
        instructions: Prompt | None = None,
        aspect: str = "",
        size: str = "",
        private: bool = False,
    ) -> None:
        await interaction.response.defer(ephemeral=True)
        if not isinstance(user, discord.Member):
            raise NotAMember(user.id)
        check_place(interaction, private=private)
        order = await picture_order(
            interaction,
            user_id=user.id,
            identity=identity,
            description=description,
            instructions=instructions,
            aspect=aspect,
            size=size,
            photos=(photo1, photo2, photo3, photo4, photo5),
        )
        await begin_chat(interaction, order, private=private, members=(user, interaction.user))

    @app_commands.command(name="continue", description="Edit a member's newest picture")
    @app_commands.describe(user=WHOSE, prompt="What to change, such as: make the lighting warmer", **PHOTOS_FOR_EDIT)
    async def continue_(
        self,
        interaction: discord.Interaction[IdentityBot],
        user: discord.User,
        prompt: Prompt,
        photo1: Photo = None,
        photo2: Photo = None,
        photo3: Photo = None,
        photo4: Photo = None,
        photo5: Photo = None,
    ) -> None:
        await interaction.response.defer(ephemeral=True)
        photos = (photo1, photo2, photo3, photo4, photo5)
        order = await edit_order(interaction, user_id=user.id, prompt=prompt, photos=photos)
        taken = await self._services.chats.continue_identity_image_chat(
            order, partial(reach_thread, interaction, owner=user)
        )
        thread_id = taken.turn.place.thread_id
        await answer(interaction, edit_taken(thread_id, taken.notes), for_all=edit_taken(thread_id, ()))

    @app_commands.command(description="Where a member's chat stands, with its newest picture")
    @app_commands.describe(user=WHOSE)
    async def show(self, interaction: discord.Interaction[IdentityBot], user: discord.User) -> None:
        await interaction.response.defer(ephemeral=True)
        overview = await self._services.chats.overview(user.id, for_moderator_of=interaction.guild_id)
        await show_overview(interaction, overview, of_user=user.id)

    @app_commands.command(description="End a member's chat and delete what is kept of it")
    @app_commands.describe(user=WHOSE)
    async def end(self, interaction: discord.Interaction[IdentityBot], user: discord.User) -> None:
        await interaction.response.defer(ephemeral=True)
        await self._services.chats.end(user.id, by_moderator_of=interaction.guild_id)
        await answer(interaction, chat_ended())

    @start.autocomplete("identity")
    async def _identities(
        self, interaction: discord.Interaction[IdentityBot], typed: str
    ) -> list[app_commands.Choice[str]]:
        user_id = chosen_user_id(interaction)
        if user_id is None or interaction.guild is None or not await is_member(interaction.guild, user_id):
            return []
        return await identity_choices(self._services.identities, user_id, typed)


async def setup(bot: IdentityBot) -> None:
    """Called by discord.py."""
    await bot.add_cog(IdentityAdmin(bot.services))
