"""The rules that a message must keep, and what happens when one is posted, edited or deleted."""

from __future__ import annotations

import re

from bot.demo.local_discord import errors, message_payloads
from bot.demo.local_discord.accounts import Account
from bot.demo.local_discord.components import check_components
from bot.demo.local_discord.events import Json
from bot.demo.local_discord.messages import COMPONENTS_V2, REPLY, Draft, Message
from bot.demo.local_discord.permissions import Permission
from bot.demo.local_discord.places import Place, Thread

CONTENT_LENGTH = 2000
NONCE_LENGTH = 25
FILES = 10
EMBEDS = 10


def post(place: Place, author: Account, draft: Draft) -> Message:
    """Posts as a member or as the bot, or gives back the message that has the same enforced nonce.

    Raises ApiError with what Discord answers to each broken rule.
    """
    _check_permissions(place, author, draft)
    check(draft, place.upload_limit)
    reference = _referenced(place, author, draft)
    if draft.enforce_nonce and draft.nonce is not None:
        earlier = place.world.message_with_nonce(author, draft.nonce)
        if earlier is not None:
            return earlier
    if isinstance(place, Thread):
        _open_for_posting(place, author)
    message = compose(place, author, draft)
    if reference is not None:
        refer(message, reference, draft.allowed_mentions)
    place.world.remember_nonce(message)
    deliver(message)
    return message


def compose(place: Place, author: Account, draft: Draft, *, ephemeral: bool = False) -> Message:
    """A message that nobody has been shown yet."""
    world = place.world
    mentioned, everyone = _pings(place, author, draft)
    return Message(
        id=world.ids.next(),
        place=place,
        author=author,
        timestamp=world.clock.now(),
        content=draft.content.strip(),
        embeds=draft.embeds,
        components=draft.components,
        attachments=[world.keep(place, upload, ephemeral=ephemeral) for upload in draft.uploads],
        flags=draft.flags,
        nonce=draft.nonce,
        allowed_mentions=draft.allowed_mentions,
        mentions=mentioned,
        pings_everyone=everyone,
    )


def deliver(message: Message) -> None:
    """Puts a message where it belongs and tells the bot; one that is ephemeral is in no channel."""
    if message.ephemeral:
        return
    place = message.place
    place.add(message)
    if isinstance(place, Thread):
        for user in (message.author, *message.mentions):
            place.join(user)
    if place.visible_to_bot():
        place.world.publish(message_payloads.created(message))


def changed(message: Message) -> None:
    """Tells of an edit."""
    message.edited_at = message.place.world.clock.now()
    message.place.signal.changed()
    if not message.ephemeral and message.place.visible_to_bot():
        message.place.world.publish(message_payloads.updated(message))


def remove(message: Message) -> None:
    message.deleted = True
    if message.ephemeral:
        return
    message.place.messages.remove(message)
    message.place.signal.changed()
    if message.place.visible_to_bot():
        message.place.world.publish(message_payloads.deleted(message))


def refer(message: Message, original: Message, allowed_mentions: Json | None) -> None:
    """Makes a message a reply. It pings the author it replies to, unless that is the author of a webhook's message."""
    message.type = REPLY
    message.reference = original
    pings = True if allowed_mentions is None else bool(allowed_mentions.get("replied_user", False))
    author = original.author
    if pings and original.interaction is None and author not in (message.author, *message.mentions):
        message.mentions.append(author)


def check(draft: Draft, upload_limit: int, *, kept_files: int = 0) -> None:
    """What holds for every message, also for answers to interactions; an edited one may keep files."""
    content = draft.content.strip()
    if len(content) > CONTENT_LENGTH:
        raise errors.too_long("content", CONTENT_LENGTH)
    if len(draft.embeds) > EMBEDS:
        raise errors.too_long("embeds", EMBEDS)
    if draft.nonce is not None and len(draft.nonce) > NONCE_LENGTH:
        raise errors.too_long("nonce", NONCE_LENGTH)
    if any(len(upload.data) > upload_limit for upload in draft.uploads):
        raise errors.file_too_large()
    if kept_files + len(draft.uploads) > FILES:
        raise errors.too_long("attachments", FILES)
    check_components(draft.components)
    uses_layout = bool(draft.flags & COMPONENTS_V2)
    if uses_layout and (content or draft.embeds):
        raise errors.invalid_form(
            "flags",
            "MESSAGE_CANNOT_USE_LEGACY_FIELDS_WITH_COMPONENTS_V2",
            "The 'content' and 'embeds' fields cannot be used when using MessageFlags.IS_COMPONENTS_V2",
        )
    if not (content or draft.embeds or draft.uploads or kept_files or (uses_layout and draft.components)):
        raise errors.ApiError(400, 50006, "Cannot send an empty message")


def require(place: Place, user: Account, needed: Permission) -> None:
    """50001 for who does not even see the place, 50013 for who lacks one of the needed permissions."""
    granted = place.permissions_of(user)
    if Permission.VIEW_CHANNEL not in granted:
        raise errors.missing_access()
    if needed not in granted:
        raise errors.missing_permissions()


def _check_permissions(place: Place, author: Account, draft: Draft) -> None:
    speak = Permission.SEND_MESSAGES_IN_THREADS if isinstance(place, Thread) else Permission.SEND_MESSAGES
    require(place, author, speak)
    if draft.uploads:
        require(place, author, Permission.ATTACH_FILES)


def _open_for_posting(thread: Thread, author: Account) -> None:
    if thread.locked and Permission.MANAGE_THREADS not in thread.permissions_of(author):
        raise errors.thread_locked()
    if thread.archived:
        thread.set_archived(False)


def _referenced(place: Place, author: Account, draft: Draft) -> Message | None:
    if draft.reply_to is None:
        return None
    if Permission.READ_MESSAGE_HISTORY not in place.permissions_of(author):
        raise errors.ApiError(403, 160002, "Cannot reply without permission to read message history")
    original = place.message(draft.reply_to)
    if original is None and draft.fail_if_reply_is_unknown:
        raise errors.invalid_form("message_reference", "REPLIES_UNKNOWN_MESSAGE", "Unknown message")
    return original


def _pings(place: Place, author: Account, draft: Draft) -> tuple[list[Account], bool]:
    allowed = draft.allowed_mentions or {"parse": ["users", "roles", "everyone"]}
    parse = allowed.get("parse") or []
    by_name = {int(user_id) for user_id in allowed.get("users") or []}
    ids = dict.fromkeys(int(found) for found in re.findall(r"<@!?(\d+)>", draft.content))
    present = place.mentionable() if ids else {}
    mentioned = [present[each] for each in ids if each in present and ("users" in parse or each in by_name)]
    everyone = (
        "everyone" in parse
        and re.search(r"@(everyone|here)\b", draft.content) is not None
        and Permission.MENTION_EVERYONE in place.permissions_of(author)
    )
    return mentioned, everyone
