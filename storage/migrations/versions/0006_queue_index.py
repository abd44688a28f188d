"""What is still to be done is found without looking at every turn."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

QUEUE = sa.text(
    "turns.state IN ('asked', 'generated') OR turns.problem IS NOT NULL AND turns.told_at IS NULL "
    "OR turns.status_message_id IS NOT NULL"
)


def upgrade() -> None:
    op.create_index("ix_turns_queue", "turns", ["user_id", "id"], sqlite_where=QUEUE, postgresql_where=QUEUE)
