"""Opening threads, and who is in them."""

from __future__ import annotations

from bot.demo.local_discord import errors, message_payloads, payloads
from bot.demo.local_discord.accounts import Account
from bot.demo.local_discord.events import Json
from bot.demo.local_discord.messages import MEMBER_ADDED, THREAD_CREATED, Draft, Message
from bot.demo.local_discord.permissions import Permission
from bot.demo.local_discord.places import PRIVATE_THREAD, TextChannel, Thread
from bot.demo.local_discord.posting import compose, deliver, require
from bot.demo.local_discord.rest.call import Call, Handler

NAME_LENGTH = 100
ARCHIVE_MINUTES = (60, 1440, 4320, 10080)


async def create_thread(call: Call) -> Json:
    channel, body = _parent(call), await call.body()
    private = body.get("type", PRIVATE_THREAD) == PRIVATE_THREAD
    needed = Permission.CREATE_PRIVATE_THREADS if private else Permission.CREATE_PUBLIC_THREADS
    require(channel, call.world.bot, needed)
    thread = _open(channel, body, private=private)
    if not private:
        _announce(thread)
    return payloads.thread(thread)


async def create_thread_from_message(call: Call) -> Json:
    channel, body = _parent(call), await call.body()
    message = channel.known_message(call.id("message_id"))
    require(channel, call.world.bot, Permission.CREATE_PUBLIC_THREADS)
    if message.id in call.world.places:
        raise errors.ApiError(400, 160004, "A thread has already been created for this message")
    thread = _open(channel, body, private=False, message=message)
    call.world.publish(message_payloads.updated(message))
    return payloads.thread(thread)


async def add_member(call: Call) -> None:
    thread = _thread(call)
    account = call.world.accounts.get(call.id("user_id"))
    if account is None or account.id not in thread.guild.members:
        raise errors.unknown("Member")
    require(thread, call.world.bot, Permission.SEND_MESSAGES_IN_THREADS)
    if account.id in thread.members:
        return
    thread.join(account)
    deliver(_system_message(thread, MEMBER_ADDED, mentions=[account]))


async def join(call: Call) -> None:
    _thread(call).join(call.world.bot)


async def leave(call: Call) -> None:
    _thread(call).leave(call.world.bot)


async def get_members(call: Call) -> list[Json]:
    thread = _thread(call)
    return [payloads.thread_member(thread, call.world.accounts[user_id]) for user_id in thread.members]


def check_name(name: object) -> str:
    if not isinstance(name, str) or not 1 <= len(name.strip()) <= NAME_LENGTH:
        raise errors.invalid_form("name", "BASE_TYPE_BAD_LENGTH", "Must be between 1 and 100 in length.")
    return name.strip()


def check_archive_duration(minutes: object) -> int:
    if not isinstance(minutes, int) or minutes not in ARCHIVE_MINUTES:
        raise errors.invalid_form(
            "auto_archive_duration", "BASE_TYPE_CHOICES", f"Value must be one of {set(ARCHIVE_MINUTES)}."
        )
    return minutes


def _parent(call: Call) -> TextChannel:
    place = call.place()
    if not isinstance(place, TextChannel):
        raise errors.wrong_channel_type()
    return place


def _thread(call: Call) -> Thread:
    place = call.place()
    if not isinstance(place, Thread):
        raise errors.wrong_channel_type()
    if place.archived:
        raise errors.thread_archived()
    return place


def _open(channel: TextChannel, body: Json, *, private: bool, message: Message | None = None) -> Thread:
    name = check_name(body.get("name"))
    minutes = check_archive_duration(body.get("auto_archive_duration") or 1440)
    if message is None and body.get("type", PRIVATE_THREAD) not in channel.thread_types:
        raise errors.invalid_form("type", "BASE_TYPE_CHOICES", f"Value must be one of {set(channel.thread_types)}.")
    if len(channel.guild.active_threads) >= channel.guild.active_thread_limit:
        raise errors.ApiError(400, 160006, "Maximum number of active threads reached")
    thread_id = None if message is None else message.id
    bot = channel.world.bot
    return channel.open_thread(bot, name, private=private, auto_archive_minutes=minutes, thread_id=thread_id)


def _announce(thread: Thread) -> None:
    announcement = compose(thread.parent, thread.owner, Draft(thread.name))
    announcement.type = THREAD_CREATED
    announcement.thread_id = thread.id
    deliver(announcement)


def _system_message(thread: Thread, kind: int, mentions: list[Account]) -> Message:
    message = compose(thread, thread.world.bot, Draft())
    message.type = kind
    message.mentions = mentions
    return message


ROUTES: list[tuple[str, str, Handler]] = [
    ("POST", r"/channels/{channel_id:\d+}/threads", create_thread),
    ("POST", r"/channels/{channel_id:\d+}/messages/{message_id:\d+}/threads", create_thread_from_message),
    ("PUT", r"/channels/{channel_id:\d+}/thread-members/@me", join),
    ("DELETE", r"/channels/{channel_id:\d+}/thread-members/@me", leave),
    ("PUT", r"/channels/{channel_id:\d+}/thread-members/{user_id:\d+}", add_member),
    ("GET", r"/channels/{channel_id:\d+}/thread-members", get_members),
]
