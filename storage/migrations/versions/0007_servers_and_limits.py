"""Rules of servers, blocks, limits, what moderators did, what pictures cost, and what is to be deleted."""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
INSTANT = sa.DateTime(timezone=True)


def upgrade() -> None:
    for name in ("aspect_ratio", "image_size"):
        op.add_column("users", sa.Column(name, sa.Text(), nullable=True))
    op.create_table(
        "servers",
        sa.Column("guild_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("channel_ids", sa.JSON(), nullable=False),
        sa.Column("role_ids", sa.JSON(), nullable=False),
        sa.Column("log_channel_id", sa.BigInteger(), nullable=True),
        sa.Column("model", sa.Text(), nullable=True),
        sa.Column("aspect_ratio", sa.Text(), nullable=True),
        sa.Column("image_size", sa.Text(), nullable=True),
        sa.Column("user_pictures_a_day", sa.Integer(), nullable=True),
        sa.Column("server_pictures_a_day", sa.Integer(), nullable=True),
        sa.Column("most_waiting", sa.Integer(), nullable=True),
        sa.Column("prompt_length", sa.Integer(), nullable=True),
        sa.Column("private_threads", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("guild_id", name="pk_servers"),
    )
    op.create_table(
        "known_members",
        sa.Column("user_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("guild_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name="fk_known_members_user_id", ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("user_id", "guild_id", name="pk_known_members"),
    )
    op.create_index("ix_known_members_guild_id", "known_members", ["guild_id"])
    op.execute(
        "INSERT INTO known_members (user_id, guild_id) "
        "SELECT DISTINCT user_id, guild_id FROM turns WHERE guild_id IS NOT NULL AND asked_by = user_id"
    )
    op.create_table(
        "blocks",
        sa.Column("guild_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("user_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("blocked_by", sa.BigInteger(), nullable=False),
        sa.Column("until", INSTANT, nullable=True),
        sa.PrimaryKeyConstraint("guild_id", "user_id", name="pk_blocks"),
    )
    op.create_table(
        "allowances",
        sa.Column("guild_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("user_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("pictures_a_day", sa.Integer(), nullable=True),
        sa.PrimaryKeyConstraint("guild_id", "user_id", name="pk_allowances"),
    )
    op.create_table(
        "moderator_acts",
        sa.Column("id", ID, nullable=False),
        sa.Column("guild_id", sa.BigInteger(), nullable=False),
        sa.Column("moderator_id", sa.BigInteger(), nullable=False),
        sa.Column("user_id", sa.BigInteger(), nullable=True),
        sa.Column("thread_id", sa.BigInteger(), nullable=True),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("detail", sa.Text(), nullable=False),
        sa.Column("at", INSTANT, nullable=False),
        sa.Column("announced_at", INSTANT, nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_moderator_acts"),
    )
    op.create_index("ix_moderator_acts_guild_id_id", "moderator_acts", ["guild_id", "id"])
    for name in ("user_id", "announced_at"):
        op.create_index(f"ix_moderator_acts_{name}", "moderator_acts", [name])
    op.create_table(
        "uses",
        sa.Column("id", ID, nullable=False),
        sa.Column("turn_id", sa.BigInteger(), nullable=False),
        sa.Column("guild_id", sa.BigInteger(), nullable=True),
        sa.Column("user_id", sa.BigInteger(), nullable=True),
        sa.Column("outcome", sa.String(length=16), nullable=False),
        sa.Column("cost_usd", sa.Double(), nullable=False),
        sa.Column("thread_id", sa.BigInteger(), nullable=True),
        sa.Column("message_id", sa.BigInteger(), nullable=True),
        sa.Column("at", INSTANT, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_uses"),
    )
    for columns in (["turn_id"], ["user_id", "at"], ["guild_id", "at"], ["at"]):
        op.create_index(f"ix_uses_{'_'.join(columns)}", "uses", columns)
    op.create_table(
        "unwanted_posts",
        sa.Column("message_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("thread_id", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("message_id", name="pk_unwanted_posts"),
    )
    op.add_column("identity_image_chats", sa.Column("warned_at", INSTANT, nullable=True))
    _count_what_was_drawn()


def _count_what_was_drawn() -> None:
    """Of the pictures that are still known."""
    op.execute(
        "INSERT INTO uses (turn_id, guild_id, user_id, outcome, cost_usd, thread_id, message_id, at) "
        "SELECT id, guild_id, user_id, 'picture', COALESCE(cost_usd, 0), thread_id, "
        "CASE WHEN state = 'posted' THEN reply_message_id END, COALESCE(generated_at, asked_at) "
        "FROM turns WHERE picture_sha256 IS NOT NULL"
    )
