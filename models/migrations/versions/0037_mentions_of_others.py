"""Adds others whom cards mention: people whom the record names.

The previous release still runs on the new schema.
"""

import sqlalchemy as sa
from alembic import op

revision = "0037"
down_revision = "0036"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("rules", sa.Column("mentioned", sa.String(255), server_default="", nullable=False))
    op.add_column("deliveries", sa.Column("mentions", sa.Text(), server_default="", nullable=False))


def downgrade() -> None:
    op.drop_column("deliveries", "mentions")
    op.drop_column("rules", "mentioned")
