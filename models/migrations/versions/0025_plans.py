"""Adds what a plan switches and who was warned of its limit, and an index of what is held over it.

The previous release still runs on the new schema; it finds what quiet hours hold by another index.
"""

import sqlalchemy as sa
from alembic import op

from models.tables.base import Id, Json

revision = "0025"
down_revision = "0024"
branch_labels = None
depends_on = None

NEW = {
    "ix_deliveries_over_quota": (["tenant_id", "event_id", "id"], "state = 'held' AND reason = 'quota'"),
    "ix_deliveries_open_without_event": (
        ["tenant_id"],
        "state IN ('pending', 'sending', 'held') AND event_id IS NULL",
    ),
}
HELD = ["tenant_id", "destination_id", "is_urgent", "next_attempt_at"]


def upgrade() -> None:
    op.create_table(
        "plan_features",
        sa.Column("plan", sa.String(40), nullable=False),
        sa.Column("feature", sa.String(40), nullable=False),
        sa.PrimaryKeyConstraint("plan", "feature", name=op.f("pk_plan_features")),
    )
    op.add_column("tenants", sa.Column("features", Json))
    op.add_column("tenants", sa.Column("warned_month", sa.Date()))
    op.add_column("tenants", sa.Column("warned_percent", Id, server_default="0", nullable=False))
    # Nobody chose this limit, and nothing kept it: who hosts it for themselves has none.
    op.execute(
        sa.text("UPDATE tenants SET monthly_limit = NULL WHERE plan = 'starter' AND monthly_limit = 1000")
    )
    _hold("state = 'held' AND reason <> 'quota'")
    for name, (columns, where) in NEW.items():
        op.create_index(
            name, "deliveries", columns, sqlite_where=sa.text(where), postgresql_where=sa.text(where)
        )


def downgrade() -> None:
    for name in NEW:
        op.drop_index(name, "deliveries")
    _hold("state = 'held'")
    for name in ("warned_percent", "warned_month", "features"):
        op.drop_column("tenants", name)
    op.drop_table("plan_features")


def _hold(where: str) -> None:
    op.drop_index("ix_deliveries_held", "deliveries")
    op.create_index(
        "ix_deliveries_held",
        "deliveries",
        HELD,
        sqlite_where=sa.text(where),
        postgresql_where=sa.text(where),
    )
