"""Tables of what people press on cards, and of the messages that show an object's card."""

import sqlalchemy as sa
from alembic import op

from models.database.row_security import protect
from models.tables.base import Id, Json, UtcTime

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None

OWNED = ("card_actions", "card_copies")
PARTIAL = {
    "ix_card_actions_due": ("card_actions", ["next_attempt_at"], "state IN ('pending', 'writing')"),
    "ix_card_actions_writing": ("card_actions", ["tenant_id", "entity", "object_id"], "state = 'writing'"),
    "ix_card_copies_due": ("card_copies", ["update_due_at"], "update_due_at IS NOT NULL"),
}
INDEXES = {
    "ix_card_actions_object": ("card_actions", ["tenant_id", "entity", "object_id", "id"]),
    "ix_card_actions_delivery": ("card_actions", ["tenant_id", "delivery_id"]),
    "ix_card_actions_user": ("card_actions", ["tenant_id", "user_id", "state"]),
    "ix_card_actions_started": ("card_actions", ["tenant_id", "started_at"]),
    "ix_card_copies_object": ("card_copies", ["tenant_id", "entity", "object_id", "lane", "id"]),
    "ix_card_copies_delivery": ("card_copies", ["tenant_id", "delivery_id"]),
}


def upgrade() -> None:
    op.create_table(
        "card_actions",
        *_identity("card_actions"),
        sa.Column("key", sa.String(64), nullable=False),
        sa.Column("user_id", Id, nullable=False),
        sa.Column("do", sa.String(30), nullable=False),
        sa.Column("slot", sa.String(20), server_default="", nullable=False),
        sa.Column("fields", Json, nullable=False),
        sa.Column("expected", Json),
        sa.Column("state", sa.String(12), server_default="pending", nullable=False),
        sa.Column("needs_notice", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.Column("attempts", Id, server_default="0", nullable=False),
        sa.Column("problem", sa.Text(), server_default="", nullable=False),
        sa.Column("result_id", sa.String(64), server_default="", nullable=False),
        sa.Column("next_attempt_at", UtcTime(), nullable=False),
        sa.Column("started_at", UtcTime()),
        sa.Column("finished_at", UtcTime()),
        sa.Column("lease_token", sa.String(32)),
        sa.Column("lease_until", UtcTime()),
        sa.UniqueConstraint("tenant_id", "key", name="uq_card_actions_tenant_id_key"),
        sa.ForeignKeyConstraint(
            ["tenant_id", "user_id"], ["users.tenant_id", "users.id"], ondelete="CASCADE"
        ),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "card_copies",
        *_identity("card_copies"),
        sa.Column("message_name", sa.String(255), nullable=False),
        sa.Column("update_due_at", UtcTime()),
        sa.UniqueConstraint("tenant_id", "message_name", name="uq_card_copies_tenant_id_message_name"),
        sqlite_autoincrement=True,
    )
    for name, (table, columns) in INDEXES.items():
        op.create_index(name, table, columns)
    for name, (table, columns, where) in PARTIAL.items():
        is_met, is_unique = sa.text(where), name == "ix_card_actions_writing"
        op.create_index(name, table, columns, unique=is_unique, sqlite_where=is_met, postgresql_where=is_met)
    protect(op.get_bind(), OWNED)


def _identity(table: str) -> tuple[sa.schema.SchemaItem, ...]:
    """Return what both tables have: whose row it is, of which object, delivery and space."""
    return (
        sa.Column("id", Id, primary_key=True),
        sa.Column("tenant_id", Id, sa.ForeignKey("tenants.id", ondelete="CASCADE"), nullable=False),
        sa.Column("delivery_id", Id, nullable=False),
        sa.Column("entity", sa.String(20), nullable=False),
        sa.Column("object_id", sa.String(64), nullable=False),
        sa.Column("lane", sa.String(320), nullable=False),
        sa.Column("created_at", UtcTime(), nullable=False),
        sa.UniqueConstraint("tenant_id", "id", name=f"uq_{table}_tenant_id_id"),
        sa.ForeignKeyConstraint(
            ["tenant_id", "delivery_id"], ["deliveries.tenant_id", "deliveries.id"], ondelete="CASCADE"
        ),
    )


def downgrade() -> None:
    for table in OWNED:
        op.drop_table(table)
