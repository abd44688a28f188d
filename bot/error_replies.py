"""Exception -> what the user reads. Commands, views, modals and listeners all answer through here."""

from __future__ import annotations

import secrets
from typing import Any

import discord
import structlog
from discord import app_commands

from bot.errors import BotError, NotAllowed
from bot.texts import as_message
from bot.wording import unexpected_fault

log = structlog.get_logger(__name__)

TOKEN_EXPIRED = frozenset({10062, 50027})
"""Discord no longer knows the interaction: answered after 3 s, or after the 15 minutes of its token."""


def sentence_for(error: BaseException) -> str:
    """What to tell the one who asked. An unexpected fault is logged, and its sentence refers to the log."""
    cause = error.original if isinstance(error, app_commands.CommandInvokeError) else error
    if isinstance(cause, BotError):
        return cause.user_message
    if isinstance(cause, app_commands.NoPrivateMessage):
        return "That works on a server only."
    if isinstance(cause, app_commands.CheckFailure):
        return NotAllowed().user_message
    reference = secrets.token_hex(4)
    log.error("unexpected fault", reference=reference, exc_info=cause)
    return unexpected_fault(reference)


async def answer_error(interaction: discord.Interaction[Any], error: BaseException) -> None:
    """Tells the user, and nobody else, what went wrong."""
    await answer(interaction, sentence_for(error))


async def answer(interaction: discord.Interaction[Any], sentence: str, **options: Any) -> None:
    """Answers visibly to the user alone, as the first response, or in place of "thinking"."""
    options.setdefault("allowed_mentions", discord.AllowedMentions.none())
    try:
        if not interaction.response.is_done():
            await interaction.response.send_message(as_message(sentence), ephemeral=True, **options)
        else:
            await interaction.followup.send(as_message(sentence), ephemeral=True, **options)
    except discord.HTTPException as gone:
        if gone.code not in TOKEN_EXPIRED:
            raise
        log.warning("answer came too late for its interaction", code=gone.code)


class CommandTree(app_commands.CommandTree[Any]):
    """Answers a command's errors."""

    async def on_error(self, interaction: discord.Interaction[Any], error: app_commands.AppCommandError, /) -> None:
        await answer_error(interaction, error)


class View(discord.ui.View):
    """Answers the errors of its buttons and selects, and clicks by anybody but `user_id`."""

    def __init__(self, user_id: int, *, timeout: float) -> None:
        super().__init__(timeout=timeout)
        self._user_id = user_id

    async def interaction_check(self, interaction: discord.Interaction[Any], /) -> bool:
        if interaction.user.id == self._user_id:
            return True
        await answer_error(interaction, NotAllowed())
        return False

    async def on_error(
        self, interaction: discord.Interaction[Any], error: Exception, _item: discord.ui.Item[Any], /
    ) -> None:
        await answer_error(interaction, error)


class Modal(discord.ui.Modal):
    """Answers the errors of its submission."""

    async def on_error(  # type: ignore[override]  # a modal's has no item, unlike a view's
        self, interaction: discord.Interaction[Any], error: Exception, /
    ) -> None:
        await answer_error(interaction, error)
