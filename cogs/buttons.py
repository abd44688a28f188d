"""Buttons below pictures and problems: each names a turn, and works for its owner and for moderators."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from contextlib import suppress
from re import Match
from typing import Any, Self

import discord

from bot.app import IdentityBot
from bot.buttons import Action, use_button
from bot.domain import Turn
from bot.error_replies import answer, answer_error
from bot.errors import BotError
from bot.imaging.fitting import fit
from bot.posting import picture_file, translated
from bot.services.orders import ChatOrder
from bot.services.versions import Click, Versions
from bot.visits import admit, moderates, require_still_member
from bot.wording import CANCELLED, again_taken, edit_taken, next_edits, original_of
from cogs.edit_modal import EditModal

Interaction = discord.Interaction[IdentityBot]
Button = discord.ui.Button[discord.ui.View]

OPEN_TO_THE_LEFT = frozenset({Action.ORIGINAL, Action.CANCEL})
"""What makes and changes no picture goes on when the owner has left the server."""


class TurnButton(discord.ui.DynamicItem[Button], template=rf"(?P<action>{'|'.join(Action)}):(?P<turn>[0-9]+)"):
    """Any button that names a turn, as found again by its id after any number of restarts."""

    def __init__(self, item: Button, action: Action, turn_id: int) -> None:
        super().__init__(item)
        self._action = action
        self._turn_id = turn_id

    @classmethod
    async def from_custom_id(  # type: ignore[override]  # the item of this template is a button
        cls, _interaction: discord.Interaction[Any], item: Button, match: Match[str], /
    ) -> Self:
        """Called by discord.py for each click."""
        return cls(item, Action(match["action"]), int(match["turn"]))

    async def callback(self, interaction: Interaction) -> None:  # type: ignore[override]
        """Does what the button says, and answers the one who clicked whatever comes of it."""
        try:
            await admit(interaction)
            turn, order = await _versions(interaction).pressed(self._turn_id, await clicked(interaction))
            if self._action not in OPEN_TO_THE_LEFT:
                await require_still_member(interaction, turn)
            await PRESSED[self._action](interaction, turn, order)
        except Exception as error:  # noqa: BLE001 - whatever it is, the one who clicked gets an answer
            await answer_error(interaction, error)


async def clicked(interaction: Interaction) -> Click:
    """Who clicked, and with what rights."""
    return Click(user_id=interaction.user.id, guild_id=interaction.guild_id, moderator=await moderates(interaction))


async def _undo(interaction: Interaction, _turn: Turn, order: ChatOrder) -> None:
    await _think(interaction)
    await answer(interaction, next_edits(await _versions(interaction).undo(order)))


async def _redo(interaction: Interaction, _turn: Turn, order: ChatOrder) -> None:
    await _think(interaction)
    await answer(interaction, next_edits(await _versions(interaction).redo(order)))


async def _use(interaction: Interaction, turn: Turn, order: ChatOrder) -> None:
    await _think(interaction)
    await answer(interaction, next_edits(await _versions(interaction).use(order, turn.id)))


async def _again(interaction: Interaction, turn: Turn, order: ChatOrder) -> None:
    await _think(interaction)
    taken = await _versions(interaction).again(order, interaction.id, turn.id)
    await answer(interaction, again_taken(taken.turn.place.thread_id))


async def _edit(interaction: Interaction, turn: Turn, order: ChatOrder) -> None:
    await interaction.response.send_modal(EditModal(turn, order))


async def _original(interaction: Interaction, turn: Turn, order: ChatOrder) -> None:
    await _think(interaction)
    original = await _versions(interaction).original(turn, order)
    fitting = await fit(original.picture, interaction.filesize_limit)
    more: dict[str, Any] = {} if original.is_head else {"view": use_button(turn)}
    sentence = original_of(turn, original.picture, as_it_was=fitting is original.picture)
    await answer(interaction, sentence, file=picture_file(turn, fitting), **more)


async def _upscale(interaction: Interaction, turn: Turn, order: ChatOrder) -> None:
    await _think(interaction)
    taken = await _versions(interaction).upscale(order, interaction.id, turn.id)
    await answer(interaction, edit_taken(taken.turn.place.thread_id, ()))


async def _try_again(interaction: Interaction, turn: Turn, order: ChatOrder) -> None:
    """Takes the button away, so that it is not pressed twice."""
    await interaction.response.defer()
    await _versions(interaction).try_again(turn.id, order)
    with suppress(BotError), translated():  # where its message is gone, so is the button
        await interaction.edit_original_response(view=None)


async def _cancel(interaction: Interaction, turn: Turn, order: ChatOrder) -> None:
    await _think(interaction)
    await _versions(interaction).cancel(turn, order)
    await answer(interaction, CANCELLED)


def _versions(interaction: Interaction) -> Versions:
    return interaction.client.services.versions


async def _think(interaction: Interaction) -> None:
    """Shows the one who clicked, and nobody else, that something is coming."""
    await interaction.response.defer(ephemeral=True, thinking=True)


PRESSED: dict[Action, Callable[[Interaction, Turn, ChatOrder], Awaitable[None]]] = {
    Action.UNDO: _undo,
    Action.REDO: _redo,
    Action.AGAIN: _again,
    Action.EDIT: _edit,
    Action.ORIGINAL: _original,
    Action.USE: _use,
    Action.UPSCALE: _upscale,
    Action.TRY_AGAIN: _try_again,
    Action.CANCEL: _cancel,
}


async def setup(bot: IdentityBot) -> None:
    """Called by discord.py."""
    bot.add_dynamic_items(TurnButton)
