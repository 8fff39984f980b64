"""Adds leads that are imported from a file: the imports, and their rows.

The previous release still runs on the new schema.
"""

import sqlalchemy as sa
from alembic import op

from models.database.row_security import protect
from models.tables.base import Id, Json, UtcTime

revision = "0042"
down_revision = "0041"
branch_labels = None
depends_on = None

IS_OPEN = sa.text("state IN ('running', 'undoing')")
IDS = ("organization_id", "person_id", "lead_id", "note_id")


def upgrade() -> None:
    op.create_table(
        "lead_imports",
        sa.Column("id", Id, nullable=False),
        sa.Column("name", sa.String(200), nullable=False),
        sa.Column("made_by", sa.String(320), server_default="", nullable=False),
        sa.Column("state", sa.String(12), server_default="draft", nullable=False),
        sa.Column("content", sa.Text(), server_default="", nullable=False),
        sa.Column("header", Json, nullable=False),
        sa.Column("columns", Json, nullable=False),
        sa.Column("currency", sa.String(3), server_default="EUR", nullable=False),
        sa.Column("routes", sa.Boolean(), server_default="0", nullable=False),
        sa.Column("problem", sa.Text(), server_default="", nullable=False),
        sa.Column("next_attempt_at", UtcTime(), nullable=False),
        sa.Column("created_at", UtcTime(), nullable=False),
        sa.Column("finished_at", UtcTime()),
        sa.Column("lease_token", sa.String(32)),
        sa.Column("lease_until", UtcTime()),
        _owner("lead_imports"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_lead_imports")),
        sa.UniqueConstraint("tenant_id", "id", name=op.f("uq_lead_imports_tenant_id_id")),
        sqlite_autoincrement=True,
    )
    op.create_index(
        "ix_lead_imports_due",
        "lead_imports",
        ["next_attempt_at"],
        sqlite_where=IS_OPEN,
        postgresql_where=IS_OPEN,
    )
    _rows()
    protect(op.get_bind(), ("lead_imports", "lead_import_rows"))


def _rows() -> None:
    table = "lead_import_rows"
    op.create_table(
        table,
        sa.Column("id", Id, nullable=False),
        sa.Column("import_id", Id, nullable=False),
        sa.Column("line", Id, nullable=False),
        sa.Column("cells", Json, nullable=False),
        sa.Column("email", sa.String(320), server_default="", nullable=False),
        sa.Column("organization", sa.String(255), server_default="", nullable=False),
        sa.Column("state", sa.String(12), server_default="pending", nullable=False),
        sa.Column("reason", sa.Text(), server_default="", nullable=False),
        sa.Column("attempts", Id, server_default="0", nullable=False),
        *(sa.Column(name, sa.String(64), server_default="", nullable=False) for name in IDS),
        sa.Column("marks", Json, nullable=False),
        sa.Column("started_at", UtcTime()),
        _owner(table),
        sa.PrimaryKeyConstraint("id", name=op.f(f"pk_{table}")),
        sa.UniqueConstraint("tenant_id", "id", name=op.f(f"uq_{table}_tenant_id_id")),
        sa.ForeignKeyConstraint(
            ["tenant_id", "import_id"],
            ["lead_imports.tenant_id", "lead_imports.id"],
            name=op.f(f"fk_{table}_tenant_id_import_id"),
            ondelete="CASCADE",
        ),
        sqlite_autoincrement=True,
    )
    op.create_index(f"ix_{table}_state", table, ["tenant_id", "import_id", "state", "id"])
    op.create_index(f"ix_{table}_email", table, ["tenant_id", "email"])
    op.create_index(f"ix_{table}_organization", table, ["tenant_id", "import_id", "organization"])


def _owner(table: str) -> sa.schema.SchemaItem:
    tenant = sa.ForeignKey("tenants.id", ondelete="CASCADE", name=op.f(f"fk_{table}_tenant_id"))
    return sa.Column("tenant_id", Id, tenant, nullable=False)


def downgrade() -> None:
    op.drop_table("lead_import_rows")
    op.drop_table("lead_imports")
