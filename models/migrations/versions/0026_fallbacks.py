"""Adds where cards go when a destination refuses us for good, and which one a delivery stands in for.

The previous release still runs on the new schema.
"""

import sqlalchemy as sa
from alembic import op

from models.tables.base import Id

revision = "0026"
down_revision = "0025"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("destinations", sa.Column("fallback_id", Id))
    op.add_column("deliveries", sa.Column("instead_of", sa.String(255)))


def downgrade() -> None:
    op.drop_column("deliveries", "instead_of")
    op.drop_column("destinations", "fallback_id")
