"""Undo and redo keep where they lead; a turn that failed can be tried again, and its asker is told for certain."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("identity_image_chats", sa.Column("tip_turn_id", sa.BigInteger(), nullable=True))
    op.execute("UPDATE identity_image_chats SET tip_turn_id = head_turn_id")
    op.add_column("turns", sa.Column("told_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column("turns", sa.Column("retryable", sa.Boolean(), nullable=False, server_default=sa.false()))
    op.add_column("turns", sa.Column("attempt", sa.Integer(), nullable=False, server_default="1"))
    op.execute("UPDATE turns SET told_at = CURRENT_TIMESTAMP WHERE problem IS NOT NULL")
