"""Files that Discord attached, read at once: their links expire. No URL out of a message is ever followed."""

from __future__ import annotations

from collections.abc import Iterable

import discord

from bot.domain import RawPhoto
from bot.imaging.intake import MAX_PHOTO_BYTES


async def read_files(attachments: Iterable[discord.Attachment | None]) -> tuple[RawPhoto, ...]:
    """The files in order. Of one that is too large for a photo only the name and size are taken."""
    return tuple([await _read(attachment) for attachment in attachments if attachment is not None])


async def _read(attachment: discord.Attachment) -> RawPhoto:
    data = await attachment.read() if attachment.size <= MAX_PHOTO_BYTES else b""
    return RawPhoto(name=attachment.filename, data=data, byte_size=attachment.size)
