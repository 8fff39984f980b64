"""What keeps every statement small: indexes, counters, tombstones, leases of jobs, usage by day.

The columns have defaults, and no index that an earlier release needs goes, so that it still runs.
"""

import sqlalchemy as sa
from alembic import op

from models.database.row_security import protect
from models.database.triggers.deliveries import create_triggers, drop_triggers
from models.tables.base import Id, UtcTime

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

FAILED = "state IN ('pending', 'sending') AND waiting_since"
PARTIAL = {
    "ix_deliveries_never_failed": (["tenant_id", "lane", "id"], f"{FAILED} IS NULL"),
    "ix_deliveries_failed": (["tenant_id", "lane", "waiting_since", "id"], f"{FAILED} IS NOT NULL"),
    "ix_deliveries_due": (
        ["tenant_id", "lane", "next_attempt_at", "id"],
        "state IN ('pending', 'sending', 'held')",
    ),
    "ix_deliveries_held": (
        ["tenant_id", "destination_id", "is_urgent", "next_attempt_at"],
        "state = 'held'",
    ),
    "ix_deliveries_kept_back": (
        ["tenant_id", "state", "id"],
        "state IN ('held', 'digested', 'skipped', 'dead')",
    ),
    "ix_deliveries_ended": (["tenant_id", "state", "finished_at"], "finished_at IS NOT NULL"),
    "ix_deliveries_delivered": (["tenant_id", "destination_id", "finished_at"], "state = 'delivered'"),
}
OWNED = ("delivery_counts", "day_usages")


def upgrade() -> None:
    is_removed = sa.text("removed_at IS NOT NULL")
    for table in ("rules", "destinations"):
        op.add_column(table, sa.Column("removed_at", UtcTime()))
        op.create_index(
            f"ix_{table}_removed", table, ["removed_at"], sqlite_where=is_removed, postgresql_where=is_removed
        )
    op.add_column("lanes", sa.Column("is_shared", sa.Boolean(), server_default="1", nullable=False))
    _indexes()
    _tables()
    protect(op.get_bind(), OWNED)
    create_triggers(op.get_bind())


def _indexes() -> None:
    for name, (columns, where) in PARTIAL.items():
        op.create_index(
            name, "deliveries", columns, sqlite_where=sa.text(where), postgresql_where=sa.text(where)
        )
    op.drop_index("ix_deliveries_rule", "deliveries")
    op.create_index("ix_deliveries_rule", "deliveries", ["tenant_id", "rule_id", "id"])


def _tables() -> None:
    op.create_table(
        "delivery_counts",
        _owner(),
        sa.Column("state", sa.String(12), nullable=False),
        sa.Column("part", Id, nullable=False),
        _count("count"),
        sa.PrimaryKeyConstraint("tenant_id", "state", "part"),
    )
    op.create_table(
        "day_usages",
        _owner(),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("part", Id, nullable=False),
        *(_count(name) for name in ("events", "bytes", "dropped", "cards")),
        sa.Column("notified_at", UtcTime()),
        sa.PrimaryKeyConstraint("tenant_id", "day", "part"),
    )
    op.create_table(
        "job_leases",
        sa.Column("name", sa.String(60), primary_key=True),
        sa.Column("lease_token", sa.String(32)),
        sa.Column("lease_until", UtcTime()),
    )


def _owner() -> sa.Column[int]:
    return sa.Column("tenant_id", Id, sa.ForeignKey("tenants.id", ondelete="CASCADE"), nullable=False)


def _count(name: str) -> sa.Column[int]:
    return sa.Column(name, Id, server_default="0", nullable=False)


def downgrade() -> None:
    drop_triggers(op.get_bind())
    for table in (*OWNED, "job_leases"):
        op.drop_table(table)
    op.drop_index("ix_deliveries_rule", "deliveries")
    op.create_index("ix_deliveries_rule", "deliveries", ["tenant_id", "rule_id"])
    for name in PARTIAL:
        op.drop_index(name, "deliveries")
    for table in ("rules", "destinations"):
        op.drop_index(f"ix_{table}_removed", table)
    for table, column in (("lanes", "is_shared"), ("destinations", "removed_at"), ("rules", "removed_at")):
        with op.batch_alter_table(table) as batch:
            batch.drop_column(column)
