"""Exception -> what the user reads. Commands, views, modals and listeners all answer through here."""

from __future__ import annotations

import contextlib
import secrets
from functools import partial
from typing import Any

import aiohttp
import discord
import structlog
from discord import app_commands

from bot.errors import BotError, DiscordRejected, DiscordUnavailable, NotAllowed
from bot.posting import discord_error, translated
from bot.texts import as_message
from bot.visits import MEMBERS, admit, admit_command
from bot.wording import answer_came_late, unexpected_fault, unknown_command

log = structlog.get_logger(__name__)

ALREADY_ACKNOWLEDGED = 40060

TOKEN_EXPIRED = frozenset({10062, 50027})
"""Discord takes no answer any more: after 3 s without a first response, and 15 minutes after the interaction."""

FORM_SECONDS = 3600


def sentence_for(error: BaseException) -> str:
    """What to tell the one who asked. An unexpected fault is logged, and its sentence refers to the log."""
    cause = error.original if isinstance(error, app_commands.CommandInvokeError) else error
    if isinstance(cause, discord.HTTPException) and cause.code == ALREADY_ACKNOWLEDGED:
        cause = DiscordUnavailable()  # it took a first try and did not say so: nothing was done, a form is not known
    if isinstance(cause, discord.HTTPException | aiohttp.ClientError):
        known = discord_error(cause)
        cause = cause if isinstance(known, DiscordRejected) else known
    if isinstance(cause, BotError):
        return cause.user_message
    if isinstance(cause, app_commands.CommandNotFound | app_commands.CommandSignatureMismatch):
        log.warning("unknown command", reason=str(cause))
        return unknown_command()
    if isinstance(cause, app_commands.NoPrivateMessage):
        return "That works on a server only."
    if isinstance(cause, app_commands.CheckFailure):
        return NotAllowed().user_message
    reference = secrets.token_hex(4)
    log.error("unexpected fault", reference=reference, exc_info=cause)
    return unexpected_fault(reference)


async def answer_error(interaction: discord.Interaction[Any], error: BaseException) -> None:
    """Tells the user, and nobody else, what went wrong."""
    with contextlib.suppress(BotError):  # it is in the log
        await answer(interaction, sentence_for(error))


async def answer(interaction: discord.Interaction[Any], sentence: str, *, for_all: str = "", **options: Any) -> None:
    """Answers visibly to the user alone, as the first response, or in place of "thinking".

    An answer that comes after the 15 minutes that Discord gives it goes to the channel instead. Everyone reads it
    there, so it is `for_all`, or else a request to use the command again.

    A first response after more than 3 s goes nowhere: Discord itself has told the user that the bot did not respond,
    and nothing was done, as commands acknowledge first. Raises DiscordRejected, PlaceError.
    """
    options.setdefault("allowed_mentions", discord.AllowedMentions.none())
    patience = interaction.client.patience
    try:
        if await patience.with_discord(partial(_respond, interaction, as_message(sentence), options)):
            return
    except DiscordUnavailable:
        log.warning("answer could not be delivered")
        return
    log.warning("answer came too late for its interaction")
    if interaction.response.is_done():
        private = interaction.context.dm_channel and not {"file", "view"} & options.keys()
        with contextlib.suppress(BotError):  # it is in the log
            await patience.with_discord(partial(_post, interaction, sentence if private else for_all))


async def answer_in_place(interaction: discord.Interaction[Any], sentence: str) -> None:
    """Puts the answer in place of the question that was clicked, or below it where that cannot be changed any more."""
    patience = interaction.client.patience
    try:
        await patience.with_discord(partial(_replace, interaction, as_message(sentence)))
    except BotError:
        await answer(interaction, sentence)


async def _replace(interaction: discord.Interaction[Any], content: str) -> None:
    with translated():
        await interaction.edit_original_response(content=content, attachments=[], view=None)


async def tell_besides(interaction: discord.Interaction[Any], sentence: str) -> bool:
    """Says something to the user alone that is no answer; False when Discord does not take it.

    Raises DiscordRejected, PlaceError.
    """
    patience = interaction.client.patience
    try:
        return bool(await patience.with_discord(partial(_respond, interaction, as_message(sentence), {})))
    except DiscordUnavailable:
        return False


async def _respond(interaction: discord.Interaction[Any], content: str, options: dict[str, Any]) -> bool:
    """False when Discord takes no answer to the interaction any more."""
    with translated():
        try:
            await _send(interaction, content, options)
        except discord.HTTPException as error:
            if error.code not in TOKEN_EXPIRED:
                raise
            return False
    return True


async def _send(interaction: discord.Interaction[Any], content: str, options: dict[str, Any]) -> None:
    if "file" in options:
        options = options | {"file": _unread(options["file"])}
    if not interaction.response.is_done():
        try:
            await interaction.response.send_message(content, ephemeral=True, **options)
        except discord.HTTPException as error:
            if error.code != ALREADY_ACKNOWLEDGED:  # by a response whose connection broke after Discord took it
                raise
        else:
            return
    await interaction.followup.send(content, ephemeral=True, **options)


def _unread(file: discord.File) -> discord.File:
    """The same file for another try: discord.py reads each once."""
    file.fp.seek(0)
    return discord.File(file.fp, filename=file.filename, description=file.description)


async def _post(interaction: discord.Interaction[Any], sentence: str) -> None:
    """Says it where everyone reads it, pinging the user alone."""
    user = discord.Object(interaction.user.id, type=discord.User)
    command = interaction.command.qualified_name if interaction.command else ""
    text = f"<@{user.id}> {sentence or answer_came_late(command)}"
    mentions = discord.AllowedMentions(everyone=False, roles=False, users=[user])
    with translated():
        channel = interaction.client.get_partial_messageable(interaction.channel_id, guild_id=interaction.guild_id)
        await channel.send(as_message(text), nonce=f"late-{interaction.id}", allowed_mentions=mentions)


class CommandTree(app_commands.CommandTree[Any]):
    """Answers a command's errors, and those whom the server keeps from using it."""

    async def interaction_check(self, interaction: discord.Interaction[Any], /) -> bool:
        try:
            await admit_command(interaction)
        except Exception as error:  # noqa: BLE001 - discord.py expects none here
            if interaction.type is not discord.InteractionType.autocomplete:  # which takes no sentence
                await answer_error(interaction, error)
            return False
        return True

    async def on_error(self, interaction: discord.Interaction[Any], error: app_commands.AppCommandError, /) -> None:
        await answer_error(interaction, error)


class Question(discord.ui.View):
    """Buttons or a menu below an answer that one person alone sees. Answers their errors.

    What they do, they do for whoever uses them. So one of each kind, given to `bot.add_view`, serves all that were ever
    shown, also before a restart.
    """

    held_to: str | None = None
    """The command whose rules hold for it; None for what nobody is kept from."""

    def __init__(self) -> None:
        super().__init__(timeout=None)

    async def interaction_check(self, interaction: discord.Interaction[Any], /) -> bool:
        if interaction.message is None or not interaction.message.flags.ephemeral:
            raise NotAllowed  # such a message never asked that
        if self.held_to is not None:
            await admit(interaction, self.held_to)
        return True

    async def on_error(
        self, interaction: discord.Interaction[Any], error: Exception, _item: discord.ui.Item[Any], /
    ) -> None:
        await answer_error(interaction, error)


class Modal(discord.ui.Modal):
    """Answers the errors of its submission, and those whom the server keeps from using the bot by now.

    It waits for `FORM_SECONDS`, as Discord does not tell when one is closed without being sent.
    """

    held_to: str = MEMBERS
    """The command whose Integrations settings hold for it."""

    def __init__(self, **options: Any) -> None:
        super().__init__(timeout=FORM_SECONDS, **options)

    async def interaction_check(self, interaction: discord.Interaction[Any], /) -> bool:
        await admit(interaction, self.held_to)
        return True

    async def on_error(  # type: ignore[override]  # a modal's has no item, unlike a view's
        self, interaction: discord.Interaction[Any], error: Exception, /
    ) -> None:
        await answer_error(interaction, error)
