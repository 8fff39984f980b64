"""Adds notifications of people, with what each person and each team wants of them.

The previous release still runs on the new schema.
"""

import sqlalchemy as sa
from alembic import op

from models.database.row_security import protect
from models.tables.base import Id, Json, UtcTime

revision = "0031"
down_revision = "0030"
branch_labels = None
depends_on = None

UNREAD = sa.text("read_at IS NULL AND in_inbox")
GATHERED = sa.text("gathered <> ''")
BY_USER = ["tenant_id", "user_id", "id"]


def upgrade() -> None:
    op.create_table(
        "notifications",
        sa.Column("id", Id, nullable=False),
        sa.Column("user_id", Id, nullable=False),
        sa.Column("type", sa.String(40), nullable=False),
        sa.Column("priority", sa.String(10), server_default="normal", nullable=False),
        sa.Column("title", sa.String(200), nullable=False),
        sa.Column("body", sa.String(2000), server_default="", nullable=False),
        sa.Column("url", sa.String(1000), server_default="", nullable=False),
        sa.Column("tags", Json, nullable=False),
        sa.Column("source", sa.String(320), server_default="", nullable=False),
        sa.Column("key", sa.String(80), nullable=False),
        sa.Column("channels", Json, nullable=False),
        sa.Column("errors", Json, nullable=False),
        sa.Column("in_inbox", sa.Boolean(), server_default="1", nullable=False),
        sa.Column("gathered", sa.String(40), server_default="", nullable=False),
        sa.Column("created_at", UtcTime(), nullable=False),
        sa.Column("expires_at", UtcTime()),
        sa.Column("read_at", UtcTime()),
        sa.Column("tenant_id", Id, nullable=False),
        _tenant("notifications"),
        _user("notifications"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_notifications")),
        sa.UniqueConstraint("tenant_id", "id", name=op.f("uq_notifications_tenant_id_id")),
        sa.UniqueConstraint(
            "tenant_id", "user_id", "key", name=op.f("uq_notifications_tenant_id_user_id_key")
        ),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_notifications_user", "notifications", BY_USER)
    op.create_index("ix_notifications_type", "notifications", ["tenant_id", "user_id", "type", "id"])
    op.create_index("ix_notifications_created", "notifications", ["created_at"])
    for name, where in (("ix_notifications_unread", UNREAD), ("ix_notifications_gathered", GATHERED)):
        op.create_index(name, "notifications", BY_USER, sqlite_where=where, postgresql_where=where)
    _create_preferences()
    protect(op.get_bind(), ("notifications", "notification_preferences", "notification_defaults"))


def _create_preferences() -> None:
    op.create_table(
        "notification_preferences",
        sa.Column("user_id", Id, nullable=False),
        sa.Column("type", sa.String(40), nullable=False),
        sa.Column("channel", sa.String(20), nullable=False),
        sa.Column("mode", sa.String(10), nullable=False),
        sa.Column("tenant_id", Id, nullable=False),
        _tenant("notification_preferences"),
        _user("notification_preferences"),
        sa.PrimaryKeyConstraint(
            "tenant_id", "user_id", "type", "channel", name=op.f("pk_notification_preferences")
        ),
    )
    op.create_table(
        "notification_defaults",
        sa.Column("type", sa.String(40), nullable=False),
        sa.Column("channel", sa.String(20), nullable=False),
        sa.Column("mode", sa.String(10), nullable=False),
        sa.Column("is_locked", sa.Boolean(), server_default="0", nullable=False),
        sa.Column("tenant_id", Id, nullable=False),
        _tenant("notification_defaults"),
        sa.PrimaryKeyConstraint("tenant_id", "type", "channel", name=op.f("pk_notification_defaults")),
    )


def _tenant(table: str) -> sa.ForeignKeyConstraint:
    name = op.f(f"fk_{table}_tenant_id")
    return sa.ForeignKeyConstraint(["tenant_id"], ["tenants.id"], name=name, ondelete="CASCADE")


def _user(table: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(
        ["tenant_id", "user_id"],
        ["users.tenant_id", "users.id"],
        name=op.f(f"fk_{table}_tenant_id_user_id"),
        ondelete="CASCADE",
    )


def downgrade() -> None:
    op.drop_table("notification_defaults")
    op.drop_table("notification_preferences")
    op.drop_table("notifications")
