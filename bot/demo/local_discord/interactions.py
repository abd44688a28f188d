"""An interaction from the member's click to the bot's last follow-up."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from typing import TYPE_CHECKING

from bot.demo.local_discord import errors, message_payloads, payloads
from bot.demo.local_discord.events import Event, Json
from bot.demo.local_discord.intents import ALWAYS
from bot.demo.local_discord.messages import Message
from bot.demo.local_discord.places import Place
from bot.demo.local_discord.signals import Signal

if TYPE_CHECKING:
    from bot.demo.local_discord.accounts import Account

COMMAND = 2
COMPONENT = 3
AUTOCOMPLETE = 4
MODAL_SUBMIT = 5

ANSWER = 4
DEFERRED_ANSWER = 5
DEFERRED_UPDATE = 6
UPDATE = 7
CHOICES = 8
MODAL = 9

ACKNOWLEDGE_SECONDS = 3
TOKEN_SECONDS = 15 * 60


class Interaction:
    """What the member sees of the bot's answer is here: content, ephemeral, deferred, modal, choices."""

    def __init__(self, user: Account, place: Place, kind: int, data: Json, source: Message | None = None) -> None:
        world = place.world
        self.world = world
        self.id = world.ids.next()
        self.token = secrets.token_urlsafe(24)
        self.user = user
        self.place = place
        self.kind = kind
        self.data = data
        self.source = source
        """The message whose component was used."""
        self.created_at = world.clock.seconds()
        self.response: int | None = None
        """The callback's type, once the bot has answered."""
        self.original: Message | None = None
        self.messages: list[Message] = []
        """The original answer and the follow-ups, also those that only the member sees."""
        self.modal: Json | None = None
        self.choices: list[Json] | None = None
        """Autocomplete's suggestions."""
        self.error: errors.ApiError | None = None
        """The last refusal of a callback, edit or follow-up of the bot."""
        self.signal = Signal()
        world.interactions[self.token] = self

    @property
    def content(self) -> str | None:
        """The text of the original answer; None before there is one, "" while the bot is thinking."""
        return None if self.original is None else self.original.content

    @property
    def ephemeral(self) -> bool:
        return self.original is not None and self.original.ephemeral

    @property
    def deferred(self) -> bool:
        """The bot took its time: it answered first with "thinking"."""
        return self.response in (DEFERRED_ANSWER, DEFERRED_UPDATE)

    @property
    def did_not_respond(self) -> bool:
        """The member reads that the application did not respond."""
        return self.response is None and self._age() > ACKNOWLEDGE_SECONDS

    async def answered(self, within: float = 5.0) -> Interaction:
        """Waits for the first response, which may be that the bot is thinking."""
        return await self._until(lambda: self.response is not None, within, "a response")

    async def completed(self, within: float = 5.0) -> Interaction:
        """Waits until there is an answer to read: the bot has answered and thinks no more."""
        return await self._until(lambda: self.response is not None and not self._thinking(), within, "an answer")

    def send(self) -> None:
        """Hands the interaction to the bot."""
        guild_id = None if self.place.guild is None else self.place.guild.id
        self.world.publish(Event("INTERACTION_CREATE", self._payload(), ALWAYS, guild_id))

    def check_may_acknowledge(self) -> None:
        if self.response is not None:
            raise errors.already_acknowledged()
        if self._age() > ACKNOWLEDGE_SECONDS:
            raise errors.unknown("Interaction")

    def check_token(self) -> None:
        """For everything after the callback."""
        if self._age() > TOKEN_SECONDS:
            raise errors.invalid_webhook_token()
        if self.response is None:
            raise errors.unknown("Webhook")

    def on_message(self) -> Json:
        """What a message that answers an interaction carries beside its content."""
        metadata = {
            "id": str(self.id),
            "type": self.kind,
            "user": payloads.user(self.user),
            "authorizing_integration_owners": self._owners(),
        }
        application_id = str(self.world.application_id)
        return {"webhook_id": application_id, "application_id": application_id, "interaction_metadata": metadata}

    async def _until(self, reached: Callable[[], bool], within: float, expected: str) -> Interaction:
        return await self.signal.until(lambda: self if reached() else None, within, lambda: f"{expected} to {self}")

    def _thinking(self) -> bool:
        return self.original is not None and self.original.loading and not self.original.deleted

    def _age(self) -> float:
        return self.world.clock.seconds() - self.created_at

    def _owners(self) -> dict[str, str]:
        guild = self.place.guild
        if guild is not None and not guild.bot_is_member:
            return {"1": str(self.user.id)}
        return {"0": "0" if guild is None else str(guild.id)}

    def _payload(self) -> Json:
        bot_permissions = self.place.permissions_of(self.world.bot)
        user_permissions = str(int(self.place.permissions_of(self.user)))
        payload: Json = {
            "id": str(self.id),
            "application_id": str(self.world.application_id),
            "type": self.kind,
            "token": self.token,
            "version": 1,
            "data": self.data,
            "channel_id": str(self.place.id),
            "channel": self.place.payload() | {"permissions": user_permissions},
            "app_permissions": str(int(bot_permissions)),
            "locale": "en-US",
            "entitlements": [],
            "authorizing_integration_owners": self._owners(),
            "context": 1 if self.place.guild is None else 0,
            "attachment_size_limit": self.place.upload_limit,
        }
        if self.source is not None:
            payload["message"] = message_payloads.message(self.source)
        return payload | self._who(user_permissions)

    def _who(self, permissions: str) -> Json:
        guild = self.place.guild
        if guild is None:
            return {"user": payloads.user(self.user)}
        member = payloads.member(guild, guild.membership(self.user)) | {"permissions": permissions}
        summary = {"id": str(guild.id), "locale": "en-US", "features": []}
        return {"guild_id": str(guild.id), "guild": summary, "guild_locale": "en-US", "member": member}

    def __repr__(self) -> str:
        name = self.data.get("name") or self.data.get("custom_id")
        return f"<Interaction {name!r} by {self.user.name}: {self.messages}>"
