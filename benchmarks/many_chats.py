"""A database with many chats in it, copied from one that the bot's own repositories wrote."""

from __future__ import annotations

import sqlite3
from base64 import urlsafe_b64encode
from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bot.demo.local_gemini.signatures import sign_picture
from bot.domain import Ask, Generated, ImageSettings, Picture, Place, Turn, TurnKind, Usage
from bot.gemini.chat_history import picture_part, user_content
from storage.database import Database, Repositories

Row = dict[str, Any]

IDS_A_CHAT = 1000
"""Room for the ids of a chat and its turns: more than it has."""

LONG_AGO = "2026-01-01 00:00:00.000000"


@dataclass(frozen=True)
class Chat:
    """Whose it is, where, and the newest messages in it: a prompt and the picture that answers it."""

    user_id: int
    place: Place
    prompt_id: int
    picture_id: int


async def write_chat(repos: Repositories, chat: Chat, image: ImageSettings, pictures: Sequence[Picture]) -> None:
    """A chat in which each picture is a turn, all of them posted."""
    await repos.users.ensure(chat.user_id)
    stored = await repos.chats.create(
        chat.user_id, identity_id=None, identity_name="The Artist", place=chat.place, image=image
    )
    parent_id = None
    for number, picture in enumerate(pictures):
        newest = number == len(pictures) - 1
        prompt_id = chat.prompt_id if newest else chat.prompt_id - 2 * (len(pictures) - number)
        turn = await _turn(repos, chat, stored.id, prompt_id, image)
        await repos.turns.generated(turn, _answer(turn, picture), chat_id=stored.id, parent_id=parent_id)
        await repos.turns.posted(turn.id, chat.picture_id if newest else prompt_id + 1)
        await repos.chats.set_head(stored.id, turn.id)
        parent_id = turn.id


async def _turn(repos: Repositories, chat: Chat, chat_id: int, prompt_id: int, image: ImageSettings) -> Turn:
    turn = await repos.turns.take(
        Ask(
            kind=TurnKind.EDIT,
            user_id=chat.user_id,
            asked_by=chat.user_id,
            source_id=prompt_id,
            reply_to_message_id=prompt_id,
            place=chat.place,
            prompt="make the lighting warmer, and put me beside the window",
            user_content=user_content("make the lighting warmer, and put me beside the window", ()),
            photos=(),
            image=image,
            chat_id=chat_id,
        )
    )
    if turn is None:
        raise ValueError("a prompt of that id is there already")
    return turn


def _answer(turn: Turn, picture: Picture) -> Generated:
    part = picture_part(picture.mime_type, picture.sha256)
    signature = urlsafe_b64encode(sign_picture(picture.data)).decode()
    return Generated(
        picture=picture,
        text="",
        user_content=turn.user_content,
        model_content={"role": "model", "parts": [part | {"thought_signature": signature}]},
        finish_reason="STOP",
        usage=Usage(prompt_tokens=500, output_tokens=2520, cost_usd=0.113, seconds=20),
    )


async def fill(file: Path, chats: Sequence[Chat], image: ImageSettings, turns: int) -> None:
    """A database of those chats, each of so many turns with small pictures that no other has, posted long ago."""
    database = Database(f"sqlite+aiosqlite:///{file}")
    await database.migrate()
    pictures = [Picture(bytes([number]) * 100, "image/jpeg", 1, 1) for number in range(turns)]
    async with database.transaction() as repos:
        await write_chat(repos, chats[0], image, pictures)
    await database.close()
    with closing(sqlite3.connect(file)) as connection:
        connection.execute("UPDATE turns SET posted_at = ?", (LONG_AGO,))
        connection.row_factory = sqlite3.Row
        for table in ("users", "images", "image_pieces", "identity_image_chats", "turns", "turn_images"):
            rows = [dict(row) for row in connection.execute(f"SELECT * FROM {table}")]  # noqa: S608 - one of the above
            names = ", ".join(f":{name}" for name in rows[0])
            copies = (_copy(table, row, chats, at) for at in range(1, len(chats)) for row in rows)
            connection.executemany(f"INSERT INTO {table} VALUES ({names})", copies)  # noqa: S608
        connection.commit()


def _copy(table: str, row: Row, chats: Sequence[Chat], at: int) -> Row:
    """The first chat's row as that of another."""
    first, chat = chats[0], chats[at]
    changed = dict(row)
    for name, value in row.items():
        if name in ("user_id", "asked_by") or (table == "users" and name == "id"):
            changed[name] = chat.user_id
        elif name in ("guild_id", "channel_id", "thread_id"):
            changed[name] = getattr(chat.place, name)
        elif name in ("id", "turn_id", "chat_id", "parent_id", "head_turn_id", "tip_turn_id") and value is not None:
            changed[name] = value + at * IDS_A_CHAT
        elif name in ("source_id", "reply_to_message_id"):
            changed[name] = value - first.prompt_id + chat.prompt_id
        elif name == "reply_message_id":
            changed[name] = value - first.picture_id + chat.picture_id
        elif name in ("sha256", "picture_sha256"):
            changed[name] = _other_hash(value, at)
    if table == "turns":
        hashes = row["picture_sha256"], changed["picture_sha256"]
        changed["model_content"] = row["model_content"].replace(*hashes)
    return changed


def _other_hash(sha256: str, at: int) -> str:
    return f"{at:08x}{sha256[8:]}"
