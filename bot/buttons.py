"""Buttons below the bot's messages. They outlive a restart: `cogs.buttons` answers a click by the button's id."""

from __future__ import annotations

from collections.abc import Iterable
from enum import StrEnum

import discord

from bot.domain import Turn, TurnKind, Version
from bot.gemini.catalog import is_largest
from bot.wording import BUTTON_LABELS, use_label


class Action(StrEnum):
    """What a button does with its turn; the first half of the button's id."""

    UNDO = "undo"
    REDO = "redo"
    AGAIN = "again"
    EDIT = "edit"
    ORIGINAL = "original"
    UPSCALE = "upscale"
    USE = "use"
    TRY_AGAIN = "try-again"
    CANCEL = "cancel"


def picture_buttons(turn: Turn) -> discord.ui.View | None:
    """Below a picture of a chat; one without a chat is not kept, so there is nothing to do with it."""
    if turn.kind is TurnKind.ONCE:
        return None
    larger = () if is_largest(turn.image) else (Action.UPSCALE,)
    return _row(turn.id, Action.UNDO, Action.REDO, Action.AGAIN, Action.EDIT, Action.ORIGINAL, *larger)


def try_again_button(turn: Turn) -> discord.ui.View:
    """Below the sentence that says why a turn came to nothing."""
    return _row(turn.id, Action.TRY_AGAIN)


def cancel_button(turn: Turn) -> discord.ui.View:
    """Below the line that says how far a prompt is."""
    return _row(turn.id, Action.CANCEL)


def use_button(turn: Turn) -> discord.ui.View:
    """Below an earlier version that is looked at."""
    return _row(turn.id, Action.USE)


def use_buttons(versions: Iterable[Version]) -> discord.ui.View:
    """Below several versions that are looked at, each button with its version's name."""
    return _view((use_label(version), button_id(Action.USE, version.turn_id)) for version in versions)


def button_id(action: Action, turn_id: int) -> str:
    """By which a click names the button, and a message is known again."""
    return f"{action}:{turn_id}"


def _row(turn_id: int, *actions: Action) -> discord.ui.View:
    return _view((BUTTON_LABELS[action], button_id(action, turn_id)) for action in actions)


def to_send(view: discord.ui.View) -> discord.ui.View:
    """Stopped, for discord.py keeps every other view that is ever sent in memory; clicks are answered by their ids."""
    view.stop()
    return view


def _view(buttons: Iterable[tuple[str, str]]) -> discord.ui.View:
    """Buttons by label and id."""
    view = discord.ui.View(timeout=None)
    for label, custom_id in buttons:
        view.add_item(discord.ui.Button(label=label, custom_id=custom_id))
    return to_send(view)
