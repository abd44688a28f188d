"""How a chat's versions are shown, and the menu below them; the commands are in `cogs.identity`."""

from __future__ import annotations

from collections.abc import Sequence
from io import BytesIO
from re import Match
from typing import Any, Self

import discord
from discord import app_commands

from bot.app import IdentityBot
from bot.buttons import to_send, use_buttons
from bot.domain import Version
from bot.error_replies import answer, answer_error
from bot.errors import NoChat, StillDrawing
from bot.services.timeline import Comparison, History, Timeline, Versioned
from bot.visits import admit, require_still_member
from bot.wording import (
    EDITED_NEXT,
    GO_ON_FROM,
    compared,
    comparison_alt_text,
    next_edits,
    timeline_alt_text,
    timeline_shown,
    version_label,
)
from cogs.buttons import clicked

MOST_OPTIONS = 25
"""Of a menu, and of what is suggested while somebody types: Discord takes no more."""

MENU_ID = "go-on-from"
"""The same below every timeline: what is picked names a turn, and the turn its chat."""

Menu = discord.ui.Select[discord.ui.View]


class VersionMenu(discord.ui.DynamicItem[Menu], template=MENU_ID):
    """The menu below a timeline, as found again after any number of restarts."""

    @classmethod
    async def from_custom_id(  # type: ignore[override]  # the item of this template is a menu
        cls, _interaction: discord.Interaction[Any], item: Menu, _match: Match[str], /
    ) -> Self:
        """Called by discord.py for each pick."""
        return cls(item)

    async def callback(self, interaction: discord.Interaction[IdentityBot]) -> None:  # type: ignore[override]
        """Makes the picked version the one that the next prompt edits."""
        try:
            await admit(interaction)
            await interaction.response.defer(ephemeral=True, thinking=True)
            versions = interaction.client.services.versions
            turn, order = await versions.pressed(int(self.item.values[0]), await clicked(interaction))
            await require_still_member(interaction, turn)
            await answer(interaction, next_edits(await versions.use(order, turn.id)))
        except Exception as error:  # noqa: BLE001 - whatever it is, the one who picked gets an answer
            await answer_error(interaction, error)


async def show_history(interaction: discord.Interaction[Any], history: History) -> None:
    """Shows all versions in one picture, with a menu of the newest ones where there are several."""
    sentence = timeline_shown(history.chat, history.head, len(history.shown), len(history.versions))
    description = timeline_alt_text(history.shown, history.head)
    file = discord.File(BytesIO(history.picture.data), filename="history.jpg", description=description)
    more: dict[str, Any] = {"view": version_menu(history)} if len(history.versions) > 1 else {}
    await answer(interaction, sentence, file=file, **more)


async def show_comparison(interaction: discord.Interaction[Any], comparison: Comparison) -> None:
    """Shows two versions, with a button for each that is not the head."""
    before, after = comparison.before, comparison.after
    description = comparison_alt_text(before, after)
    file = discord.File(BytesIO(comparison.picture.data), filename="comparison.jpg", description=description)
    others = [each for each in (before, after) if each != comparison.head]
    await answer(interaction, compared(before, after), file=file, view=use_buttons(others))


async def version_choices(timeline: Timeline, user_id: int, typed: str) -> list[app_commands.Choice[str]]:
    """The user's versions whose number or prompt holds what was typed, newest first."""
    try:
        known = await timeline.of_user(user_id)
    except (NoChat, StillDrawing):
        return []
    labels = {f"v{each.number}": version_label(each) for each in reversed(known.versions)}
    matching = [(name, label) for name, label in labels.items() if typed.casefold() in label.casefold()]
    return [app_commands.Choice(name=label, value=name) for name, label in matching[:MOST_OPTIONS]]


def version_menu(known: Versioned) -> discord.ui.View:
    """The newest versions to pick from."""
    view = discord.ui.View(timeout=None)
    newest = known.versions[: -MOST_OPTIONS - 1 : -1]
    view.add_item(discord.ui.Select(custom_id=MENU_ID, placeholder=GO_ON_FROM, options=_options(newest, known.head)))
    return to_send(view)


def _options(versions: Sequence[Version], head: Version) -> list[discord.SelectOption]:
    return [
        discord.SelectOption(
            label=version_label(each),
            value=str(each.turn_id),
            description=EDITED_NEXT if each == head else None,
        )
        for each in versions
    ]


async def setup(bot: IdentityBot) -> None:
    """Called by discord.py."""
    bot.add_dynamic_items(VersionMenu)
