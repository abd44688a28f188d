"""Messages and attachments as JSON, with and without what the message-content intent guards."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import quote

from bot.demo.local_discord import payloads
from bot.demo.local_discord.events import Event, Json
from bot.demo.local_discord.intents import Intent
from bot.demo.local_discord.messages import Attachment, Message
from bot.demo.local_discord.places import DIRECT_MESSAGES, Thread

if TYPE_CHECKING:
    from bot.demo.local_discord.world import World

LINK_LIFETIME_SECONDS = 24 * 3600
"""Signed attachment links die after a day; a message that is read again has fresh ones."""


def attachment(world: World, file: Attachment) -> Json:
    url = _link(world, file)
    payload: Json = {
        "id": str(file.id),
        "filename": file.filename,
        "size": file.size,
        "url": url,
        "proxy_url": url,
        "ephemeral": file.ephemeral,
    }
    optional = {
        "content_type": file.content_type,
        "width": file.width,
        "height": file.height,
        "description": file.description,
    }
    return payload | {name: value for name, value in optional.items() if value is not None}


def message(posted: Message, *, content_allowed: bool = True) -> Json:
    """As REST gives it; what the gateway adds is in `created`."""
    shown = content_allowed or not hides_content(posted)
    payload: Json = {
        "id": str(posted.id),
        "channel_id": str(posted.place.id),
        "type": posted.type,
        "author": payloads.user(posted.author),
        "timestamp": posted.timestamp.isoformat(),
        "edited_timestamp": None if posted.edited_at is None else posted.edited_at.isoformat(),
        "content": posted.content if shown else "",
        "attachments": [attachment(posted.place.world, file) for file in posted.attachments] if shown else [],
        "embeds": posted.embeds if shown else [],
        "components": posted.components if shown else [],
        "flags": posted.flags,
        "tts": False,
        "pinned": False,
        "mention_everyone": posted.pings_everyone,
        "mentions": [payloads.user(someone) for someone in posted.mentions],
        "mention_roles": [],
        "reactions": [_reaction(posted, emoji) for emoji in posted.reactions],
    }
    return payload | _optional(posted, content_allowed=content_allowed)


def hides_content(posted: Message) -> bool:
    """Whether a bot without the message-content intent gets this message empty."""
    bot = posted.place.world.bot
    return not (posted.place.type == DIRECT_MESSAGES or posted.author is bot or bot in posted.mentions)


def nonce(posted: Message) -> Json:
    """Told with the event and the answer that a message was made, and never again: history has no nonces."""
    return {} if posted.nonce is None else {"nonce": posted.nonce}


def created(posted: Message) -> Event:
    return _dispatch("MESSAGE_CREATE", posted, nonce(posted))


def updated(posted: Message) -> Event:
    return _dispatch("MESSAGE_UPDATE", posted, {})


def deleted(posted: Message) -> Event:
    data: Json = {"id": str(posted.id), "channel_id": str(posted.place.id)}
    guild = posted.place.guild
    if guild is None:
        return Event("MESSAGE_DELETE", data, Intent.DIRECT_MESSAGES, None)
    return Event("MESSAGE_DELETE", data | {"guild_id": str(guild.id)}, Intent.GUILD_MESSAGES, guild.id)


def _dispatch(name: str, posted: Message, added: Json) -> Event:
    guild = posted.place.guild
    added = added | {"channel_type": posted.place.type}
    if guild is None:
        return Event(name, message(posted) | added, Intent.DIRECT_MESSAGES, None)
    added["guild_id"] = str(guild.id)
    membership = guild.members.get(posted.author.id)
    if membership is not None and posted.interaction is None:
        added["member"] = payloads.member(guild, membership, with_user=False)
    redacted = message(posted, content_allowed=False) | added
    return Event(name, message(posted) | added, Intent.GUILD_MESSAGES, guild.id, redacted)


def _optional(posted: Message, *, content_allowed: bool) -> Json:
    payload: Json = {}
    if posted.thread_id is not None:
        payload["message_reference"] = {"type": 0, "channel_id": str(posted.thread_id)}
    if posted.reference is not None:
        payload |= _reply(posted.reference, content_allowed=content_allowed)
    if posted.interaction is not None:
        payload |= posted.interaction.on_message()
    thread = posted.place.world.places.get(posted.id)
    if isinstance(thread, Thread):
        payload["thread"] = payloads.thread(thread)
    return payload


def _reply(original: Message, *, content_allowed: bool) -> Json:
    reference = {"type": 0, "channel_id": str(original.place.id), "message_id": str(original.id)}
    if original.place.guild is not None:
        reference["guild_id"] = str(original.place.guild.id)
    shown = None if original.deleted else message(original, content_allowed=content_allowed)
    if shown is not None:
        shown.pop("referenced_message", None)  # Discord nests one level deep
    return {"message_reference": reference, "referenced_message": shown}


def _reaction(posted: Message, emoji: str) -> Json:
    users = posted.reactions[emoji]
    return {
        "emoji": {"id": None, "name": emoji},
        "count": len(users),
        "count_details": {"normal": len(users), "burst": 0},
        "me": posted.place.world.bot.id in users,
        "me_burst": False,
        "burst_colors": [],
    }


def _link(world: World, file: Attachment) -> str:
    folder = "ephemeral-attachments" if file.ephemeral else "attachments"
    expires = int(world.clock.seconds()) + LINK_LIFETIME_SECONDS
    return f"{world.base_url}/{folder}/{file.place_id}/{file.id}/{quote(file.filename)}?ex={expires:x}"
