"""Files that Discord attached, read at once: their links expire. No URL out of a message is ever followed."""

from __future__ import annotations

from collections.abc import Iterable

import aiohttp
import discord

from bot.domain import RawPhoto
from bot.errors import AttachmentUnreadable, NothingAttached
from bot.imaging.intake import MAX_PHOTO_BYTES
from cogs.byte_budget import ByteBudget

MOST_BYTES = 256 * 2**20
"""Of files that wait to become photos: one at a time does, and two hundred members at once may send some."""

_held = ByteBudget(MOST_BYTES)


def attached_to(message: discord.Message) -> list[discord.Attachment]:
    """The files of the message, or of the one that it forwards. Raises NothingAttached."""
    forwarded = [each for snapshot in message.message_snapshots for each in snapshot.attachments]
    files = [*message.attachments, *forwarded]
    if not files:
        raise NothingAttached
    return files


async def read_files(attachments: Iterable[discord.Attachment | None]) -> tuple[RawPhoto, ...]:
    """The files in order. Of one that is too large for a photo only the name and size are taken.

    Waits while others hold `MOST_BYTES`. Raises AttachmentUnreadable when Discord does not hand one out.
    """
    given = [each for each in attachments if each is not None]
    await _held.reserve(sum(map(_size_read, given)))
    files: list[RawPhoto] = []
    try:
        for each in given:
            files.append(await _read(each))
            _held.release_with(files[-1], _size_read(each))
    finally:
        _held.release(sum(map(_size_read, given[len(files) :])))
    return tuple(files)


def _size_read(attachment: discord.Attachment) -> int:
    return attachment.size if attachment.size <= MAX_PHOTO_BYTES else 0


async def _read(attachment: discord.Attachment) -> RawPhoto:
    try:
        data = await attachment.read() if _size_read(attachment) else b""
    except (discord.HTTPException, aiohttp.ClientError, TimeoutError, OSError) as error:
        raise AttachmentUnreadable from error
    return RawPhoto(name=attachment.filename, data=data, byte_size=attachment.size)
