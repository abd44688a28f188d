"""Registering application commands, for everywhere or for one guild."""

from __future__ import annotations

from bot.demo.local_discord import errors
from bot.demo.local_discord.events import Json
from bot.demo.local_discord.rest.call import Call, Handler

MOST_COMMANDS = 100


async def get_commands(call: Call) -> list[Json]:
    return call.world.commands.registered(_scope(call))


async def put_commands(call: Call) -> list[Json]:
    commands = (await call.body()).get("list", [])
    if len(commands) > MOST_COMMANDS:
        raise errors.ApiError(400, 30032, "Maximum number of application commands reached")
    return call.world.commands.replace(_scope(call), commands)


async def get_permissions(call: Call) -> Json:
    """Nobody has changed any here, of which Discord tells by this error."""
    _scope(call)
    raise errors.ApiError(404, 10066, "Unknown application command permissions")


def _scope(call: Call) -> int | None:
    if call.id("application_id") != call.world.application_id:
        raise errors.missing_access()
    if "guild_id" not in call.request.match_info:
        return None
    return call.world.guild(call.id("guild_id")).id


GLOBAL = r"/applications/{application_id:\d+}/commands"
OF_GUILD = r"/applications/{application_id:\d+}/guilds/{guild_id:\d+}/commands"
ROUTES: list[tuple[str, str, Handler]] = [
    ("GET", GLOBAL, get_commands),
    ("PUT", GLOBAL, put_commands),
    ("GET", OF_GUILD, get_commands),
    ("PUT", OF_GUILD, put_commands),
    ("GET", rf"{OF_GUILD}/{{command_id:\d+}}/permissions", get_permissions),
]
