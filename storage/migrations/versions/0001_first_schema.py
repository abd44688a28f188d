"""The first schema."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

ROW_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "images",
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("mime_type", sa.Text(), nullable=False),
        sa.Column("width", sa.Integer(), nullable=False),
        sa.Column("height", sa.Integer(), nullable=False),
        sa.Column("byte_size", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("sha256", name="pk_images"),
    )
    op.create_table(
        "users",
        sa.Column("id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_users"),
    )
    op.create_table(
        "appearances",
        sa.Column("user_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("age_range", sa.Text(), nullable=False),
        sa.Column("build", sa.Text(), nullable=False),
        sa.Column("hair", sa.Text(), nullable=False),
        sa.Column("eyes", sa.Text(), nullable=False),
        sa.Column("skin_tone", sa.Text(), nullable=False),
        sa.Column("style", sa.Text(), nullable=False),
        sa.Column("anything_else", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name="fk_appearances_user_id", ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("user_id", name="pk_appearances"),
    )
    op.create_table(
        "former_threads",
        sa.Column("thread_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("user_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name="fk_former_threads_user_id", ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("thread_id", "user_id", name="pk_former_threads"),
    )
    op.create_table(
        "identities",
        sa.Column("id", ROW_ID, nullable=False),
        sa.Column("user_id", sa.BigInteger(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("name_key", sa.Text(), nullable=False),
        sa.Column("description", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name="fk_identities_user_id", ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name="pk_identities"),
        sa.UniqueConstraint("user_id", "name_key", name="uq_identities_user_id_name_key"),
    )
    op.create_table(
        "image_bytes",
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("data", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(["sha256"], ["images.sha256"], name="fk_image_bytes_sha256", ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("sha256", name="pk_image_bytes"),
    )
    op.create_table(
        "reference_photos",
        sa.Column("id", ROW_ID, nullable=False),
        sa.Column("user_id", sa.BigInteger(), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("added_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["sha256"], ["images.sha256"], name="fk_reference_photos_sha256"),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name="fk_reference_photos_user_id", ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name="pk_reference_photos"),
        sa.UniqueConstraint("user_id", "sha256", name="uq_reference_photos_user_id_sha256"),
    )
    op.create_index("ix_reference_photos_sha256", "reference_photos", ["sha256"])

    op.create_table(
        "identity_image_chats",
        sa.Column("id", ROW_ID, nullable=False),
        sa.Column("user_id", sa.BigInteger(), nullable=False),
        sa.Column("identity_id", sa.BigInteger(), nullable=True),
        sa.Column("identity_name", sa.Text(), nullable=False),
        sa.Column("guild_id", sa.BigInteger(), nullable=True),
        sa.Column("channel_id", sa.BigInteger(), nullable=False),
        sa.Column("thread_id", sa.BigInteger(), nullable=False),
        sa.Column("model", sa.Text(), nullable=False),
        sa.Column("aspect_ratio", sa.Text(), nullable=False),
        sa.Column("image_size", sa.Text(), nullable=False),
        sa.Column("head_turn_id", sa.BigInteger(), nullable=True),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["head_turn_id"],
            ["turns.id"],
            name="fk_identity_image_chats_head_turn_id",
            ondelete="SET NULL",
            use_alter=True,
        ),
        sa.ForeignKeyConstraint(
            ["identity_id"],
            ["identities.id"],
            name="fk_identity_image_chats_identity_id",
            ondelete="SET NULL",
        ),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name="fk_identity_image_chats_user_id", ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name="pk_identity_image_chats"),
        sa.UniqueConstraint("user_id", name="uq_identity_image_chats_user_id"),
    )
    op.create_index("ix_identity_image_chats_identity_id", "identity_image_chats", ["identity_id"])
    op.create_index("ix_identity_image_chats_thread_id", "identity_image_chats", ["thread_id"])

    op.create_table(
        "turns",
        sa.Column("id", ROW_ID, nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("user_id", sa.BigInteger(), nullable=False),
        sa.Column("asked_by", sa.BigInteger(), nullable=False),
        sa.Column("chat_id", sa.BigInteger(), nullable=True),
        sa.Column("parent_id", sa.BigInteger(), nullable=True),
        sa.Column("version", sa.Integer(), nullable=True),
        sa.Column("source_id", sa.BigInteger(), nullable=False),
        sa.Column("reply_to_message_id", sa.BigInteger(), nullable=True),
        sa.Column("guild_id", sa.BigInteger(), nullable=True),
        sa.Column("channel_id", sa.BigInteger(), nullable=False),
        sa.Column("thread_id", sa.BigInteger(), nullable=False),
        sa.Column("identity_id", sa.BigInteger(), nullable=True),
        sa.Column("identity_name", sa.Text(), nullable=False),
        sa.Column("model", sa.Text(), nullable=False),
        sa.Column("aspect_ratio", sa.Text(), nullable=False),
        sa.Column("image_size", sa.Text(), nullable=False),
        sa.Column("prompt", sa.Text(), nullable=False),
        sa.Column("user_content", sa.JSON(), nullable=False),
        sa.Column("model_content", sa.JSON(), nullable=True),
        sa.Column("picture_sha256", sa.String(length=64), nullable=True),
        sa.Column("reply_message_id", sa.BigInteger(), nullable=True),
        sa.Column("finish_reason", sa.Text(), nullable=True),
        sa.Column("problem", sa.Text(), nullable=True),
        sa.Column("prompt_tokens", sa.Integer(), nullable=True),
        sa.Column("output_tokens", sa.Integer(), nullable=True),
        sa.Column("cost_usd", sa.Double(), nullable=True),
        sa.Column("seconds", sa.Double(), nullable=True),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("generated_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("posted_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["chat_id"], ["identity_image_chats.id"], name="fk_turns_chat_id", ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["identity_id"], ["identities.id"], name="fk_turns_identity_id", ondelete="SET NULL"),
        sa.ForeignKeyConstraint(["parent_id"], ["turns.id"], name="fk_turns_parent_id", ondelete="SET NULL"),
        sa.ForeignKeyConstraint(["picture_sha256"], ["images.sha256"], name="fk_turns_picture_sha256"),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name="fk_turns_user_id", ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name="pk_turns"),
        sa.UniqueConstraint("chat_id", "version", name="uq_turns_chat_id_version"),
        sa.UniqueConstraint("source_id", name="uq_turns_source_id"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_turns_identity_id", "turns", ["identity_id"])
    op.create_index("ix_turns_parent_id", "turns", ["parent_id"])
    op.create_index("ix_turns_picture_sha256", "turns", ["picture_sha256"])
    op.create_index("ix_turns_reply_message_id", "turns", ["reply_message_id"])
    op.create_index("ix_turns_state", "turns", ["state"])
    op.create_index("ix_turns_thread_id_user_id", "turns", ["thread_id", "user_id"])
    op.create_index("ix_turns_user_id_state", "turns", ["user_id", "state"])

    op.create_table(
        "turn_images",
        sa.Column("turn_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.ForeignKeyConstraint(["sha256"], ["images.sha256"], name="fk_turn_images_sha256"),
        sa.ForeignKeyConstraint(["turn_id"], ["turns.id"], name="fk_turn_images_turn_id", ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("turn_id", "sha256", name="pk_turn_images"),
    )
    op.create_index("ix_turn_images_sha256", "turn_images", ["sha256"])
    if op.get_bind().dialect.supports_alter:  # SQLite has taken this one with the table
        op.create_foreign_key(
            "fk_identity_image_chats_head_turn_id",
            "identity_image_chats",
            "turns",
            ["head_turn_id"],
            ["id"],
            ondelete="SET NULL",
        )
