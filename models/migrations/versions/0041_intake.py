"""Adds forms on web sites that make leads, and what was entered in them.

The previous release still runs on the new schema.
"""

import sqlalchemy as sa
from alembic import op

from models.database.row_security import protect
from models.tables.base import Id, Json, UtcTime

revision = "0041"
down_revision = "0040"
branch_labels = None
depends_on = None

IS_OPEN = sa.text("state IN ('pending', 'writing')")
TEXTS = {
    "name": sa.String(255),
    "email": sa.String(320),
    "phone": sa.String(64),
    "organization": sa.String(255),
    "message": sa.Text(),
    "consent": sa.Text(),
    "organization_id": sa.String(64),
    "person_id": sa.String(64),
    "lead_id": sa.String(64),
    "note_id": sa.String(64),
    "problem": sa.Text(),
}


def upgrade() -> None:
    op.create_table(
        "intake_forms",
        sa.Column("id", Id, nullable=False),
        sa.Column("name", sa.String(100), nullable=False),
        sa.Column("token_hash", sa.String(64), nullable=False),
        sa.Column("last_four", sa.String(4), nullable=False),
        sa.Column("origins", Json, nullable=False),
        sa.Column("consent", sa.Text(), server_default="", nullable=False),
        sa.Column("made_by", sa.String(320), server_default="", nullable=False),
        sa.Column("created_at", UtcTime(), nullable=False),
        sa.Column("revoked_at", UtcTime()),
        _owner("intake_forms"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_intake_forms")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_intake_forms_token_hash")),
        sa.UniqueConstraint("tenant_id", "id", name=op.f("uq_intake_forms_tenant_id_id")),
    )
    _submissions()
    protect(op.get_bind(), ("intake_forms", "intake_submissions"))


def _submissions() -> None:
    op.create_table(
        "intake_submissions",
        sa.Column("id", Id, nullable=False),
        sa.Column("form_id", Id, nullable=False),
        sa.Column("key", sa.String(64), nullable=False),
        sa.Column("title", sa.String(255), nullable=False),
        *(sa.Column(name, kind, server_default="", nullable=False) for name, kind in TEXTS.items()),
        sa.Column("joined_id", Id),
        sa.Column("state", sa.String(12), server_default="pending", nullable=False),
        sa.Column("attempts", Id, server_default="0", nullable=False),
        sa.Column("next_attempt_at", UtcTime(), nullable=False),
        sa.Column("created_at", UtcTime(), nullable=False),
        sa.Column("finished_at", UtcTime()),
        sa.Column("lease_token", sa.String(32)),
        sa.Column("lease_until", UtcTime()),
        _owner("intake_submissions"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_intake_submissions")),
        sa.UniqueConstraint("tenant_id", "id", name=op.f("uq_intake_submissions_tenant_id_id")),
        sa.UniqueConstraint("tenant_id", "key", name=op.f("uq_intake_submissions_tenant_id_key")),
        sa.ForeignKeyConstraint(
            ["tenant_id", "form_id"],
            ["intake_forms.tenant_id", "intake_forms.id"],
            name=op.f("fk_intake_submissions_tenant_id_form_id"),
            ondelete="CASCADE",
        ),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_intake_submissions_form", "intake_submissions", ["tenant_id", "form_id", "id"])
    op.create_index("ix_intake_submissions_email", "intake_submissions", ["tenant_id", "email", "id"])
    op.create_index("ix_intake_submissions_created", "intake_submissions", ["created_at"])
    op.create_index(
        "ix_intake_submissions_due",
        "intake_submissions",
        ["next_attempt_at"],
        sqlite_where=IS_OPEN,
        postgresql_where=IS_OPEN,
    )


def _owner(table: str) -> sa.schema.SchemaItem:
    tenant = sa.ForeignKey("tenants.id", ondelete="CASCADE", name=op.f(f"fk_{table}_tenant_id"))
    return sa.Column("tenant_id", Id, tenant, nullable=False)


def downgrade() -> None:
    op.drop_table("intake_submissions")
    op.drop_table("intake_forms")
