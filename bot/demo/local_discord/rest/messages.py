"""Messages: history, posting, editing, deleting, reactions."""

from __future__ import annotations

from bot.demo.local_discord import errors, message_payloads, posting
from bot.demo.local_discord.events import Json
from bot.demo.local_discord.messages import LOADING, Message, Upload
from bot.demo.local_discord.permissions import Permission
from bot.demo.local_discord.places import DirectMessages, Place, Thread
from bot.demo.local_discord.rest.call import Call, Handler, draft

HISTORY_LIMIT = 100


async def get_history(call: Call) -> list[Json]:
    """Newest first, whatever was asked for; empty without the permission to read it."""
    place, query = call.place(), call.request.query
    limit = int(query.get("limit", "50"))
    if not 1 <= limit <= HISTORY_LIMIT:
        raise errors.invalid_form("limit", "NUMBER_TYPE_MAX", "int value should be between 1 and 100.")
    if Permission.READ_MESSAGE_HISTORY not in place.permissions_of(call.world.bot):
        return []
    if "after" in query:
        found = place.after(int(query["after"]), limit)
    elif "around" in query:
        middle = int(query["around"])
        found = place.before(middle, limit // 2) + place.after(middle - 1, limit - limit // 2)
    else:
        found = place.before(int(query.get("before", 1 << 63)), limit)
    return [_shown(call, message) for message in reversed(found)]


async def get_message(call: Call) -> Json:
    return _shown(call, _readable_message(call))


async def post_message(call: Call) -> Json:
    place = call.place()
    body, uploads = await call.form()
    if isinstance(place, DirectMessages) and not place.recipient.takes_direct_messages:
        raise errors.ApiError(403, 50007, "Cannot send messages to this user")
    message = posting.post(place, call.world.bot, draft(body, uploads))
    return _shown(call, message) | message_payloads.nonce(message)


async def edit_message(call: Call) -> Json:
    place = call.place()
    body, uploads = await call.form()
    message = place.known_message(call.id("message_id"))
    if message.author is not call.world.bot:
        raise errors.not_the_author()
    _check_open(place)
    apply_edit(message, body, uploads)
    return _shown(call, message)


async def delete_message(call: Call) -> None:
    place = call.place()
    message = place.known_message(call.id("message_id"))
    if message.author is not call.world.bot:
        posting.require(place, call.world.bot, Permission.MANAGE_MESSAGES)
    _check_open(place)
    posting.remove(message)


async def add_reaction(call: Call) -> None:
    message = _readable_message(call)
    posting.require(message.place, call.world.bot, Permission.ADD_REACTIONS)
    _check_open(message.place)
    message.reactions.setdefault(call.request.match_info["emoji"], set()).add(call.world.bot.id)
    message.place.signal.changed()


async def remove_reaction(call: Call) -> None:
    message = _readable_message(call)
    message.reactions.get(call.request.match_info["emoji"], set()).discard(call.world.bot.id)
    message.place.signal.changed()


def apply_edit(message: Message, body: Json, uploads: list[Upload]) -> None:
    """Changes what the body names; files stay unless the body lists which do. It ends the bot's thinking."""
    kept = message.attachments
    if body.get("attachments") is not None:
        listed = {str(entry["id"]) for entry in body["attachments"]}
        kept = [attachment for attachment in kept if str(attachment.id) in listed]
    current: Json = {
        "content": message.content,
        "embeds": message.embeds,
        "components": message.components,
        "flags": message.flags,
    }
    edited = draft(current | body, uploads)
    posting.check(edited, message.place.upload_limit, kept_files=len(kept))
    message.content, message.embeds, message.components = edited.content.strip(), edited.embeds, edited.components
    message.flags &= ~LOADING
    keep = message.place.world.keep
    message.attachments = kept + [keep(message.place, upload, ephemeral=message.ephemeral) for upload in uploads]
    posting.changed(message)


def _readable_message(call: Call) -> Message:
    place = call.place()
    posting.require(place, call.world.bot, Permission.READ_MESSAGE_HISTORY)
    return place.known_message(call.id("message_id"))


def _check_open(place: Place) -> None:
    if isinstance(place, Thread) and place.archived:
        raise errors.thread_archived()


def _shown(call: Call, message: Message) -> Json:
    return message_payloads.message(message, content_allowed=call.world.content_allowed())


ONE = r"/channels/{channel_id:\d+}/messages/{message_id:\d+}"
ROUTES: list[tuple[str, str, Handler]] = [
    ("GET", r"/channels/{channel_id:\d+}/messages", get_history),
    ("POST", r"/channels/{channel_id:\d+}/messages", post_message),
    ("GET", ONE, get_message),
    ("PATCH", ONE, edit_message),
    ("DELETE", ONE, delete_message),
    ("PUT", ONE + "/reactions/{emoji}/@me", add_reaction),
    ("DELETE", ONE + "/reactions/{emoji}/@me", remove_reaction),
]
