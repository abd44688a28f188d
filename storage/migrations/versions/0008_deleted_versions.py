"""The newest version of a chat that was deleted: its number is not given again."""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column(
        "identity_image_chats", sa.Column("deleted_version", sa.Integer(), nullable=False, server_default="0")
    )
