"""Adds routing policies, the assignments of leads to people, and who is away.

The previous release still runs on the new schema.
"""

import sqlalchemy as sa
from alembic import op

from models.database.row_security import protect
from models.tables.base import Id, Json, UtcTime

revision = "0040"
down_revision = "0039"
branch_labels = None
depends_on = None

OWNED = ("routing_policies", "assignments", "absences")
WAITING = sa.text("state = 'waiting'")
OFFERED = sa.text("state = 'offered'")


def upgrade() -> None:
    _policies()
    _assignments()
    op.create_table(
        "absences",
        _owner("absences"),
        sa.Column("user_id", Id, nullable=False),
        sa.Column("since", UtcTime(), nullable=False),
        sa.Column("until", UtcTime()),
        sa.PrimaryKeyConstraint("tenant_id", "user_id", name=op.f("pk_absences")),
        _user("absences"),
    )
    protect(op.get_bind(), OWNED)


def _policies() -> None:
    op.create_table(
        "routing_policies",
        *_identity("routing_policies"),
        sa.Column("name", sa.String(60), nullable=False),
        sa.Column("is_on", sa.Boolean(), server_default="1", nullable=False),
        sa.Column("method", sa.String(12), nullable=False),
        sa.Column("filter", Json),
        sa.Column("members", Json, nullable=False),
        sa.Column("field", sa.String(80), server_default="", nullable=False),
        sa.Column("parts", Json, nullable=False),
        sa.Column("writes_owner", sa.Boolean(), server_default="1", nullable=False),
        sa.Column("claim_minutes", Id, server_default="0", nullable=False),
        sa.Column("most_open", Id, server_default="0", nullable=False),
        sa.Column("most_today", Id, server_default="0", nullable=False),
        sa.Column("in_hours", sa.Boolean(), server_default="1", nullable=False),
        sa.Column("manager_id", Id),
        sa.Column("pointers", Json, nullable=False),
        sa.Column("previous", Json),
        sa.Column("made_by", sa.String(320), server_default="", nullable=False),
        sa.Column("created_at", UtcTime(), nullable=False),
        sa.UniqueConstraint("tenant_id", "name", name=op.f("uq_routing_policies_tenant_id_name")),
        sqlite_autoincrement=True,
    )


def _assignments() -> None:
    op.create_table(
        "assignments",
        *_identity("assignments"),
        sa.Column("entity", sa.String(20), nullable=False),
        sa.Column("object_id", sa.String(64), nullable=False),
        sa.Column("step", Id, server_default="0", nullable=False),
        sa.Column("policy_id", Id),
        sa.Column("user_id", Id),
        sa.Column("state", sa.String(10), server_default="waiting", nullable=False),
        sa.Column("is_last", sa.Boolean(), server_default="0", nullable=False),
        sa.Column("owner_id", sa.String(64)),
        sa.Column("reason", sa.String(300), server_default="", nullable=False),
        sa.Column("due_at", UtcTime(), nullable=False),
        sa.Column("at", UtcTime(), nullable=False),
        sa.Column("answered_at", UtcTime()),
        sa.UniqueConstraint(
            "tenant_id",
            "entity",
            "object_id",
            "step",
            name=op.f("uq_assignments_tenant_id_entity_object_id_step"),
        ),
        _user("assignments"),
        sqlite_autoincrement=True,
    )
    op.create_index(
        "ix_assignments_due", "assignments", ["due_at"], sqlite_where=WAITING, postgresql_where=WAITING
    )
    op.create_index(
        "ix_assignments_offered",
        "assignments",
        ["tenant_id", "user_id"],
        sqlite_where=OFFERED,
        postgresql_where=OFFERED,
    )
    op.create_index("ix_assignments_user", "assignments", ["tenant_id", "user_id", "at"])
    op.create_index("ix_assignments_at", "assignments", ["tenant_id", "at"])


def _identity(table: str) -> tuple[sa.schema.SchemaItem, ...]:
    return (
        sa.Column("id", Id, nullable=False),
        _owner(table),
        sa.PrimaryKeyConstraint("id", name=op.f(f"pk_{table}")),
        sa.UniqueConstraint("tenant_id", "id", name=op.f(f"uq_{table}_tenant_id_id")),
    )


def _owner(table: str) -> sa.Column[int]:
    tenant = sa.ForeignKey("tenants.id", ondelete="CASCADE", name=op.f(f"fk_{table}_tenant_id"))
    return sa.Column("tenant_id", Id, tenant, nullable=False)


def _user(table: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(
        ["tenant_id", "user_id"],
        ["users.tenant_id", "users.id"],
        name=op.f(f"fk_{table}_tenant_id_user_id"),
        ondelete="CASCADE",
    )


def downgrade() -> None:
    for table in reversed(OWNED):
        op.drop_table(table)
