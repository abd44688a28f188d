"""Files that Discord attached, read at once: their links expire. No URL out of a message is ever followed."""

from __future__ import annotations

from collections.abc import Iterable

import aiohttp
import discord

from bot.domain import RawPhoto
from bot.errors import AttachmentUnreadable, NothingAttached
from bot.imaging.intake import MAX_PHOTO_BYTES


def attached_to(message: discord.Message) -> list[discord.Attachment]:
    """The files of the message, or of the one that it forwards. Raises NothingAttached."""
    forwarded = [each for snapshot in message.message_snapshots for each in snapshot.attachments]
    files = [*message.attachments, *forwarded]
    if not files:
        raise NothingAttached
    return files


async def read_files(attachments: Iterable[discord.Attachment | None]) -> tuple[RawPhoto, ...]:
    """The files in order. Of one that is too large for a photo only the name and size are taken.

    Raises AttachmentUnreadable when Discord does not hand one out.
    """
    return tuple([await _read(attachment) for attachment in attachments if attachment is not None])


async def _read(attachment: discord.Attachment) -> RawPhoto:
    try:
        data = await attachment.read() if attachment.size <= MAX_PHOTO_BYTES else b""
    except (discord.HTTPException, aiohttp.ClientError, TimeoutError, OSError) as error:
        raise AttachmentUnreadable from error
    return RawPhoto(name=attachment.filename, data=data, byte_size=attachment.size)
