"""What the gateway tells a bot."""

from dataclasses import dataclass
from typing import Any

from bot.demo.local_discord.intents import Intent

Json = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Event:
    """A dispatch; `intents` is 0 for those that every bot gets, otherwise one of them is needed."""

    name: str
    data: Json
    intents: Intent
    guild_id: int | None
    without_content: Json | None = None
    """What a bot without the message-content intent gets instead of `data`."""
