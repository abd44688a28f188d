"""The application commands that the bot has registered, and a member's call of one."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import TYPE_CHECKING

from bot.demo.local_discord import errors
from bot.demo.local_discord.events import Json

if TYPE_CHECKING:
    from bot.demo.local_discord.world import World

CHAT_INPUT = 1
SUBCOMMAND = 1
GROUP = 2
COMMAND_NAME = re.compile(r"[-_'\w]{1,32}")
DESCRIPTION_LENGTH = 100
OPTIONS = 25
GUILD_INSTALL = 0


class CommandRegistry:
    """Global commands under None, those of a guild under its id."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._commands: dict[int | None, list[Json]] = {}

    def registered(self, guild_id: int | None) -> list[Json]:
        return self._commands.get(guild_id, [])

    def replace(self, guild_id: int | None, commands: list[Json]) -> list[Json]:
        """What PUT does: the given commands are all there are; one that keeps its name keeps its id."""
        for command in commands:
            _check(command)
        ids = {_key(command): command["id"] for command in self.registered(guild_id)}
        self._commands[guild_id] = [self._complete(command, guild_id, ids) for command in commands]
        return self._commands[guild_id]

    def find(self, name: str, guild_id: int | None, kind: int = CHAT_INPUT) -> Json:
        """A guild's own command before the global one of the same name; LookupError names those there are."""
        reachable = [*(self.registered(guild_id) if guild_id else []), *self.registered(None)]
        for command in reachable:
            if command["name"] == name and command["type"] == kind:
                return command
        names = [command["name"] for command in reachable if command["type"] == kind]
        raise LookupError(f"no command {name!r} among {names}")

    def _complete(self, command: Json, guild_id: int | None, ids: dict[tuple[int, str], str]) -> Json:
        added: Json = {
            "id": ids.get(_key(command)) or str(self._world.ids.next()),
            "application_id": str(self._world.application_id),
            "version": str(self._world.ids.next()),
            "type": command.get("type", CHAT_INPUT),
            "description": command.get("description", ""),
        }
        if guild_id is not None:
            added["guild_id"] = str(guild_id)
        defaults: Json = {
            "default_member_permissions": None,
            "nsfw": False,
            "contexts": None,
            "integration_types": [GUILD_INSTALL],
        }
        return defaults | command | added


def walk(command: Json, path: list[str]) -> Json:
    """The (sub)command at the end of a path below a command."""
    for name in path:
        below = [option for option in command.get("options", []) if option["type"] in (SUBCOMMAND, GROUP)]
        found = next((option for option in below if option["name"] == name), None)
        if found is None:
            raise LookupError(f"{command['name']!r} has no {name!r}, only {[option['name'] for option in below]}")
        command = found
    return command


def nested(command: Json, path: list[str], leaf_options: list[Json]) -> list[Json]:
    """The options of an interaction, wrapped in the groups and subcommands that lead to them."""
    if not path:
        return leaf_options
    below = walk(command, path[:1])
    return [{"type": below["type"], "name": path[0], "options": nested(below, path[1:], leaf_options)}]


def check_given(command: Json, given: Iterable[str]) -> None:
    """What Discord's own client would not let a member send."""
    names = {option["name"] for option in command.get("options", [])}
    required = {option["name"] for option in command.get("options", []) if option.get("required")}
    if unknown := set(given) - names:
        raise LookupError(f"{command['name']!r} has no option {sorted(unknown)}, only {sorted(names)}")
    if missing := required - set(given):
        raise ValueError(f"{command['name']!r} needs {sorted(missing)}")


def check_value(option: Json, value: object) -> None:
    """Lengths, ranges and choices, as Discord's own client keeps them."""
    choices = [choice["value"] for choice in option.get("choices") or []]
    if choices and value not in choices:
        raise ValueError(f"{option['name']!r} is one of {choices}, not {value!r}")
    if isinstance(value, str):
        least, most = option.get("min_length", 0), option.get("max_length", 6000)
        if not least <= len(value) <= most:
            raise ValueError(f"{option['name']!r} takes {least} to {most} characters, not {len(value)}")
    elif isinstance(value, int | float) and not isinstance(value, bool):
        least, most = option.get("min_value", value), option.get("max_value", value)
        if not least <= value <= most:
            raise ValueError(f"{option['name']!r} takes {least} to {most}, not {value}")


def _key(command: Json) -> tuple[int, str]:
    return command.get("type", CHAT_INPUT), command["name"]


def _check(command: Json) -> None:
    if command.get("type", CHAT_INPUT) != CHAT_INPUT:
        return
    name = command["name"]
    if not COMMAND_NAME.fullmatch(name) or name != name.lower():
        raise errors.invalid_form("name", "APPLICATION_COMMAND_INVALID_NAME", "Command name is invalid")
    _check_described(command)


def _check_described(command: Json) -> None:
    if not 1 <= len(command.get("description", "")) <= DESCRIPTION_LENGTH:
        raise errors.invalid_form("description", "BASE_TYPE_BAD_LENGTH", "Must be between 1 and 100 in length.")
    options = command.get("options") or []
    if len(options) > OPTIONS:
        raise errors.too_long("options", OPTIONS)
    needed = [bool(option.get("required")) for option in options]
    if needed != sorted(needed, reverse=True):
        raise errors.invalid_form(
            "options",
            "APPLICATION_COMMAND_OPTIONS_REQUIRED_INVALID",
            "Required options must be placed before non-required options",
        )
    for option in options:
        _check_described(option)
