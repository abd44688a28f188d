"""The tables. Rows stay inside `storage`; repositories hand out the records of `bot.domain`."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from sqlalchemy import (
    JSON,
    BigInteger,
    DateTime,
    Dialect,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Text,
    TypeDecorator,
    UniqueConstraint,
    text,
)
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

NAMING = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s",
    "pk": "pk_%(table_name)s",
}
"""Every constraint has a name, so that a later migration can change it."""

RowId = BigInteger().with_variant(Integer, "sqlite")
"""SQLite counts up only a column declared INTEGER; there it holds 64 bits all the same."""


class UtcDateTime(TypeDecorator[datetime]):
    """An instant. SQLite forgets time zones, so what goes in as UTC comes out as UTC."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:  # noqa: ARG002
        return None if value is None else value.astimezone(UTC)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:  # noqa: ARG002
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


def _now() -> datetime:
    return datetime.now(UTC)


class Base(DeclarativeBase):
    """The schema's root: column types by annotation, names for constraints."""

    metadata = MetaData(naming_convention=NAMING)
    type_annotation_map = {datetime: UtcDateTime(), dict[str, Any]: JSON(), list[int]: JSON()}  # noqa: RUF012


def _owner() -> Mapped[int]:
    return mapped_column(BigInteger, ForeignKey("users.id", ondelete="CASCADE"))


class UserRow(Base):
    """A Discord user whom the bot knows; everything of theirs goes with this row."""

    __tablename__ = "users"

    id: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    created_at: Mapped[datetime] = mapped_column(default=_now)
    photos_explained_at: Mapped[datetime | None]
    """When they were told what happens to their photos."""
    aspect_ratio: Mapped[str | None] = mapped_column(Text)
    image_size: Mapped[str | None] = mapped_column(Text)
    """What they chose last, each, for a first picture."""


class AppearanceRow(Base):
    __tablename__ = "appearances"

    user_id: Mapped[int] = mapped_column(
        BigInteger, ForeignKey("users.id", ondelete="CASCADE"), primary_key=True, autoincrement=False
    )
    age_range: Mapped[str] = mapped_column(Text)
    build: Mapped[str] = mapped_column(Text)
    hair: Mapped[str] = mapped_column(Text)
    eyes: Mapped[str] = mapped_column(Text)
    skin_tone: Mapped[str] = mapped_column(Text)
    style: Mapped[str] = mapped_column(Text)
    anything_else: Mapped[str] = mapped_column(Text)


class IdentityRow(Base):
    __tablename__ = "identities"
    __table_args__ = (UniqueConstraint("user_id", "name_key"),)

    id: Mapped[int] = mapped_column(RowId, primary_key=True)
    user_id: Mapped[int] = _owner()
    name: Mapped[str] = mapped_column(Text)
    name_key: Mapped[str] = mapped_column(Text)
    """The name with case folded: what makes it the same name."""
    description: Mapped[str] = mapped_column(Text)
    created_at: Mapped[datetime] = mapped_column(default=_now)


class ImageRow(Base):
    """What is known of a picture's bytes, so that no query drags them along."""

    __tablename__ = "images"

    sha256: Mapped[str] = mapped_column(String(64), primary_key=True)
    mime_type: Mapped[str] = mapped_column(Text)
    width: Mapped[int]
    height: Mapped[int]
    byte_size: Mapped[int]


class ImageBytesRow(Base):
    """A part of a picture's bytes, so that nobody has to hold a whole one; `position` counts from 0."""

    __tablename__ = "image_pieces"

    sha256: Mapped[str] = mapped_column(String(64), ForeignKey("images.sha256", ondelete="CASCADE"), primary_key=True)
    position: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    data: Mapped[bytes] = mapped_column(LargeBinary)


class ReferencePhotoRow(Base):
    __tablename__ = "reference_photos"
    __table_args__ = (UniqueConstraint("user_id", "sha256"),)

    id: Mapped[int] = mapped_column(RowId, primary_key=True)
    user_id: Mapped[int] = _owner()
    sha256: Mapped[str] = mapped_column(String(64), ForeignKey("images.sha256"), index=True)
    name: Mapped[str] = mapped_column(Text)
    added_at: Mapped[datetime] = mapped_column(default=_now)


class IdentityImageChatRow(Base):
    """One per user. It is there once its first picture is, and the next start's picture replaces it."""

    __tablename__ = "identity_image_chats"

    id: Mapped[int] = mapped_column(RowId, primary_key=True)
    user_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("users.id", ondelete="CASCADE"), unique=True)
    identity_id: Mapped[int | None] = mapped_column(
        BigInteger, ForeignKey("identities.id", ondelete="SET NULL"), index=True
    )
    identity_name: Mapped[str] = mapped_column(Text)
    guild_id: Mapped[int | None] = mapped_column(BigInteger)
    channel_id: Mapped[int] = mapped_column(BigInteger)
    thread_id: Mapped[int] = mapped_column(BigInteger, index=True)
    model: Mapped[str] = mapped_column(Text)
    aspect_ratio: Mapped[str] = mapped_column(Text)
    image_size: Mapped[str] = mapped_column(Text)
    head_turn_id: Mapped[int | None] = mapped_column(
        BigInteger, ForeignKey("turns.id", ondelete="SET NULL", use_alter=True)
    )
    tip_turn_id: Mapped[int | None] = mapped_column(BigInteger)
    """Where redo leads: undo moves the head alone, a new picture both. No key: SQLite adds none to a table that is."""
    started_at: Mapped[datetime] = mapped_column(default=_now)
    warned_at: Mapped[datetime | None]
    """When its thread was told that it will be removed unless it is used."""
    deleted_version: Mapped[int] = mapped_column(default=0, server_default="0")
    """The newest version that was deleted: its number is not given again."""


class FormerThreadRow(Base):
    """A thread where a user's earlier chat lived: their messages there are answered with where to go."""

    __tablename__ = "former_threads"

    thread_id: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    user_id: Mapped[int] = mapped_column(
        BigInteger, ForeignKey("users.id", ondelete="CASCADE"), primary_key=True, autoincrement=False
    )


QUEUE = (
    "turns.state IN ('asked', 'generated') OR turns.problem IS NOT NULL AND turns.told_at IS NULL "
    "OR turns.status_message_id IS NOT NULL"
)
"""Prompts without a picture, pictures not posted, problems not told, lines not taken away."""


class TurnRow(Base):
    """One prompt; the queue of the bot is the few rows with which something is still to be done."""

    __tablename__ = "turns"
    __table_args__ = (
        UniqueConstraint("chat_id", "version"),
        Index(None, "user_id", "state"),
        Index(
            "ix_turns_home", "thread_id", "user_id", "kind", "reply_to_message_id", "source_id", "reply_message_id"
        ),  # all that a start looks at in every turn
        Index(None, "posted_at"),
        Index("ix_turns_queue", "user_id", "id", sqlite_where=text(QUEUE), postgresql_where=text(QUEUE)),
        {"sqlite_autoincrement": True},
    )

    id: Mapped[int] = mapped_column(RowId, primary_key=True)
    kind: Mapped[str] = mapped_column(String(16))
    state: Mapped[str] = mapped_column(String(16), index=True)
    user_id: Mapped[int] = _owner()
    asked_by: Mapped[int] = mapped_column(BigInteger)
    chat_id: Mapped[int | None] = mapped_column(BigInteger, ForeignKey("identity_image_chats.id", ondelete="CASCADE"))
    parent_id: Mapped[int | None] = mapped_column(BigInteger, ForeignKey("turns.id", ondelete="SET NULL"), index=True)
    version: Mapped[int | None]
    source_id: Mapped[int] = mapped_column(BigInteger, unique=True)
    reply_to_message_id: Mapped[int | None] = mapped_column(BigInteger)
    guild_id: Mapped[int | None] = mapped_column(BigInteger)
    channel_id: Mapped[int] = mapped_column(BigInteger)
    thread_id: Mapped[int] = mapped_column(BigInteger)
    identity_id: Mapped[int | None] = mapped_column(
        BigInteger, ForeignKey("identities.id", ondelete="SET NULL"), index=True
    )
    identity_name: Mapped[str] = mapped_column(Text)
    model: Mapped[str] = mapped_column(Text)
    aspect_ratio: Mapped[str] = mapped_column(Text)
    image_size: Mapped[str] = mapped_column(Text)
    prompt: Mapped[str] = mapped_column(Text)
    user_content: Mapped[dict[str, Any]]
    model_content: Mapped[dict[str, Any] | None]
    picture_sha256: Mapped[str | None] = mapped_column(String(64), ForeignKey("images.sha256"), index=True)
    reply_message_id: Mapped[int | None] = mapped_column(BigInteger, index=True)
    status_message_id: Mapped[int | None] = mapped_column(BigInteger)
    finish_reason: Mapped[str | None] = mapped_column(Text)
    problem: Mapped[str | None] = mapped_column(Text)
    told_at: Mapped[datetime | None]
    """When the one who asked was told of the problem."""
    retryable: Mapped[bool] = mapped_column(default=False)
    attempt: Mapped[int] = mapped_column(default=1)
    prompt_tokens: Mapped[int | None]
    output_tokens: Mapped[int | None]
    cost_usd: Mapped[float | None]
    seconds: Mapped[float | None]
    asked_at: Mapped[datetime] = mapped_column(default=_now)
    generated_at: Mapped[datetime | None]
    posted_at: Mapped[datetime | None]


class ServerRow(Base):
    """What a server has chosen; without a row, nothing."""

    __tablename__ = "servers"

    guild_id: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    channel_ids: Mapped[list[int]]
    role_ids: Mapped[list[int]]
    log_channel_id: Mapped[int | None] = mapped_column(BigInteger)
    model: Mapped[str | None] = mapped_column(Text)
    aspect_ratio: Mapped[str | None] = mapped_column(Text)
    image_size: Mapped[str | None] = mapped_column(Text)
    user_pictures_a_day: Mapped[int | None]
    server_pictures_a_day: Mapped[int | None]
    most_waiting: Mapped[int | None]
    prompt_length: Mapped[int | None]
    private_threads: Mapped[bool]


class KnownMemberRow(Base):
    """A user who has used the bot on a server: only there do moderators reach what is kept of them."""

    __tablename__ = "known_members"

    user_id: Mapped[int] = mapped_column(
        BigInteger, ForeignKey("users.id", ondelete="CASCADE"), primary_key=True, autoincrement=False
    )
    guild_id: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False, index=True)


class BlockRow(Base):
    """No key to the user: who deletes all that is kept of them stays blocked."""

    __tablename__ = "blocks"

    guild_id: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    user_id: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    reason: Mapped[str] = mapped_column(Text)
    blocked_by: Mapped[int] = mapped_column(BigInteger)
    until: Mapped[datetime | None]


class AllowanceRow(Base):
    """A user's own limit; NULL for none at all."""

    __tablename__ = "allowances"

    guild_id: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    user_id: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    pictures_a_day: Mapped[int | None]


class ActRow(Base):
    """What a moderator did; the user is forgotten when their data are deleted."""

    __tablename__ = "moderator_acts"
    __table_args__ = (Index(None, "guild_id", "id"),)

    id: Mapped[int] = mapped_column(RowId, primary_key=True)
    guild_id: Mapped[int] = mapped_column(BigInteger)
    moderator_id: Mapped[int] = mapped_column(BigInteger)
    user_id: Mapped[int | None] = mapped_column(BigInteger, index=True)
    thread_id: Mapped[int | None] = mapped_column(BigInteger)
    kind: Mapped[str] = mapped_column(String(16))
    detail: Mapped[str] = mapped_column(Text)
    at: Mapped[datetime] = mapped_column(default=_now)
    announced_at: Mapped[datetime | None] = mapped_column(index=True)
    """When it was shown in the thread and the log channel."""


class UseRow(Base):
    """What came of a prompt: counted for limits and costs, and kept when its turn goes.

    Names the message that shows the picture, so that it can be deleted with all else of its user; then only the
    numbers stay. `guild_id` is NULL for private chats.
    """

    __tablename__ = "uses"
    __table_args__ = (Index(None, "user_id", "at"), Index(None, "guild_id", "at"), Index(None, "at"))

    id: Mapped[int] = mapped_column(RowId, primary_key=True)
    turn_id: Mapped[int] = mapped_column(BigInteger, index=True)
    guild_id: Mapped[int | None] = mapped_column(BigInteger)
    user_id: Mapped[int | None] = mapped_column(BigInteger)
    outcome: Mapped[str] = mapped_column(String(16))
    cost_usd: Mapped[float]
    thread_id: Mapped[int | None] = mapped_column(BigInteger)
    message_id: Mapped[int | None] = mapped_column(BigInteger)
    at: Mapped[datetime] = mapped_column(default=_now)


class UnwantedPostRow(Base):
    """A message of the bot that is to be deleted on Discord."""

    __tablename__ = "unwanted_posts"

    message_id: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    thread_id: Mapped[int] = mapped_column(BigInteger)


class TurnImageRow(Base):
    """Which pictures a turn's contents name: bytes that no turn and no reference photo names are deleted."""

    __tablename__ = "turn_images"

    turn_id: Mapped[int] = mapped_column(
        BigInteger, ForeignKey("turns.id", ondelete="CASCADE"), primary_key=True, autoincrement=False
    )
    sha256: Mapped[str] = mapped_column(String(64), ForeignKey("images.sha256"), primary_key=True, index=True)
