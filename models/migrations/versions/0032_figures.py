"""Adds figures that are rolled up by the hour, and whether a delivery was held before it was sent.

The previous release still runs on the new schema.
"""

import sqlalchemy as sa
from alembic import op

from models.database.row_security import protect
from models.database.triggers.figures import create_triggers, drop_triggers
from models.tables.base import Id, Json, UtcTime

revision = "0032"
down_revision = "0031"
branch_labels = None
depends_on = None

COUNTS = (
    "delivered",
    "skipped",
    "digested",
    "dead",
    "was_held",
    "muted",
    "coalesced",
    "redacted",
    "answers",
    "answer_ms",
    "presses",
    "claims",
)
TABLES = ("figures", "figure_names", "roll_ups", "stale_hours")


def upgrade() -> None:
    op.create_table(
        "figures",
        sa.Column("tenant_id", Id, nullable=False),
        sa.Column("kind", sa.String(12), nullable=False),
        sa.Column("period", sa.String(13), nullable=False),
        *(sa.Column(name, Id, nullable=False) for name in ("rule_id", "destination_id", "user_id")),
        *(sa.Column(name, Id, server_default="0", nullable=False) for name in COUNTS),
        sa.Column("took", Json, nullable=False),
        _of_tenant("figures"),
        sa.PrimaryKeyConstraint(
            *("tenant_id", "kind", "period", "rule_id", "destination_id", "user_id"),
            name=op.f("pk_figures"),
        ),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "figure_names",
        sa.Column("tenant_id", Id, nullable=False),
        sa.Column("kind", sa.String(12), nullable=False),
        sa.Column("number", Id, nullable=False),
        sa.Column("name", sa.String(255), nullable=False),
        _of_tenant("figure_names"),
        sa.PrimaryKeyConstraint("tenant_id", "kind", "number", name=op.f("pk_figure_names")),
    )
    op.create_table(
        "roll_ups",
        sa.Column("tenant_id", Id, nullable=False),
        sa.Column("until", UtcTime(), nullable=False),
        sa.Column("version", Id, server_default="0", nullable=False),
        _of_tenant("roll_ups"),
        sa.PrimaryKeyConstraint("tenant_id", name=op.f("pk_roll_ups")),
    )
    op.create_table(
        "stale_hours",
        sa.Column("id", Id, nullable=False),
        sa.Column("hour", sa.String(13), nullable=False),
        sa.Column("tenant_id", Id, nullable=False),
        _of_tenant("stale_hours"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_stale_hours")),
        sa.UniqueConstraint("tenant_id", "id", name=op.f("uq_stale_hours_tenant_id_id")),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_stale_hours_tenant_id_hour", "stale_hours", ["tenant_id", "hour"])
    op.add_column("deliveries", sa.Column("was_held", sa.Boolean(), server_default="0", nullable=False))
    create_triggers(op.get_bind())
    protect(op.get_bind(), TABLES)


def downgrade() -> None:
    drop_triggers(op.get_bind())
    op.drop_column("deliveries", "was_held")
    for name in reversed(TABLES):
        op.drop_table(name)


def _of_tenant(table: str) -> sa.ForeignKeyConstraint:
    name = op.f(f"fk_{table}_tenant_id")
    return sa.ForeignKeyConstraint(["tenant_id"], ["tenants.id"], name=name, ondelete="CASCADE")
