"""/identity-settings: what a server chooses, shown in one message."""

from __future__ import annotations

from typing import Any

import discord
from discord import app_commands
from discord.ext import commands

from bot.app import IdentityBot, Services, ceilings
from bot.domain import MAX_PROMPT_LENGTH
from bot.error_replies import answer
from bot.gemini.catalog import MODELS
from bot.rule_errors import CannotWriteThere, NothingChosen
from bot.server_wording import settings_told
from bot.servers import ServerSettings
from cogs.options import Count, offers_of_the_model

Interaction = discord.Interaction[IdentityBot]
Channel = discord.TextChannel | discord.VoiceChannel | discord.StageChannel | discord.ForumChannel | discord.Thread
Waiting = app_commands.Range[int, 1, 1000]
Length = app_commands.Range[int, 1, MAX_PROMPT_LENGTH]

NEEDED_IN_LOG = ("view_channel", "send_messages")

CHOICES = {
    "channels": "channel_ids",
    "roles": "role_ids",
    "log channel": "log_channel_id",
    "aspect": "aspect_ratio",
    "size": "image_size",
    "model": "model",
    "member pictures": "user_pictures_a_day",
    "server pictures": "server_pictures_a_day",
    "waiting": "most_waiting",
    "prompt length": "prompt_length",
    "private threads": "private_threads",
}
"""What a server can choose, as its members know it, and the field in which it is kept."""


@app_commands.default_permissions(manage_guild=True)
@app_commands.allowed_installs(guilds=True, users=False)
@app_commands.allowed_contexts(guilds=True, dms=False, private_channels=False)
@app_commands.guild_only()
class ServerSettingsCommands(commands.GroupCog, name="identity-settings", description="How I am used on this server"):
    """Discord itself lets only those use it who may manage the server, or whom its settings allow."""

    def __init__(self, services: Services) -> None:
        self._choices = services.choices

    async def interaction_check(self, interaction: Interaction, /) -> bool:  # type: ignore[override]
        """Without a server there is nothing to choose."""
        if interaction.guild_id is None:
            raise app_commands.NoPrivateMessage
        return True

    @app_commands.command(description="All that is chosen here, in one message")
    async def show(self, interaction: Interaction) -> None:
        await interaction.response.defer(ephemeral=True)
        await _tell(interaction, await self._choices.of(_server(interaction)))

    @app_commands.command(description="Where I may be used; everywhere as long as no channel is listed")
    @app_commands.describe(
        add="A channel where I may be used, with its threads", remove="A channel to take off the list"
    )
    async def channels(
        self, interaction: Interaction, add: Channel | None = None, remove: Channel | None = None
    ) -> None:
        await interaction.response.defer(ephemeral=True)
        await self._list(interaction, "channel_ids", add, remove)

    @app_commands.command(description="Who may use me; everyone as long as no role is listed")
    @app_commands.describe(add="A role whose members may use me", remove="A role to take off the list")
    async def roles(
        self, interaction: Interaction, add: discord.Role | None = None, remove: discord.Role | None = None
    ) -> None:
        await interaction.response.defer(ephemeral=True)
        await self._list(interaction, "role_ids", add, remove)

    @app_commands.command(name="log-channel", description="Where I tell what moderators did; nowhere without a channel")
    @app_commands.describe(channel="A channel in which I may write")
    async def log_channel(self, interaction: Interaction, channel: discord.TextChannel | None = None) -> None:
        await interaction.response.defer(ephemeral=True)
        if channel is not None:
            _check_writable(channel)
        chosen = None if channel is None else channel.id
        await self._choose(interaction, log_channel_id=chosen)

    @app_commands.command(description="What pictures are asked for with where members do not say")
    @app_commands.describe(
        aspect="The shape, width to height",
        size="1K is quickest and cheapest, 4K the finest",
        model="The id of a model",
    )
    @offers_of_the_model
    async def pictures(
        self, interaction: Interaction, aspect: str | None = None, size: str | None = None, model: str | None = None
    ) -> None:
        await interaction.response.defer(ephemeral=True)
        if aspect is None and size is None and model is None:
            raise NothingChosen(("aspect", "size", "model"))
        chosen = await self._choices.choose_pictures(
            _server(interaction), interaction.user.id, model=model, aspect_ratio=aspect, image_size=size
        )
        await _tell(interaction, chosen)

    @app_commands.command(description="How many pictures and prompts; options that are left out stay as they are")
    @app_commands.describe(
        member_pictures="Pictures within 24 hours for each member",
        server_pictures="Pictures within 24 hours for the whole server",
        waiting="Prompts of one member that may wait at once",
        prompt_length="Characters of a prompt",
    )
    async def limits(
        self,
        interaction: Interaction,
        member_pictures: Count | None = None,
        server_pictures: Count | None = None,
        waiting: Waiting | None = None,
        prompt_length: Length | None = None,
    ) -> None:
        await interaction.response.defer(ephemeral=True)
        given = {
            "user_pictures_a_day": member_pictures,
            "server_pictures_a_day": server_pictures,
            "most_waiting": waiting,
            "prompt_length": prompt_length,
        }
        chosen = {name: value for name, value in given.items() if value is not None}
        if not chosen:
            raise NothingChosen(("member_pictures", "server_pictures", "waiting", "prompt_length"))
        await self._choose(interaction, **chosen)

    @app_commands.command(description="Whether every thread is private")
    @app_commands.describe(private="Yes: only its member and moderators see a thread")
    async def threads(self, interaction: Interaction, private: bool) -> None:
        await interaction.response.defer(ephemeral=True)
        await self._choose(interaction, private_threads=private)

    @app_commands.command(description="Forget what was chosen here, so that what I do by myself holds again")
    @app_commands.describe(what="All of it if you name nothing")
    @app_commands.choices(what=[app_commands.Choice(name=name, value=field) for name, field in CHOICES.items()])
    async def reset(self, interaction: Interaction, what: str | None = None) -> None:
        await interaction.response.defer(ephemeral=True)
        await _tell(interaction, await self._choices.reset(_server(interaction), interaction.user.id, what))

    @pictures.autocomplete("model")
    async def _models(self, _interaction: Interaction, typed: str) -> list[app_commands.Choice[str]]:
        return [app_commands.Choice(name=each, value=each) for each in MODELS if typed.lower() in each]

    async def _choose(self, interaction: Interaction, **chosen: Any) -> None:
        await _tell(interaction, await self._choices.choose(_server(interaction), interaction.user.id, **chosen))

    async def _list(self, interaction: Interaction, field: str, add: Any, remove: Any) -> None:
        if add is None and remove is None:
            raise NothingChosen(("add", "remove"))
        added, removed = (None if each is None else each.id for each in (add, remove))
        name = "" if remove is None else remove.mention
        await _tell(
            interaction,
            await self._choices.list_in(_server(interaction), interaction.user.id, field, added, removed, name),
        )


def _server(interaction: Interaction) -> int:
    return interaction.guild_id or 0


def _check_writable(channel: discord.TextChannel) -> None:
    """Raises CannotWriteThere."""
    granted = channel.permissions_for(channel.guild.me)
    missing = [name.replace("_", " ").title() for name in NEEDED_IN_LOG if not getattr(granted, name)]
    if missing:
        raise CannotWriteThere(channel.id, missing)


async def _tell(interaction: Interaction, settings: ServerSettings) -> None:
    await answer(interaction, settings_told(settings, ceilings(interaction.client.settings)))


async def setup(bot: IdentityBot) -> None:
    """Called by discord.py."""
    await bot.add_cog(ServerSettingsCommands(bot.services))
