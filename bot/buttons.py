"""Buttons below the bot's messages. They outlive a restart: `cogs.buttons` answers a click by the button's id."""

from __future__ import annotations

import discord

from bot.domain import Turn
from bot.wording import TRY_AGAIN

TRY_AGAIN_ID = "try-again"


def try_again_button(turn: Turn) -> discord.ui.View:
    """Below the sentence that says why a turn came to nothing."""
    return _row(discord.ui.Button(label=TRY_AGAIN, custom_id=f"{TRY_AGAIN_ID}:{turn.id}"))


def _row(*buttons: discord.ui.Button[discord.ui.View]) -> discord.ui.View:
    """Stopped at once, or discord.py would keep every view that is ever posted in memory."""
    view = discord.ui.View(timeout=None)
    for button in buttons:
        view.add_item(button)
    view.stop()
    return view
