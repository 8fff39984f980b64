"""Adds durable waits (what is done later, unless something ends it before) and days off.

The previous release still runs on the new schema.
"""

import sqlalchemy as sa
from alembic import op

from models.database.row_security import protect
from models.tables.base import Id, Json, UtcTime

revision = "0028"
down_revision = "0027"
branch_labels = None
depends_on = None

WAITING = sa.text("state = 'waiting'")
EARLY = sa.text("state = 'waiting' AND ends_if <> ''")


def upgrade() -> None:
    op.create_table(
        "waits",
        sa.Column("id", Id, nullable=False),
        sa.Column("user_id", Id, nullable=False),
        sa.Column("action", sa.String(40), nullable=False),
        sa.Column("state", sa.String(10), server_default="waiting", nullable=False),
        sa.Column("key", sa.String(80), nullable=False),
        sa.Column("entity", sa.String(20), server_default="", nullable=False),
        sa.Column("object_id", sa.String(64), server_default="", nullable=False),
        sa.Column("details", Json, nullable=False),
        sa.Column("ends_if", sa.String(20), server_default="", nullable=False),
        sa.Column("in_hours", sa.Boolean(), server_default="0", nullable=False),
        sa.Column("destination_id", Id),
        sa.Column("due_at", UtcTime(), nullable=False),
        sa.Column("reason", sa.String(300), server_default="", nullable=False),
        sa.Column("created_at", UtcTime(), nullable=False),
        sa.Column("ended_at", UtcTime()),
        sa.Column("tenant_id", Id, nullable=False),
        *_keys("waits"),
        sa.UniqueConstraint("tenant_id", "key", name=op.f("uq_waits_tenant_id_key")),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_waits_due", "waits", ["due_at"], sqlite_where=WAITING, postgresql_where=WAITING)
    op.create_index(
        "ix_waits_early", "waits", ["tenant_id", "entity"], sqlite_where=EARLY, postgresql_where=EARLY
    )
    op.create_index("ix_waits_user", "waits", ["tenant_id", "user_id", "id"])
    op.create_table(
        "days_off",
        sa.Column("id", Id, nullable=False),
        sa.Column("user_id", Id),
        sa.Column("first_day", sa.Date(), nullable=False),
        sa.Column("last_day", sa.Date(), nullable=False),
        sa.Column("name", sa.String(100), server_default="", nullable=False),
        sa.Column("created_at", UtcTime(), nullable=False),
        sa.Column("tenant_id", Id, nullable=False),
        *_keys("days_off"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_days_off_last", "days_off", ["tenant_id", "last_day"])
    protect(op.get_bind(), ("waits", "days_off"))


def _keys(table: str) -> list[sa.Constraint]:
    return [
        sa.ForeignKeyConstraint(
            ["tenant_id"], ["tenants.id"], name=op.f(f"fk_{table}_tenant_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "user_id"],
            ["users.tenant_id", "users.id"],
            name=op.f(f"fk_{table}_tenant_id_user_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f(f"pk_{table}")),
        sa.UniqueConstraint("tenant_id", "id", name=op.f(f"uq_{table}_tenant_id_id")),
    ]


def downgrade() -> None:
    op.drop_table("days_off")
    op.drop_table("waits")
