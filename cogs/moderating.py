"""What moderators type, checked: whom they may block, and for how long."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

import discord

from bot.rule_errors import BadDuration, NotBlockable

UNITS = {"m": "minutes", "h": "hours", "d": "days", "w": "weeks"}
LONGEST = timedelta(days=366)


def check_blockable(interaction: discord.Interaction[Any], user: discord.abc.User) -> None:
    """Raises NotBlockable for oneself, the bot, and the server's owner."""
    if user.id == interaction.user.id:
        raise NotBlockable("You yourself")
    if user.bot:
        raise NotBlockable("A bot")
    if interaction.guild is not None and user.id == interaction.guild.owner_id:
        raise NotBlockable("The owner of this server")


def time_span(text: str) -> timedelta:
    """Of a text such as "30m", "12 h" or "7d". Raises BadDuration."""
    found = re.fullmatch(r"\s*([1-9][0-9]{0,5})\s*([mhdw])\s*", text.lower())
    if found is None:
        raise BadDuration(text)
    span = timedelta(**{UNITS[found[2]]: int(found[1])})
    if span > LONGEST:
        raise BadDuration(text)
    return span
