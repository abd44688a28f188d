"""What moderators do in tests, and where it is told."""

from __future__ import annotations

from simcord.builders import ChannelHandle
from simcord.results import InteractionResult

from stage import Stage, bot_messages


async def admin(stage: Stage, command: str, **options: object) -> InteractionResult:
    """A moderator's command, about Alice unless `options` say otherwise."""
    return await stage.mona.slash(stage.studio, f"identity-admin {command}", **{"user": stage.alice} | options)


async def log_channel(stage: Stage) -> ChannelHandle:
    """A channel where the bot tells what moderators do."""
    channel = stage.guild.create_text_channel("log")
    await stage.mona.slash(stage.studio, "identity-settings log-channel", channel=channel)
    return channel


def told_in(channel: ChannelHandle) -> list[str]:
    """But for what is said first: that it was chosen."""
    return [message.content for message in bot_messages(channel)][1:]
