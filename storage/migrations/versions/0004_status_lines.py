"""While a prompt waits, a line below it says so: the message is remembered, to be taken away."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("turns", sa.Column("status_message_id", sa.BigInteger(), nullable=True))
