"""What a server's Integrations settings say of commands, held against SimCord's reading of Discord's rules."""

from __future__ import annotations

import discord
import pytest

from bot.command_permissions import CHANNEL, ROLE, USER, Caller, Overwrite, allowed

GUILD, STUDIO, THREAD, PAINTERS, APPRENTICES, ALICE = 100, 7, 8, 21, 22, 33
EVERYONE, ALL_CHANNELS = GUILD, GUILD - 1
MANAGES = discord.Permissions(manage_guild=True)


def on(target: int, kind: int) -> Overwrite:
    return Overwrite(target, kind, permission=True)


def off(target: int, kind: int) -> Overwrite:
    return Overwrite(target, kind, permission=False)


def caller(permissions: discord.Permissions | None = None) -> Caller:
    granted = discord.Permissions.none() if permissions is None else permissions
    return Caller(ALICE, frozenset({GUILD, PAINTERS, APPRENTICES}), (THREAD, STUDIO), GUILD, granted)


@pytest.mark.parametrize(
    ("own", "general", "default", "expected"),
    [
        ([], [], None, True),
        ([], [], MANAGES, False),
        ([off(ALICE, USER)], [], None, False),
        ([on(ALICE, USER), off(PAINTERS, ROLE)], [], MANAGES, True),
        ([off(PAINTERS, ROLE), on(APPRENTICES, ROLE)], [], None, True),
        ([off(EVERYONE, ROLE), on(PAINTERS, ROLE)], [], None, True),
        ([off(EVERYONE, ROLE)], [], None, False),
        ([off(STUDIO, CHANNEL)], [], None, False),
        ([off(ALL_CHANNELS, CHANNEL), on(STUDIO, CHANNEL)], [], None, True),
        ([on(THREAD, CHANNEL)], [off(ALL_CHANNELS, CHANNEL)], None, True),
        ([], [off(EVERYONE, ROLE)], None, False),
        ([on(PAINTERS, ROLE)], [off(ALICE, USER)], None, True),
        ([], [on(ALICE, USER)], MANAGES, False),  # for all commands, which gives no moderator's command to anybody
        ([], [], discord.Permissions.none(), False),  # administrators alone
    ],
)
def test_the_command_s_own_settings_come_first(
    own: list[Overwrite], general: list[Overwrite], default: discord.Permissions | None, expected: bool
) -> None:
    assert allowed(caller(), own, general, default) is expected


def test_who_has_the_permission_that_the_command_asks_for_may_use_it() -> None:
    assert allowed(caller(discord.Permissions(manage_guild=True, send_messages=True)), [], [], MANAGES)


def test_administrators_may_use_everything() -> None:
    administrator = caller(discord.Permissions(administrator=True))

    assert allowed(administrator, [off(ALICE, USER)], [off(ALL_CHANNELS, CHANNEL)], MANAGES)
