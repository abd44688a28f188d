"""A picture's bytes are stored in pieces, so that nobody has to hold a whole one."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

PIECE_BYTES = 768 * 1024


def upgrade() -> None:
    pieces = op.create_table(
        "image_pieces",
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("position", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("data", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(["sha256"], ["images.sha256"], name="fk_image_pieces_sha256", ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("sha256", "position", name="pk_image_pieces"),
    )
    whole = sa.table("image_bytes", sa.column("sha256"), sa.column("data", sa.LargeBinary()))
    sizes = op.get_bind().execute(sa.select(whole.c.sha256, sa.func.length(whole.c.data))).all()
    for sha256, size in sizes:
        for position, start in enumerate(range(0, size, PIECE_BYTES)):
            piece = sa.func.substr(whole.c.data, start + 1, PIECE_BYTES)  # SQL counts from 1
            row = sa.select(sa.literal(sha256), sa.literal(position), piece).where(whole.c.sha256 == sha256)
            op.execute(pieces.insert().from_select(["sha256", "position", "data"], row))
    op.drop_table("image_bytes")
