"""Finds failed events without reading all others: they are counted at each scrape, and replayed."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    is_failed = sa.text("state = 'failed'")
    op.create_index(
        "ix_events_failed",
        "events",
        ["tenant_id", "id"],
        sqlite_where=is_failed,
        postgresql_where=is_failed,
    )


def downgrade() -> None:
    op.drop_index("ix_events_failed", "events")
