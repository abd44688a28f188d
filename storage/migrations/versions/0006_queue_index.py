"""What is still to be done, and what is new in which thread, is found without reading every turn."""

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


HOME = ["thread_id", "user_id", "kind", "reply_to_message_id", "source_id", "reply_message_id"]


def upgrade() -> None:
    op.drop_index("ix_turns_thread_id_user_id", "turns")
    op.create_index("ix_turns_home", "turns", HOME)
    op.create_index("ix_turns_posted_at", "turns", ["posted_at"])
    op.create_index("ix_turns_queue", "turns", ["user_id", "id"], sqlite_where=QUEUE, postgresql_where=QUEUE)
