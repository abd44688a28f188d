"""The bot's own account and application, other users, and where the gateway is."""

from __future__ import annotations

from bot.demo.local_discord import errors, payloads
from bot.demo.local_discord.events import Json
from bot.demo.local_discord.intents import application_flags, granted_by
from bot.demo.local_discord.places import DirectMessages
from bot.demo.local_discord.rest.call import Call, Handler

SESSION_STARTS = {"total": 1000, "remaining": 1000, "reset_after": 0, "max_concurrency": 1}


async def get_me(call: Call) -> Json:
    return payloads.user(call.world.bot) | {"verified": True, "mfa_enabled": False, "email": None, "flags": 0}


async def get_user(call: Call) -> Json:
    account = call.world.accounts.get(call.id("user_id"))
    if account is None:
        raise errors.unknown("User")
    return payloads.user(account)


async def get_application(call: Call) -> Json:
    world = call.world
    return {
        "id": str(world.application_id),
        "name": world.bot.name,
        "description": "",
        "summary": "",
        "icon": None,
        "verify_key": "0" * 64,
        "bot_public": True,
        "bot_require_code_grant": False,
        "owner": {"id": "1", "username": "operator", "discriminator": "0", "avatar": None, "global_name": None},
        "flags": application_flags(world.granted_intents),
        "approximate_guild_count": len(world.guilds),
        "integration_types_config": {"0": {}} | ({"1": {}} if world.user_installs else {}),
    }


async def edit_application(call: Call) -> Json:
    """Only the flags of limited intents can be set."""
    body = await call.body()
    if "flags" in body:
        call.world.granted_intents = granted_by(body["flags"])
    return await get_application(call)


async def get_gateway(call: Call) -> Json:
    return {"url": call.world.base_url.replace("http", "ws", 1) + "/gateway"}


async def get_gateway_bot(call: Call) -> Json:
    return await get_gateway(call) | {"shards": 1, "session_start_limit": SESSION_STARTS}


async def open_direct_messages(call: Call) -> Json:
    body = await call.body()
    account = call.world.accounts.get(int(body["recipient_id"]))
    if account is None or account is call.world.bot:
        raise errors.unknown("User")
    place: DirectMessages = account.direct_messages
    return payloads.direct_messages(place)


ROUTES: list[tuple[str, str, Handler]] = [
    ("GET", "/users/@me", get_me),
    ("GET", r"/users/{user_id:\d+}", get_user),
    ("POST", "/users/@me/channels", open_direct_messages),
    ("GET", "/applications/@me", get_application),
    ("PATCH", "/applications/@me", edit_application),
    ("GET", "/oauth2/applications/@me", get_application),
    ("GET", "/gateway", get_gateway),
    ("GET", "/gateway/bot", get_gateway_bot),
]
