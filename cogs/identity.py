"""/identity: a member's own chat."""

from __future__ import annotations

import discord
from discord import app_commands
from discord.ext import commands

from bot.app import IdentityBot, Services
from bot.error_replies import answer
from bot.wording import again_taken, chat_ended, next_edits, once_taken
from cogs.beginning import begin_chat, go_on, is_private
from cogs.first_use import explain_photos
from cogs.options import (
    FIRST_PICTURE,
    PHOTOS_FOR_EDIT,
    Description,
    Name,
    Photo,
    Prompt,
    identity_choices,
    offers_of_the_model,
    prompt_choices,
)
from cogs.orders import edit_order, own_chat, picture_order
from cogs.overview import show_overview
from cogs.places import check_channel, check_place, here
from cogs.timeline import show_comparison, show_history, version_choices


class Identity(commands.GroupCog, name="identity", description="Pictures of you as whoever you imagine"):
    def __init__(self, services: Services) -> None:
        self._services = services

    @app_commands.command(description="Begin a chat: a thread opens with your first picture")
    @app_commands.describe(**FIRST_PICTURE, private="Open a thread that only you and moderators see")
    @offers_of_the_model
    async def start(
        self,
        interaction: discord.Interaction[IdentityBot],
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
        private = await is_private(interaction, wanted=private)
        check_place(interaction, private=private)
        order = await picture_order(
            interaction,
            user_id=interaction.user.id,
            identity=identity,
            description=description,
            instructions=instructions,
            aspect=aspect,
            size=size,
            photos=(photo1, photo2, photo3, photo4, photo5),
        )
        await begin_chat(interaction, order, private=private, members=(interaction.user,))

    @app_commands.command(name="continue", description="Edit your newest picture, from anywhere")
    @app_commands.describe(prompt="What to change, such as: make the lighting warmer", **PHOTOS_FOR_EDIT)
    async def continue_(
        self,
        interaction: discord.Interaction[IdentityBot],
        prompt: Prompt,
        photo1: Photo = None,
        photo2: Photo = None,
        photo3: Photo = None,
        photo4: Photo = None,
        photo5: Photo = None,
    ) -> None:
        await interaction.response.defer(ephemeral=True)
        photos = (photo1, photo2, photo3, photo4, photo5)
        order = await edit_order(interaction, user_id=interaction.user.id, prompt=prompt, photos=photos)
        await go_on(interaction, order, owner=interaction.user)

    @app_commands.command(description="Go back to the picture before the newest one; costs nothing")
    async def undo(self, interaction: discord.Interaction[IdentityBot]) -> None:
        await interaction.response.defer(ephemeral=True)
        turn = await self._services.versions.undo(own_chat(interaction))
        await answer(interaction, next_edits(turn))

    @app_commands.command(description="Take an undo back; costs nothing")
    async def redo(self, interaction: discord.Interaction[IdentityBot]) -> None:
        await interaction.response.defer(ephemeral=True)
        turn = await self._services.versions.redo(own_chat(interaction))
        await answer(interaction, next_edits(turn))

    @app_commands.command(description="Draw the newest picture once more: the same prompt, another try")
    async def again(self, interaction: discord.Interaction[IdentityBot]) -> None:
        await interaction.response.defer(ephemeral=True)
        taken = await self._services.versions.again(own_chat(interaction), interaction.id)
        sentence = again_taken(taken.turn.place.thread_id)
        await answer(interaction, sentence, for_all=sentence)

    @app_commands.command(description="One picture of you, without a chat")
    @app_commands.describe(**FIRST_PICTURE)
    @offers_of_the_model
    async def once(
        self,
        interaction: discord.Interaction[IdentityBot],
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
    ) -> None:
        await interaction.response.defer(ephemeral=True)
        check_channel(interaction)
        order = await picture_order(
            interaction,
            user_id=interaction.user.id,
            identity=identity,
            description=description,
            instructions=instructions,
            aspect=aspect,
            size=size,
            photos=(photo1, photo2, photo3, photo4, photo5),
        )
        taken = await self._services.chats.generate_identity_image(order, here(interaction))
        await answer(interaction, once_taken(taken.notes), for_all=once_taken(()))
        await explain_photos(interaction)

    @app_commands.command(description="Where your chat stands, with its newest picture")
    async def show(self, interaction: discord.Interaction[IdentityBot]) -> None:
        await interaction.response.defer(ephemeral=True)
        await show_overview(interaction, await self._services.chats.overview(own_chat(interaction)))

    @app_commands.command(description="All versions of your picture at a glance, and which one was made from which")
    async def history(self, interaction: discord.Interaction[IdentityBot]) -> None:
        await interaction.response.defer(ephemeral=True)
        await show_history(interaction, await self._services.timeline.history(own_chat(interaction)))

    @app_commands.command(description="Two versions side by side: before and after")
    @app_commands.describe(
        before="The version on the left; usually the one that the other was made from",
        after="The version on the right; usually the one that the next prompt edits",
    )
    async def compare(
        self, interaction: discord.Interaction[IdentityBot], before: Name | None = None, after: Name | None = None
    ) -> None:
        await interaction.response.defer(ephemeral=True)
        comparison = await self._services.timeline.compare(interaction.user.id, before or "", after or "")
        await show_comparison(interaction, comparison)

    @app_commands.command(description="End your chat and delete what is kept of it")
    async def end(self, interaction: discord.Interaction[IdentityBot]) -> None:
        await interaction.response.defer(ephemeral=True)
        await self._services.chats.end(own_chat(interaction))
        await answer(interaction, chat_ended())

    @start.autocomplete("identity")
    @once.autocomplete("identity")
    async def _identities(
        self, interaction: discord.Interaction[IdentityBot], typed: str
    ) -> list[app_commands.Choice[str]]:
        return await identity_choices(self._services.identities, interaction.user.id, typed)

    @continue_.autocomplete("prompt")
    async def _prompts(
        self, interaction: discord.Interaction[IdentityBot], typed: str
    ) -> list[app_commands.Choice[str]]:
        return await prompt_choices(self._services.chats, interaction.user.id, typed)

    @compare.autocomplete("before")
    @compare.autocomplete("after")
    async def _versions(
        self, interaction: discord.Interaction[IdentityBot], typed: str
    ) -> list[app_commands.Choice[str]]:
        return await version_choices(self._services.timeline, interaction.user.id, typed)


async def setup(bot: IdentityBot) -> None:
    """Called by discord.py."""
    await bot.add_cog(Identity(bot.services))
