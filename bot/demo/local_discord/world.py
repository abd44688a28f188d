"""Everything that the local Discord knows, in one place."""

from __future__ import annotations

import re
from collections import Counter
from typing import TYPE_CHECKING

from bot.demo.local_discord import errors, media
from bot.demo.local_discord.accounts import Account
from bot.demo.local_discord.clock import Clock, Snowflakes
from bot.demo.local_discord.commands import CommandRegistry
from bot.demo.local_discord.events import Event
from bot.demo.local_discord.gateway.sessions import Sessions
from bot.demo.local_discord.intents import PRIVILEGED, Intent
from bot.demo.local_discord.messages import Attachment, Message, Upload

if TYPE_CHECKING:
    from bot.demo.local_discord.guilds import Guild
    from bot.demo.local_discord.interactions import Interaction
    from bot.demo.local_discord.places import Place

NONCE_SECONDS = 5 * 60
"""How long an enforced nonce is remembered: "the past few minutes" in Discord's words."""


class World:
    """The state that REST, the gateway and the members share. Its `base_url` is known once the server runs."""

    def __init__(self, bot_name: str, token: str) -> None:
        self.clock = Clock()
        self.ids = Snowflakes(self.clock)
        self.token = token
        self.base_url = ""
        self.granted_intents = PRIVILEGED
        """The privileged intents that the application may ask for."""
        self.user_installs = True
        """Whether users may add the application to their account, as everyone on this Discord then has."""
        self.accounts: dict[int, Account] = {}
        self.guilds: dict[int, Guild] = {}
        self.places: dict[int, Place] = {}
        self.attachments: dict[int, Attachment] = {}
        self.interactions: dict[str, Interaction] = {}
        """By token."""
        self.bot = Account(self, bot_name, bot=True)
        self.commands = CommandRegistry(self)
        self.sessions = Sessions()
        self.typing: Counter[int] = Counter()
        """How often the bot began to type, by channel."""
        self._nonces: dict[tuple[int, str], tuple[float, Message]] = {}

    @property
    def application_id(self) -> int:
        return self.bot.id

    def publish(self, event: Event) -> None:
        self.sessions.publish(event)

    def place(self, place_id: int) -> Place:
        """A channel as the bot reaches it: 10003 if there is none, 50001 if it may not see it."""
        if (place := self.places.get(place_id)) is None:
            raise errors.unknown("Channel")
        if not place.visible_to_bot():
            raise errors.missing_access()
        return place

    def guild(self, guild_id: int) -> Guild:
        guild = self.guilds.get(guild_id)
        if guild is None or not guild.bot_is_member:
            raise errors.unknown("Guild")
        return guild

    def keep(self, place: Place, upload: Upload, *, ephemeral: bool = False) -> Attachment:
        """Stores a file for the CDN."""
        width, height = media.pixel_size(upload.data) or (None, None)
        attachment = Attachment(
            self.ids.next(),
            place.id,
            re.sub(r"[^\w.()+-]", "_", upload.filename) or "unknown",
            upload.data,
            media.content_type(upload.filename),
            width,
            height,
            upload.description,
            ephemeral,
        )
        self.attachments[attachment.id] = attachment
        return attachment

    def message_with_nonce(self, author: Account, nonce: str) -> Message | None:
        """What the author posted with this enforced nonce within the last minutes."""
        posted_at, message = self._nonces.get((author.id, nonce), (None, None))
        if posted_at is None or self.clock.seconds() - posted_at > NONCE_SECONDS:
            return None
        return message

    def remember_nonce(self, message: Message) -> None:
        if message.nonce is not None:
            self._nonces[message.author.id, message.nonce] = (self.clock.seconds(), message)

    def content_allowed(self) -> bool:
        """Whether REST shows the bot what others write: by what the application is granted, not by its session."""
        return Intent.MESSAGE_CONTENT in self.granted_intents
