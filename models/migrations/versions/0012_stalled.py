"""Adds what is needed to tell of stalled deals: their last state, the settings, the check of the lists.

New tables only, so that the previous release still runs on the new schema.
"""

import sqlalchemy as sa
from alembic import op

from models.database.row_security import protect
from models.tables.base import Id, Json, UtcTime

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None

OWNED = ("tracked_objects", "stalled_settings", "open_list_checks")
PARTIAL = {
    "ix_tracked_objects_next": (["next_at"], "next_at IS NOT NULL"),
    "ix_tracked_objects_open": (["tenant_id", "entity", "changed_at"], "is_open"),
    "ix_tracked_objects_of_deal": (["tenant_id", "deal_id", "due_at"], "deal_id IS NOT NULL"),
}


def upgrade() -> None:
    op.create_table(
        "tracked_objects",
        _owner(),
        sa.Column("entity", sa.String(20), nullable=False),
        sa.Column("object_id", sa.String(64), nullable=False),
        sa.Column("is_open", sa.Boolean(), nullable=False),
        sa.Column("changed_at", UtcTime(), nullable=False),
        sa.Column("heard_at", UtcTime(), nullable=False),
        *(sa.Column(name, UtcTime()) for name in ("next_at", "snoozed_until", "due_at")),
        sa.Column("announced", Id, server_default="0", nullable=False),
        sa.Column("words", sa.String(300), server_default="", nullable=False),
        sa.Column("value", sa.Double()),
        *(sa.Column(name, sa.String(64)) for name in ("owner_id", "deal_id", "organization_id", "person_id")),
        sa.Column("state", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("tenant_id", "entity", "object_id"),
    )
    for name, (columns, where) in PARTIAL.items():
        op.create_index(
            name, "tracked_objects", columns, sqlite_where=sa.text(where), postgresql_where=sa.text(where)
        )
    op.create_index("ix_tracked_objects_heard_at", "tracked_objects", ["heard_at"])
    op.create_table(
        "stalled_settings",
        _owner(),
        sa.Column("thresholds", Json, nullable=False),
        sa.Column("frequency", sa.String(10), server_default="off", nullable=False),
        sa.Column("weekday", sa.String(3), server_default="mon", nullable=False),
        sa.Column("at", sa.String(5), server_default="09:00", nullable=False),
        sa.Column("destination_id", Id),
        sa.Column("least_value", sa.Double()),
        sa.Column("next_at", UtcTime()),
        sa.Column("rechecked_to", sa.String(64)),
        sa.PrimaryKeyConstraint("tenant_id"),
    )
    op.create_table(
        "open_list_checks",
        _owner(),
        sa.Column("due_at", UtcTime(), nullable=False),
        sa.Column("lease_until", UtcTime()),
        sa.Column("progress", Json, nullable=False),
        sa.Column("checked_at", UtcTime()),
        sa.PrimaryKeyConstraint("tenant_id"),
    )
    op.create_index("ix_open_list_checks_due_at", "open_list_checks", ["due_at"])
    protect(op.get_bind(), OWNED)


def _owner() -> sa.Column[int]:
    return sa.Column("tenant_id", Id, sa.ForeignKey("tenants.id", ondelete="CASCADE"), nullable=False)


def downgrade() -> None:
    for table in OWNED:
        op.drop_table(table)
