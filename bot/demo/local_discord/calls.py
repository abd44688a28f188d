"""A member's commands, clicks and forms as the interactions that the bot is sent."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from bot.demo.local_discord import components, errors, message_payloads, payloads, posting
from bot.demo.local_discord.accounts import Account
from bot.demo.local_discord.commands import check_given, check_value, nested, walk
from bot.demo.local_discord.events import Json
from bot.demo.local_discord.interactions import AUTOCOMPLETE, COMMAND, COMPONENT, MODAL_SUBMIT, Interaction
from bot.demo.local_discord.messages import Message, Upload
from bot.demo.local_discord.permissions import Permission
from bot.demo.local_discord.places import GuildPlace, Place

STRING, INTEGER, BOOLEAN, USER, CHANNEL, NUMBER, ATTACHMENT = 3, 4, 5, 6, 7, 10, 11
PLAIN_TYPES: Mapping[int, tuple[type, ...]] = {
    STRING: (str,),
    INTEGER: (int,),
    BOOLEAN: (bool,),
    NUMBER: (int, float),
}
USER_MENU, MESSAGE_MENU = 2, 3
GUILD_CONTEXT, DM_CONTEXT = 0, 1
USER_INSTALL = 1


class Resolved:
    """The objects that option values refer to by id."""

    def __init__(self, user: Account, place: Place) -> None:
        self._user = user
        self._place = place
        self.payload: dict[str, dict[str, Json]] = {}

    def user(self, someone: Account) -> str:
        self._put("users", someone.id, payloads.user(someone))
        guild = self._place.guild
        if guild is not None and someone.id in guild.members:
            member = payloads.member(guild, guild.members[someone.id], with_user=False)
            permissions = str(int(self._place.permissions_of(someone)))
            self._put("members", someone.id, member | {"permissions": permissions})
        return str(someone.id)

    def channel(self, place: GuildPlace) -> str:
        permissions = str(int(place.permissions_of(self._user)))
        self._put("channels", place.id, place.payload() | {"permissions": permissions})
        return str(place.id)

    def file(self, file: object) -> str:
        match file:
            case (str(name), bytes(data)):
                kept = self._place.world.keep(self._place, Upload(name, data), ephemeral=True)
            case _:
                raise TypeError(f"a file is given as (name, bytes), not {type(file).__name__}")
        if kept.size > self._place.upload_limit:
            raise errors.file_too_large()
        self._put("attachments", kept.id, message_payloads.attachment(self._place.world, kept))
        return str(kept.id)

    def files(self, files: object) -> list[str]:
        if not isinstance(files, list | tuple):
            raise TypeError("files are given as a list of (name, bytes)")
        return [self.file(file) for file in files]

    def message(self, message: Message) -> str:
        self._put("messages", message.id, message_payloads.message(message))
        return str(message.id)

    def _put(self, kind: str, entry_id: int, entry: Json) -> None:
        self.payload.setdefault(kind, {})[str(entry_id)] = entry


def slash(
    user: Account, place: Place, name: str, given: Mapping[str, object], *, focused: str | None = None
) -> Interaction:
    root, *path = name.split()
    command = _reachable_command(user, place, root)
    leaf = walk(command, path)
    if focused is None:
        check_given(leaf, given)
    resolved = Resolved(user, place)
    known = {option["name"]: option for option in leaf.get("options", [])}
    values = [_option(known[each], value, resolved, is_focused=each == focused) for each, value in given.items()]
    data: Json = {"id": command["id"], "name": root, "type": 1, "options": nested(command, path, values)}
    kind = COMMAND if focused is None else AUTOCOMPLETE
    return _send(Interaction(user, place, kind, data | {"resolved": resolved.payload}))


def context_menu(user: Account, place: Place, name: str, target: Message | Account) -> Interaction:
    kind = USER_MENU if isinstance(target, Account) else MESSAGE_MENU
    command = _reachable_command(user, place, name, kind)
    resolved = Resolved(user, place)
    target_id = resolved.user(target) if isinstance(target, Account) else resolved.message(target)
    data: Json = {"id": command["id"], "name": name, "type": kind, "target_id": target_id}
    return _send(Interaction(user, place, COMMAND, data | {"resolved": resolved.payload}))


def click(user: Account, message: Message, *, custom_id: str | None, label: str | None) -> Interaction:
    button = components.find(message.components, custom_id=custom_id, label=label, types=frozenset({components.BUTTON}))
    return _use_component(user, message, {"custom_id": button["custom_id"], "component_type": button["type"]})


def select(user: Account, message: Message, values: Sequence[str], *, custom_id: str | None) -> Interaction:
    types = frozenset({components.STRING_SELECT})
    menu = components.find(message.components, custom_id=custom_id, label=None, types=types)
    offered = [option["value"] for option in menu["options"]]
    if not set(values) <= set(offered):
        raise ValueError(f"{list(values)} are not all among {offered}")
    data = {"custom_id": menu["custom_id"], "component_type": menu["type"], "values": list(values)}
    return _use_component(user, message, data)


def submit_modal(user: Account, opened_by: Interaction, values: Mapping[str, object]) -> Interaction:
    if opened_by.modal is None:
        raise LookupError(f"{opened_by} was not answered with a modal")
    resolved = Resolved(user, opened_by.place)
    filled = components.filled_in(opened_by.modal, dict(values), resolved.files)
    data: Json = {"custom_id": opened_by.modal["custom_id"], "components": filled, "resolved": resolved.payload}
    return _send(Interaction(user, opened_by.place, MODAL_SUBMIT, data, opened_by.source))


def _use_component(user: Account, message: Message, data: Json) -> Interaction:
    not_theirs = message.ephemeral and message.interaction is not None and message.interaction.user is not user
    if message.deleted or not_theirs:
        raise errors.unknown("Message")
    posting.require(message.place, user, Permission.VIEW_CHANNEL)
    return _send(Interaction(user, message.place, COMPONENT, data, message))


def _reachable_command(user: Account, place: Place, name: str, kind: int = 1) -> Json:
    guild_id = None if place.guild is None else place.guild.id
    command = place.world.commands.find(name, guild_id, kind)
    context = DM_CONTEXT if guild_id is None else GUILD_CONTEXT
    if command.get("contexts") is not None and context not in command["contexts"]:
        raise LookupError(f"{name!r} is not offered in {place!r}")
    if place.guild is not None and not place.guild.bot_is_member and USER_INSTALL not in command["integration_types"]:
        raise LookupError(f"{name!r} is not offered in {place!r}, where the bot is no member")
    if guild_id is not None:
        needed = Permission(int(command.get("default_member_permissions") or 0))
        posting.require(place, user, needed | Permission.USE_APPLICATION_COMMANDS)
    return command


def _option(option: Json, value: object, resolved: Resolved, *, is_focused: bool) -> Json:
    payload: Json = {"type": option["type"], "name": option["name"]}
    if is_focused:
        return payload | {"value": value, "focused": True}
    return payload | {"value": _value(option, value, resolved)}


def _value(option: Json, value: object, resolved: Resolved) -> object:
    kind = option["type"]
    if kind == ATTACHMENT:
        return resolved.file(value)
    if kind == USER and isinstance(value, Account):
        return resolved.user(value)
    if kind == CHANNEL and isinstance(value, GuildPlace):
        return resolved.channel(value)
    wrong_bool = isinstance(value, bool) and kind != BOOLEAN
    if wrong_bool or not isinstance(value, PLAIN_TYPES.get(kind, ())):
        raise TypeError(f"option {option['name']!r} of type {kind} does not take {type(value).__name__}")
    check_value(option, value)
    return value


def _send(interaction: Interaction) -> Interaction:
    interaction.send()
    return interaction
