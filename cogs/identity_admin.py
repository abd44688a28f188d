"""/identity-admin: what moderators do for a member, with that member's identities, photos and chat."""

from __future__ import annotations

from io import BytesIO

import discord
from discord import app_commands
from discord.ext import commands

from bot.app import IdentityBot, Services
from bot.error_replies import answer
from bot.errors import NotAMember
from bot.rule_errors import OneOfThem
from bot.server_wording import (
    act_log,
    blocked,
    picture_deleted,
    standing_told,
    unblocked,
    usage_alt_text,
    usage_told,
)
from bot.visits import require_member
from bot.wording import chat_ended, next_edits
from cogs.beginning import begin_chat, go_on, is_private
from cogs.moderating import check_blockable, time_span
from cogs.options import (
    FIRST_PICTURE,
    MAX_CHOICES,
    PHOTOS_FOR_EDIT,
    Count,
    Days,
    Description,
    Name,
    Photo,
    Prompt,
    Reason,
    chosen_user_id,
    is_member,
    named_choices,
    offers_of_the_model,
)
from cogs.orders import chat_of, edit_order, picture_order
from cogs.overview import show_overview
from cogs.places import check_place
from cogs.timeline import show_history

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
        private = await is_private(interaction, wanted=private)
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
        await require_member(interaction, user)
        photos = (photo1, photo2, photo3, photo4, photo5)
        order = await edit_order(interaction, user_id=user.id, prompt=prompt, photos=photos)
        await go_on(interaction, order, owner=user)

    @app_commands.command(description="Go back to the picture before a member's newest one; costs nothing")
    @app_commands.describe(user=WHOSE)
    async def undo(self, interaction: discord.Interaction[IdentityBot], user: discord.User) -> None:
        await interaction.response.defer(ephemeral=True)
        await require_member(interaction, user)
        await answer(interaction, next_edits(await self._services.versions.undo(chat_of(interaction, user))))

    @app_commands.command(description="Where a member's chat stands, with its newest picture")
    @app_commands.describe(user=WHOSE)
    async def show(self, interaction: discord.Interaction[IdentityBot], user: discord.User) -> None:
        await interaction.response.defer(ephemeral=True)
        overview = await self._services.chats.overview(chat_of(interaction, user))
        await show_overview(interaction, overview, of_user=user.id)

    @app_commands.command(description="All versions of a member's picture at a glance")
    @app_commands.describe(user=WHOSE)
    async def history(self, interaction: discord.Interaction[IdentityBot], user: discord.User) -> None:
        await interaction.response.defer(ephemeral=True)
        await show_history(interaction, await self._services.timeline.history(chat_of(interaction, user)))

    @app_commands.command(description="End a member's chat and delete what is kept of it")
    @app_commands.describe(user=WHOSE)
    async def end(self, interaction: discord.Interaction[IdentityBot], user: discord.User) -> None:
        await interaction.response.defer(ephemeral=True)
        await self._services.chats.end(chat_of(interaction, user))
        await answer(interaction, chat_ended())

    @app_commands.command(name="delete-picture", description="Delete one version of a member's picture, and its post")
    @app_commands.describe(user=WHOSE, version="The version to delete, such as v3")
    async def delete_picture(
        self, interaction: discord.Interaction[IdentityBot], user: discord.User, version: Name
    ) -> None:
        await interaction.response.defer(ephemeral=True)
        turn, goes_on = await self._services.moderation.delete_picture(chat_of(interaction, user), version)
        await answer(interaction, picture_deleted(turn, goes_on=goes_on))

    @app_commands.command(description="Keep somebody from using me on this server")
    @app_commands.describe(
        user="Whom to block", reason="Why; they will read it", lasts="How long, such as 12h, 7d or 2w; for good without"
    )
    async def block(
        self,
        interaction: discord.Interaction[IdentityBot],
        user: discord.User,
        reason: Reason | None = None,
        lasts: str | None = None,
    ) -> None:
        await interaction.response.defer(ephemeral=True)
        check_blockable(interaction, user)
        how_long = None if lasts is None else time_span(lasts)
        block = await self._services.moderation.block(chat_of(interaction, user), reason or "", how_long)
        await answer(interaction, blocked(block))

    @app_commands.command(description="Let somebody use me again")
    @app_commands.describe(user="Whom to unblock")
    async def unblock(self, interaction: discord.Interaction[IdentityBot], user: discord.User) -> None:
        await interaction.response.defer(ephemeral=True)
        await self._services.moderation.unblock(chat_of(interaction, user))
        await answer(interaction, unblocked(user.id))

    @app_commands.command(description="How many pictures a member has left today; gives them another limit")
    @app_commands.describe(
        user="Whose limit",
        pictures_a_day="A limit of their own, in pictures within 24 hours",
        lift="Lift their limit altogether",
        usual="Give them the server's limit again",
    )
    async def limits(
        self,
        interaction: discord.Interaction[IdentityBot],
        user: discord.User,
        pictures_a_day: Count | None = None,
        lift: bool = False,
        usual: bool = False,
    ) -> None:
        await interaction.response.defer(ephemeral=True)
        order, moderation = chat_of(interaction, user), self._services.moderation
        if lift + usual + (pictures_a_day is not None) > 1:
            raise OneOfThem(("pictures_a_day", "lift", "usual"))
        if usual:
            standing = await moderation.usual_limit(order)
        elif lift or pictures_a_day is not None:
            standing = await moderation.set_limit(order, None if lift else pictures_a_day)
        else:
            standing = await moderation.standing(order)
        await answer(interaction, standing_told(user.id, standing))

    @app_commands.command(description="Pictures, refusals and costs of this server, day by day")
    @app_commands.describe(days="How many days back, at most 90 (7)", user="Of one member only")
    async def usage(
        self, interaction: discord.Interaction[IdentityBot], days: Days = 7, user: discord.User | None = None
    ) -> None:
        await interaction.response.defer(ephemeral=True)
        user_id = None if user is None else user.id
        usage = await self._services.moderation.usage(interaction.guild_id or 0, days, user_id)
        chart = discord.File(BytesIO(usage.chart), filename="usage.jpg", description=usage_alt_text(usage.days))
        await answer(interaction, usage_told(usage.days, user_id), file=chart)

    @app_commands.command(description="What moderators did last")
    async def log(self, interaction: discord.Interaction[IdentityBot]) -> None:
        await interaction.response.defer(ephemeral=True)
        await answer(interaction, act_log(await self._services.moderation.latest_acts(interaction.guild_id or 0)))

    @delete_picture.autocomplete("version")
    async def _versions(
        self, interaction: discord.Interaction[IdentityBot], typed: str
    ) -> list[app_commands.Choice[str]]:
        user_id = chosen_user_id(interaction)
        if user_id is None:
            return []
        names = await self._services.moderation.versions_of(chat_of(interaction, discord.Object(user_id)), typed)
        return [app_commands.Choice(name=each, value=each) for each in names[:MAX_CHOICES]]

    @start.autocomplete("identity")
    async def _identities(
        self, interaction: discord.Interaction[IdentityBot], typed: str
    ) -> list[app_commands.Choice[str]]:
        user_id = chosen_user_id(interaction)
        if user_id is None or interaction.guild is None or not await is_member(interaction.guild, user_id):
            return []
        return named_choices(await self._services.identities.of_member(user_id, interaction.guild.id), typed)


async def setup(bot: IdentityBot) -> None:
    """Called by discord.py."""
    await bot.add_cog(IdentityAdmin(bot.services))
