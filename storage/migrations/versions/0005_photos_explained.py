"""Each user is told once what happens to their photos."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("users", sa.Column("photos_explained_at", sa.DateTime(timezone=True), nullable=True))
