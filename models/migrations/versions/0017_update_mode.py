"""Adds whether the events of a rule change the last card of their object."""

import sqlalchemy as sa
from alembic import op

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("rules", sa.Column("update_mode", sa.String(10), server_default="reply", nullable=False))


def downgrade() -> None:
    op.drop_column("rules", "update_mode")
