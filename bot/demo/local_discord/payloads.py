"""Users, guilds and channels as JSON, in the shapes of discord.py's `discord.types`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.demo.local_discord.events import Json
from bot.demo.local_discord.permissions import NO_PERMISSION, Permission

if TYPE_CHECKING:
    from bot.demo.local_discord.accounts import Account
    from bot.demo.local_discord.guilds import Guild, Membership
    from bot.demo.local_discord.places import DirectMessages, Place, TextChannel, Thread


def user(someone: Account) -> Json:
    return {
        "id": str(someone.id),
        "username": someone.name,
        "global_name": None if someone.bot else someone.name,
        "discriminator": "0",
        "avatar": None,
        "bot": someone.bot,
        "public_flags": 0,
    }


def member(guild: Guild, membership: Membership, *, with_user: bool = True) -> Json:
    payload: Json = {
        "roles": [str(guild.roles[membership.permissions])],
        "nick": None,
        "avatar": None,
        "joined_at": membership.joined_at.isoformat(),
        "deaf": False,
        "mute": False,
        "pending": False,
        "flags": 0,
    }
    return payload | {"user": user(membership.user)} if with_user else payload


def role(role_id: int, permissions: Permission, position: int, name: str = "permissions") -> Json:
    return {
        "id": str(role_id),
        "name": name,
        "permissions": str(int(permissions)),
        "position": position,
        "color": 0,
        "colors": {"primary_color": 0, "secondary_color": None, "tertiary_color": None},
        "hoist": False,
        "managed": False,
        "mentionable": False,
        "flags": 0,
    }


def guild(server: Guild) -> Json:
    """As REST gives it: without channels, threads and members."""
    everyone = role(server.id, NO_PERMISSION, 0, "@everyone")
    roles = [role(role_id, bits, place + 1) for place, (bits, role_id) in enumerate(server.roles.items())]
    return {
        "id": str(server.id),
        "name": server.name,
        "owner_id": str(server.owner.id),
        "roles": [everyone, *roles],
        "premium_tier": server.premium_tier,
        "preferred_locale": "en-US",
        "features": [],
        "emojis": [],
        "stickers": [],
        "icon": None,
        "banner": None,
        "description": None,
        "afk_channel_id": None,
        "afk_timeout": 300,
        "verification_level": 0,
        "default_message_notifications": 1,
        "explicit_content_filter": 0,
        "mfa_level": 0,
        "nsfw_level": 0,
        "system_channel_id": None,
        "system_channel_flags": 0,
        "rules_channel_id": None,
        "public_updates_channel_id": None,
        "vanity_url_code": None,
    }


def guild_create(server: Guild, *, with_members: bool) -> Json:
    """As the gateway gives it; without the members intent a bot learns of no member but itself."""
    bot = server.world.bot
    listed = [entry for entry in server.members.values() if with_members or entry.user is bot]
    threads = [thread(each) for each in server.active_threads if each.visible_to_bot()]
    return guild(server) | {
        "channels": [channel(each) for each in server.channels],
        "threads": threads,
        "members": [member(server, entry) for entry in listed],
        "member_count": len(server.members),
        "large": False,
        "joined_at": server.members[bot.id].joined_at.isoformat(),
        "presences": [],
        "voice_states": [],
        "stage_instances": [],
        "guild_scheduled_events": [],
        "soundboard_sounds": [],
    }


def channel(place: TextChannel) -> Json:
    return {
        "id": str(place.id),
        "type": place.type,
        "guild_id": str(place.guild.id),
        "name": place.name,
        "topic": place.topic,
        "position": 0,
        "nsfw": False,
        "parent_id": None,
        "rate_limit_per_user": 0,
        "last_message_id": _last_message_id(place),
        "permission_overwrites": _overwrites(place),
    }


def thread(place: Thread) -> Json:
    bot = place.world.bot
    payload: Json = {
        "id": str(place.id),
        "type": place.type,
        "guild_id": str(place.guild.id),
        "parent_id": str(place.parent.id),
        "owner_id": str(place.owner.id),
        "name": place.name,
        "last_message_id": _last_message_id(place),
        "message_count": len(place.messages),
        "total_message_sent": len(place.messages),
        "member_count": min(50, len(place.members)),  # Discord stops counting at 50
        "rate_limit_per_user": place.slowmode_seconds,
        "flags": 0,
        "thread_metadata": {
            "archived": place.archived,
            "locked": place.locked,
            "auto_archive_duration": place.auto_archive_minutes,
            "archive_timestamp": place.archive_changed_at.isoformat(),
            "create_timestamp": place.created_at.isoformat(),
            "invitable": place.invitable,
        },
    }
    return payload | {"member": thread_member(place, bot)} if bot.id in place.members else payload


def deleted_thread(place: Thread) -> Json:
    return {
        "id": str(place.id),
        "guild_id": str(place.guild.id),
        "parent_id": str(place.parent.id),
        "type": place.type,
    }


def thread_member(place: Thread, someone: Account) -> Json:
    joined_at = place.members[someone.id].isoformat()
    return {"id": str(place.id), "user_id": str(someone.id), "join_timestamp": joined_at, "flags": 0}


def thread_members_update(place: Thread, *, added: list[Account], removed: list[Account]) -> Json:
    return {
        "id": str(place.id),
        "guild_id": str(place.guild.id),
        "member_count": min(50, len(place.members)),
        "added_members": [thread_member(place, someone) for someone in added],
        "removed_member_ids": [str(someone.id) for someone in removed],
    }


def direct_messages(place: DirectMessages) -> Json:
    return {
        "id": str(place.id),
        "type": place.type,
        "last_message_id": _last_message_id(place),
        "flags": 0,
        "recipients": [user(place.recipient)],
    }


def _last_message_id(place: Place) -> str | None:
    return str(place.messages[-1].id) if place.messages else None


def _overwrites(place: TextChannel) -> list[Json]:
    if not place.bot_allow and not place.bot_deny:
        return []
    allow, deny = str(int(place.bot_allow)), str(int(place.bot_deny))
    return [{"id": str(place.world.bot.id), "type": 1, "allow": allow, "deny": deny}]
