"""A turn as the database keeps it, and as everything else knows it."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Executable
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.domain import Ask, ImageSettings, Place, Turn, TurnKind, TurnState
from storage.rows import AnyRow


async def all_turns(connection: AsyncConnection, statement: Executable, **values: Any) -> list[Turn]:
    return [turn_of(row) for row in await connection.execute(statement, values)]


async def first_turn(connection: AsyncConnection, statement: Executable, **values: Any) -> Turn | None:
    row = (await connection.execute(statement, values)).first()
    return None if row is None else turn_of(row)


def values_of(ask: Ask) -> dict[str, Any]:
    """What is stored of a prompt when it is taken."""
    return {
        "kind": ask.kind,
        "state": TurnState.ASKED,
        "user_id": ask.user_id,
        "asked_by": ask.asked_by,
        "chat_id": ask.chat_id,
        "parent_id": ask.parent_id,
        "source_id": ask.source_id,
        "reply_to_message_id": ask.reply_to_message_id,
        "guild_id": ask.place.guild_id,
        "channel_id": ask.place.channel_id,
        "thread_id": ask.place.thread_id,
        "identity_id": ask.identity_id,
        "identity_name": ask.identity_name,
        "model": ask.image.model,
        "aspect_ratio": ask.image.aspect_ratio,
        "image_size": ask.image.image_size,
        "prompt": ask.prompt,
        "user_content": ask.user_content,
    }


def turn_of(row: AnyRow) -> Turn:
    return Turn(
        id=row.id,
        kind=TurnKind(row.kind),
        state=TurnState(row.state),
        user_id=row.user_id,
        asked_by=row.asked_by,
        chat_id=row.chat_id,
        parent_id=row.parent_id,
        version=row.version,
        source_id=row.source_id,
        reply_to_message_id=row.reply_to_message_id,
        place=Place(guild_id=row.guild_id, channel_id=row.channel_id, thread_id=row.thread_id),
        prompt=row.prompt,
        image=ImageSettings(model=row.model, aspect_ratio=row.aspect_ratio, image_size=row.image_size),
        identity_id=row.identity_id,
        identity_name=row.identity_name,
        user_content=row.user_content,
        model_content=row.model_content,
        picture_sha256=row.picture_sha256,
        reply_message_id=row.reply_message_id,
        status_message_id=row.status_message_id,
        problem=row.problem,
        retryable=row.retryable,
        attempt=row.attempt,
        asked_at=row.asked_at,
    )
