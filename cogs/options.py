"""Options that several commands share, described once."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import discord
from discord import app_commands

from bot.app import IdentityBot
from bot.domain import MAX_DESCRIPTION_LENGTH, MAX_NAME_LENGTH, MAX_PROMPT_LENGTH, Identity
from bot.gemini.catalog import ratios, sizes
from bot.servers import MAX_REASON_LENGTH
from bot.services.identities import Identities
from bot.services.image_chat import ImageChats
from bot.texts import shorten

Name = app_commands.Range[str, 1, MAX_NAME_LENGTH]
Description = app_commands.Range[str, 1, MAX_DESCRIPTION_LENGTH]
Prompt = app_commands.Range[str, 1, MAX_PROMPT_LENGTH]
Photo = discord.Attachment | None
Reason = app_commands.Range[str, 1, MAX_REASON_LENGTH]
Count = app_commands.Range[int, 0, 100_000]
Days = app_commands.Range[int, 1, 90]

FURTHER = {"photo2": "second", "photo3": "third", "photo4": "fourth", "photo5": "fifth"}

PHOTOS = {"photo1": "A photo of the person, best of the face: JPEG, PNG, WebP or HEIC"} | {
    name: f"One more photo of the person, the {ordinal}" for name, ordinal in FURTHER.items()
}

PHOTOS_FOR_EDIT = {"photo1": "A photo to work into the picture, such as of a hat or a place"} | {
    name: f"One more photo to work into the picture, the {ordinal}" for name, ordinal in FURTHER.items()
}

MAX_CHOICES = 25
"""As many as Discord shows while somebody types."""

MAX_CHOICE_LENGTH = 100

FIRST_PICTURE = {
    "identity": "Who to be: the name of an identity, such as The Artist",
    "description": "What that identity is like; with it, a new name is made on the spot",
    "instructions": "What is wanted this time, such as a place, a pose or a mood",
    "aspect": "The picture's shape, width to height",
    "size": "The picture's size: 1K is quickest, 4K the finest",
    **PHOTOS,
}


async def _ratios(interaction: discord.Interaction[IdentityBot], typed: str) -> list[app_commands.Choice[str]]:
    return _matching(ratios(await _model(interaction)), typed)


async def _sizes(interaction: discord.Interaction[IdentityBot], typed: str) -> list[app_commands.Choice[str]]:
    return _matching(sizes(await _model(interaction)), typed)


async def _model(interaction: discord.Interaction[IdentityBot]) -> str:
    return await interaction.client.services.image_choice.model(interaction.guild_id)


def _matching(offered: tuple[str, ...], typed: str) -> list[app_commands.Choice[str]]:
    return [app_commands.Choice(name=each, value=each) for each in offered if typed.upper() in each]


offers_of_the_model = app_commands.autocomplete(aspect=_ratios, size=_sizes)
"""For commands with the options `aspect` and `size`: suggests what the model that is set makes."""


async def identity_choices(identities: Identities, user_id: int, typed: str) -> list[app_commands.Choice[str]]:
    """The user's identities whose name holds what was typed."""
    return named_choices(await identities.of_user(user_id), typed)


def named_choices(identities: Sequence[Identity], typed: str) -> list[app_commands.Choice[str]]:
    """Those whose name holds what was typed."""
    names = [each.name for each in identities]
    matching = [name for name in names if typed.casefold() in name.casefold()]
    return [app_commands.Choice(name=shorten(name, MAX_CHOICE_LENGTH), value=name) for name in matching[:MAX_CHOICES]]


async def prompt_choices(chats: ImageChats, user_id: int, typed: str) -> list[app_commands.Choice[str]]:
    """The user's recent prompts that hold what was typed, but for those that are too long to be chosen."""
    prompts = [each for each in await chats.recent_prompts(user_id, typed) if len(each) <= MAX_CHOICE_LENGTH]
    return [app_commands.Choice(name=each, value=each) for each in prompts[:MAX_CHOICES]]


async def is_member(guild: discord.Guild, user_id: int) -> bool:
    """Whether that user is on the server: whoever types a command may put any id into it."""
    try:
        return (guild.get_member(user_id) or await guild.fetch_member(user_id)) is not None
    except discord.HTTPException:
        return False


def chosen_user_id(interaction: discord.Interaction[Any]) -> int | None:
    """The user that a moderator has picked so far in a command that is still being typed."""
    picked = getattr(interaction.namespace, "user", None)
    return getattr(picked, "id", None)
