"""Adds when a lane's last summary card went, how contended its space is, and finds what goes alone at once.

The previous release still runs on the new schema.
"""

import sqlalchemy as sa
from alembic import op

from models.tables.base import Id, UtcTime

revision = "0034"
down_revision = "0033"
branch_labels = None
depends_on = None

ALONE = sa.text("state IN ('pending', 'sending', 'held') AND (is_urgent OR is_test)")


def upgrade() -> None:
    op.add_column("lanes", sa.Column("contention", Id, server_default="0", nullable=False))
    op.add_column("lanes", sa.Column("folded_at", UtcTime()))
    op.create_index(
        "ix_deliveries_alone",
        "deliveries",
        ["tenant_id", "lane", "next_attempt_at", "id"],
        sqlite_where=ALONE,
        postgresql_where=ALONE,
    )


def downgrade() -> None:
    op.drop_index("ix_deliveries_alone", "deliveries")
    op.drop_column("lanes", "folded_at")
    op.drop_column("lanes", "contention")
