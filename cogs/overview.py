"""How a chat is shown: where it stands, and its newest picture."""

from __future__ import annotations

from typing import Any

import discord

from bot.error_replies import answer
from bot.errors import NoChat, UserWithoutChat
from bot.imaging.fitting import fit
from bot.posting import picture_file
from bot.services.image_chat import Overview
from bot.wording import chat_overview, latest_problem, starting_overview


async def show_overview(
    interaction: discord.Interaction[Any], overview: Overview, *, of_user: int | None = None
) -> None:
    """Shows it to the one who asked; `of_user` is whose it is, when it is another's. Raises NoChat, UserWithoutChat."""
    if overview.chat is None:
        if overview.starting is not None:
            await answer(interaction, starting_overview(overview.starting))
        elif overview.newest is not None and overview.newest.problem:
            await answer(interaction, latest_problem(overview.newest.problem))
        else:
            raise NoChat if of_user is None else UserWithoutChat(of_user)
        return
    text = chat_overview(overview.chat, overview.pictures, overview.head, overview.newest, overview.waiting)
    if overview.head is None or overview.head_picture is None:
        await answer(interaction, text)
        return
    fitting = await fit(overview.head_picture, interaction.filesize_limit)
    await answer(interaction, text, file=picture_file(overview.head, fitting))
