"""Adds the ids of plan events, so that each is applied once.

The previous release still runs on the new schema.
"""

import sqlalchemy as sa
from alembic import op

from models.tables.base import UtcTime

revision = "0043"
down_revision = "0042"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "plan_events",
        sa.Column("id", sa.String(255), nullable=False),
        sa.Column("digest", sa.String(64), nullable=False),
        sa.Column("received_at", UtcTime(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_plan_events")),
    )


def downgrade() -> None:
    op.drop_table("plan_events")
