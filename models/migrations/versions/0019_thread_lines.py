"""Adds the line that a thread gets when news about its object comes at the end of the space.

Both columns may be empty, so that the previous release still runs on the new schema.
"""

import sqlalchemy as sa
from alembic import op

from models.tables.base import UtcTime

revision = "0019"
down_revision = "0018"
branch_labels = None
depends_on = None

_OWES_A_LINE = sa.text("line_due_at IS NOT NULL")


def upgrade() -> None:
    op.add_column("deliveries", sa.Column("line_key", sa.String(120), nullable=True))
    op.add_column("deliveries", sa.Column("line_due_at", UtcTime(), nullable=True))
    op.create_index(
        "ix_deliveries_line",
        "deliveries",
        ["line_due_at"],
        sqlite_where=_OWES_A_LINE,
        postgresql_where=_OWES_A_LINE,
    )


def downgrade() -> None:
    op.drop_index("ix_deliveries_line", "deliveries")
    op.drop_column("deliveries", "line_due_at")
    op.drop_column("deliveries", "line_key")
