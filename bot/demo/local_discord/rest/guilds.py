"""Guilds, their members and channels."""

from __future__ import annotations

from bot.demo.local_discord import errors, payloads
from bot.demo.local_discord.events import Json
from bot.demo.local_discord.rest.call import Call, Handler


async def get_guild(call: Call) -> Json:
    return payloads.guild(call.world.guild(call.id("guild_id")))


async def get_my_guilds(call: Call) -> list[Json]:
    guilds = [guild for guild in call.world.guilds.values() if guild.bot_is_member]
    return [{"id": str(guild.id), "name": guild.name, "icon": None, "owner": False, "features": []} for guild in guilds]


async def get_member(call: Call) -> Json:
    guild = call.world.guild(call.id("guild_id"))
    account = call.world.accounts.get(call.id("user_id"))
    if account is None:
        raise errors.unknown("User")
    return payloads.member(guild, guild.membership(account))


async def get_channels(call: Call) -> list[Json]:
    return [payloads.channel(channel) for channel in call.world.guild(call.id("guild_id")).channels]


async def get_active_threads(call: Call) -> Json:
    guild = call.world.guild(call.id("guild_id"))
    threads = [thread for thread in guild.active_threads if thread.visible_to_bot()]
    joined = [thread for thread in threads if call.world.bot.id in thread.members]
    members = [payloads.thread_member(thread, call.world.bot) for thread in joined]
    return {"threads": [payloads.thread(thread) for thread in threads], "members": members}


async def leave_guild(call: Call) -> None:
    call.world.guild(call.id("guild_id")).remove_bot()


ROUTES: list[tuple[str, str, Handler]] = [
    ("GET", r"/guilds/{guild_id:\d+}", get_guild),
    ("GET", r"/guilds/{guild_id:\d+}/members/{user_id:\d+}", get_member),
    ("GET", r"/guilds/{guild_id:\d+}/channels", get_channels),
    ("GET", r"/guilds/{guild_id:\d+}/threads/active", get_active_threads),
    ("GET", "/users/@me/guilds", get_my_guilds),
    ("DELETE", r"/users/@me/guilds/{guild_id:\d+}", leave_guild),
]
