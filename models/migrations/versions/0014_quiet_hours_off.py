"""Adds windows of quiet hours that are kept without being used.

The column has a default, so that the previous release still runs on the new schema.
"""

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("quiet_hours", sa.Column("is_enabled", sa.Boolean(), server_default="1", nullable=False))


def downgrade() -> None:
    op.drop_column("quiet_hours", "is_enabled")
