"""Adds what operators see: kept measurements, the workers that live, and indexes for what is counted.

The previous release still runs on the new schema.
"""

import sqlalchemy as sa
from alembic import op

from models.tables.base import Id, UtcTime

revision = "0020"
down_revision = "0019"
branch_labels = None
depends_on = None

_IS_PAUSED = sa.text("NOT is_active")


def upgrade() -> None:
    op.create_table(
        "measurements",
        sa.Column("name", sa.String(60), nullable=False),
        sa.Column("label", sa.String(60), nullable=False),
        sa.Column("value", sa.Double(), server_default="0", nullable=False),
        sa.PrimaryKeyConstraint("name", "label", name=op.f("pk_measurements")),
    )
    op.create_table(
        "workers",
        sa.Column("id", sa.String(32), nullable=False),
        sa.Column("host", sa.String(255), nullable=False),
        sa.Column("pid", Id, nullable=False),
        sa.Column("release", sa.String(40), server_default="", nullable=False),
        sa.Column("problem", sa.String(200), server_default="", nullable=False),
        sa.Column("started_at", UtcTime(), nullable=False),
        sa.Column("seen_at", UtcTime(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_workers")),
    )
    op.create_index(op.f("ix_workers_seen_at"), "workers", ["seen_at"])
    op.create_index("ix_connections_state", "connections", ["state"])
    op.create_index("ix_api_spendings_day", "api_spendings", ["day", "tokens"])
    op.create_index(
        "ix_destinations_paused",
        "destinations",
        ["tenant_id", "id"],
        sqlite_where=_IS_PAUSED,
        postgresql_where=_IS_PAUSED,
    )


def downgrade() -> None:
    op.drop_index("ix_destinations_paused", "destinations")
    op.drop_index("ix_api_spendings_day", "api_spendings")
    op.drop_index("ix_connections_state", "connections")
    op.drop_table("workers")
    op.drop_table("measurements")
