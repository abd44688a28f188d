"""Channels of every kind: looking at them, changing and deleting them, typing in them."""

from __future__ import annotations

from bot.demo.local_discord import errors, payloads
from bot.demo.local_discord.events import Json
from bot.demo.local_discord.permissions import Permission
from bot.demo.local_discord.places import TextChannel, Thread
from bot.demo.local_discord.posting import require
from bot.demo.local_discord.rest.call import Call, Handler
from bot.demo.local_discord.rest.threads import check_archive_duration, check_name

OWNER_MAY_SET = frozenset({"name", "archived", "auto_archive_duration", "rate_limit_per_user", "invitable"})


async def get_channel(call: Call) -> Json:
    return call.place().payload()


async def edit_channel(call: Call) -> Json:
    place, body = call.place(), await call.body()
    if isinstance(place, Thread):
        _edit_thread(place, body)
    elif isinstance(place, TextChannel):
        require(place, call.world.bot, Permission.MANAGE_CHANNELS)
        place.name, place.topic = body.get("name", place.name), body.get("topic", place.topic)
        place.tell("CHANNEL_UPDATE", payloads.channel(place))
    else:
        raise errors.wrong_channel_type()
    return place.payload()


async def delete_channel(call: Call) -> Json:
    place = call.place()
    if isinstance(place, Thread):
        require(place, call.world.bot, Permission.MANAGE_THREADS)
        place.delete()
    elif isinstance(place, TextChannel):
        require(place, call.world.bot, Permission.MANAGE_CHANNELS)
        place.delete()
    return place.payload()


async def type_in(call: Call) -> None:
    place = call.place()
    speak = Permission.SEND_MESSAGES_IN_THREADS if isinstance(place, Thread) else Permission.SEND_MESSAGES
    require(place, call.world.bot, speak)
    call.world.typing[place.id] += 1


def _edit_thread(thread: Thread, body: Json) -> None:
    _check_may_edit(thread, body)
    if "name" in body:
        thread.name = check_name(body["name"])
    if "auto_archive_duration" in body:
        thread.auto_archive_minutes = check_archive_duration(body["auto_archive_duration"])
    thread.slowmode_seconds = body.get("rate_limit_per_user", thread.slowmode_seconds)
    thread.invitable = body.get("invitable", thread.invitable)
    thread.set_archived(body.get("archived", thread.archived), locked=body.get("locked"))


def _check_may_edit(thread: Thread, body: Json) -> None:
    bot = thread.world.bot
    granted = thread.permissions_of(bot)
    manages = Permission.MANAGE_THREADS in granted
    if body == {"archived": False} and not thread.locked:
        require(thread, bot, Permission.SEND_MESSAGES_IN_THREADS)
        return
    if not manages and not (thread.owner is bot and body.keys() <= OWNER_MAY_SET and not thread.locked):
        raise errors.missing_permissions()
    if thread.archived and body.get("archived", True):
        raise errors.thread_archived()


ROUTES: list[tuple[str, str, Handler]] = [
    ("GET", r"/channels/{channel_id:\d+}", get_channel),
    ("PATCH", r"/channels/{channel_id:\d+}", edit_channel),
    ("DELETE", r"/channels/{channel_id:\d+}", delete_channel),
    ("POST", r"/channels/{channel_id:\d+}/typing", type_in),
]
