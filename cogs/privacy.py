"""/privacy: a member's say over what is kept of them."""

from __future__ import annotations

from contextlib import aclosing
from io import BytesIO

import discord
from discord import app_commands
from discord.ext import commands

from bot.app import IdentityBot, Services
from bot.buttons import to_send
from bot.error_replies import Question, answer, answer_in_place
from bot.errors import PlaceError
from bot.posting import DEFAULT_UPLOAD_LIMIT, translated
from bot.rule_errors import NoPrivateMessages
from bot.server_wording import export_part, export_sent, kept_of_you, nothing_kept
from bot.services.export import Parcel
from bot.services.privacy import Privacy as PrivacyService
from bot.wording import delete_question, deleted, kept_after_all


class Privacy(commands.GroupCog, name="privacy", description="What I keep of you"):
    def __init__(self, services: Services) -> None:
        self._privacy = services.privacy

    @app_commands.command(description="What I keep of you right now")
    async def show(self, interaction: discord.Interaction[IdentityBot]) -> None:
        await interaction.response.defer(ephemeral=True)
        kept = await self._privacy.kept(interaction.user.id)
        await answer(interaction, nothing_kept() if kept is None else kept_of_you(kept))

    @app_commands.command(description="Send me a copy of everything you keep of me")
    async def export(self, interaction: discord.Interaction[IdentityBot]) -> None:
        await interaction.response.defer(ephemeral=True)
        sent = 0
        async with aclosing(self._privacy.export(interaction.user.id, DEFAULT_UPLOAD_LIMIT)) as parcels:
            async for parcel in parcels:
                message = await _send_parcel(interaction, parcel)
                await self._privacy.remember_export(interaction.user.id, message.channel.id, message.id)
                sent = parcel.number
        await answer(interaction, export_sent(sent))

    @app_commands.command(description="Delete everything I keep of you")
    async def delete(self, interaction: discord.Interaction[IdentityBot]) -> None:
        await answer(interaction, delete_question(), view=to_send(DeleteEverything(self._privacy)))


async def _send_parcel(interaction: discord.Interaction[IdentityBot], parcel: Parcel) -> discord.Message:
    """By a private message. Raises NoPrivateMessages when the user takes none, DiscordUnavailable."""

    async def send() -> discord.Message:
        with translated():
            file = discord.File(BytesIO(parcel.data), filename=f"identity-bot-{parcel.number}.zip")
            nonce = f"export-{interaction.id % 10**12}-{parcel.number}"[:25]
            return await interaction.user.send(export_part(parcel.number), file=file, nonce=nonce)

    try:
        sent: discord.Message = await interaction.client.patience.with_discord(send)
    except PlaceError as error:
        raise NoPrivateMessages from error
    return sent


class DeleteEverything(Question):
    """Asks once before everything goes."""

    def __init__(self, privacy: PrivacyService) -> None:
        super().__init__()
        self._privacy = privacy

    @discord.ui.button(label="Delete everything", style=discord.ButtonStyle.danger, custom_id="delete-everything")
    async def delete(
        self, interaction: discord.Interaction[IdentityBot], _: discord.ui.Button[DeleteEverything]
    ) -> None:
        await interaction.response.defer()  # hundreds of pictures may take longer than the 3 s that an answer has
        known = await self._privacy.delete_everything(interaction.user.id)
        await answer_in_place(interaction, deleted(known=known))

    @discord.ui.button(label="Keep it", custom_id="keep-everything")
    async def keep(self, interaction: discord.Interaction[IdentityBot], _: discord.ui.Button[DeleteEverything]) -> None:
        await interaction.response.defer()
        known = await self._privacy.keep_everything(interaction.user.id)
        await answer_in_place(interaction, kept_after_all() if known else deleted(known=False))


async def setup(bot: IdentityBot) -> None:
    """Called by discord.py."""
    await bot.add_cog(Privacy(bot.services))
    bot.add_view(DeleteEverything(bot.services.privacy))
