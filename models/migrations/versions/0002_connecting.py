"""Tables for connecting: sessions and OAuth flows, our webhooks, people, API usage, backfills.

Every new column has a default, so that the previous release still runs on the new schema.
"""

from typing import Any

import sqlalchemy as sa
from alembic import op

from models.database.row_security import protect
from models.tables.base import Id, Json, UtcTime

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

OWNED = (
    "webhook_subscriptions",
    "personal_connections",
    "api_spendings",
    "pipedrive_users",
    "catch_ups",
)
SHARED = ("sessions", "oauth_flows", "tickets", "heartbeats", "unknown_commands")


def upgrade() -> None:
    _columns()
    _people_in_browsers()
    _pipedrive()
    protect(op.get_bind(), OWNED)


def downgrade() -> None:
    for table in (*OWNED, *SHARED):
        op.drop_table(table)
    for table, columns in ADDED.items():
        with op.batch_alter_table(table) as batch:
            for name, _ in columns:
                batch.drop_column(name)


def _flag() -> dict[str, Any]:
    return {"server_default": sa.false(), "nullable": False}


def _words() -> dict[str, Any]:
    return {"server_default": "", "nullable": False}


ADDED = {
    "connections": (
        ("user_id", lambda: sa.Column("user_id", sa.String(64))),
        ("company_name", lambda: sa.Column("company_name", sa.String(255), **_words())),
        ("is_admin", lambda: sa.Column("is_admin", sa.Boolean())),
        ("connected_by", lambda: sa.Column("connected_by", sa.String(320), **_words())),
        ("keeps_webhooks", lambda: sa.Column("keeps_webhooks", sa.Boolean(), **_flag())),
        ("rotates", lambda: sa.Column("rotates", sa.Boolean(), **_flag())),
        ("problem", lambda: sa.Column("problem", sa.String(500), **_words())),
        ("refreshed_at", lambda: sa.Column("refreshed_at", UtcTime())),
        ("checked_at", lambda: sa.Column("checked_at", UtcTime())),
        ("limited_until", lambda: sa.Column("limited_until", UtcTime())),
        ("limit_strikes", lambda: sa.Column("limit_strikes", Id, server_default="0", nullable=False)),
        ("care_at", lambda: sa.Column("care_at", UtcTime())),
        ("care_lease_until", lambda: sa.Column("care_lease_until", UtcTime())),
        ("care_failures", lambda: sa.Column("care_failures", Id, server_default="0", nullable=False)),
    ),
    "users": (("is_matched_by_hand", lambda: sa.Column("is_matched_by_hand", sa.Boolean(), **_flag())),),
    "rules": (("shows_restricted", lambda: sa.Column("shows_restricted", sa.Boolean(), **_flag())),),
    "deliveries": (
        ("withheld", lambda: sa.Column("withheld", sa.String(200), **_words())),
        ("notice", lambda: sa.Column("notice", Json)),
    ),
}


def _columns() -> None:
    for table, columns in ADDED.items():
        for _, column in columns:
            op.add_column(table, column())


def _owner() -> "sa.Column[int]":
    return sa.Column("tenant_id", Id, sa.ForeignKey("tenants.id", ondelete="CASCADE"), nullable=False)


def _owned(table: str, *parts: sa.schema.SchemaItem) -> None:
    op.create_table(
        table,
        sa.Column("id", Id, primary_key=True),
        _owner(),
        *parts,
        sa.UniqueConstraint("tenant_id", "id"),
    )


def _born() -> "sa.Column[Any]":
    return sa.Column("created_at", UtcTime(), nullable=False)


def _time(name: str, *, needed: bool = False) -> "sa.Column[Any]":
    return sa.Column(name, UtcTime(), nullable=not needed)


def _tenant(ondelete: str) -> "sa.Column[int]":
    return sa.Column("tenant_id", Id, sa.ForeignKey("tenants.id", ondelete=ondelete))


def _people_in_browsers() -> None:
    op.create_table(
        "sessions",
        sa.Column("id", Id, primary_key=True),
        sa.Column("token_hash", sa.String(64), nullable=False, unique=True),
        sa.Column("email", sa.String(320), nullable=False),
        sa.Column("display_name", sa.String(255), **_words()),
        _tenant("SET NULL"),
        sa.Column("space", sa.String(255)),
        sa.Column("space_title", sa.String(255), **_words()),
        sa.Column("agent", sa.String(255), **_words()),
        _time("seen_at", needed=True),
        _time("expires_at", needed=True),
        _born(),
    )
    op.create_index("ix_sessions_email", "sessions", ["email"])
    op.create_index("ix_sessions_expires_at", "sessions", ["expires_at"])
    op.create_table(
        "oauth_flows",
        sa.Column("id", Id, primary_key=True),
        sa.Column("state_hash", sa.String(64), nullable=False, unique=True),
        sa.Column("purpose", sa.String(20), nullable=False),
        sa.Column("browser_hash", sa.String(64), nullable=False),
        sa.Column("secret", sa.Text(), nullable=False),
        sa.Column("nonce", sa.String(64), **_words()),
        sa.Column("email", sa.String(320)),
        _tenant("CASCADE"),
        sa.Column("return_to", sa.String(500), **_words()),
        _time("expires_at", needed=True),
        _born(),
    )
    op.create_index("ix_oauth_flows_expires_at", "oauth_flows", ["expires_at"])
    op.create_table(
        "tickets",
        sa.Column("id", Id, primary_key=True),
        sa.Column("digest", sa.String(64), nullable=False, unique=True),
        sa.Column("purpose", sa.String(20), nullable=False),
        sa.Column("email", sa.String(320), nullable=False),
        sa.Column("chat_name", sa.String(255)),
        _tenant("CASCADE"),
        sa.Column("space", sa.String(255)),
        sa.Column("space_title", sa.String(255), **_words()),
        _time("expires_at", needed=True),
        _born(),
    )
    op.create_index("ix_tickets_expires_at", "tickets", ["expires_at"])
    op.create_table(
        "heartbeats", sa.Column("part", sa.String(40), primary_key=True), _time("at", needed=True)
    )
    op.create_table(
        "unknown_commands",
        sa.Column("command_id", sa.String(20), primary_key=True),
        sa.Column("times", Id, server_default="1", nullable=False),
        _time("last_at", needed=True),
    )


def _pipedrive() -> None:
    _owned(
        "webhook_subscriptions",
        sa.Column("pipedrive_id", sa.String(64), nullable=False),
        sa.Column("entity", sa.String(40), nullable=False),
        sa.Column("key", sa.String(128), nullable=False),
        sa.Column("last_status", Id),
        _time("last_delivery_at"),
        sa.Column("trouble", sa.String(500), **_words()),
        _born(),
        sa.UniqueConstraint("tenant_id", "pipedrive_id"),
    )
    _owned(
        "personal_connections",
        sa.Column("user_id", Id, nullable=False),
        sa.Column("pipedrive_user_id", sa.String(64), nullable=False),
        sa.Column("api_domain", sa.String(255)),
        sa.Column("state", sa.String(20), server_default="connected", nullable=False),
        sa.Column("access_token", sa.Text()),
        sa.Column("refresh_token", sa.Text()),
        _time("expires_at"),
        _time("refresh_lease_until"),
        _time("refreshed_at"),
        _born(),
        sa.UniqueConstraint("tenant_id", "user_id"),
        sa.ForeignKeyConstraint(
            ["tenant_id", "user_id"], ["users.tenant_id", "users.id"], ondelete="CASCADE"
        ),
    )
    _owned(
        "api_spendings",
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("tokens", Id, server_default="0", nullable=False),
        sa.Column("calls", Id, server_default="0", nullable=False),
        sa.UniqueConstraint("tenant_id", "day"),
    )
    _owned(
        "pipedrive_users",
        sa.Column("pipedrive_id", sa.String(64), nullable=False),
        sa.Column("name", sa.String(255), **_words()),
        sa.Column("email", sa.String(320), **_words()),
        sa.Column("is_active", sa.Boolean(), server_default=sa.true(), nullable=False),
        sa.Column("is_admin", sa.Boolean(), **_flag()),
        _time("seen_at", needed=True),
        sa.UniqueConstraint("tenant_id", "pipedrive_id"),
    )
    _owned(
        "catch_ups",
        _time("since", needed=True),
        _time("until", needed=True),
        sa.Column("reason", sa.String(200), nullable=False),
        sa.Column("state", sa.String(12), server_default="waiting", nullable=False),
        sa.Column("progress", Json, nullable=False),
        sa.Column("found", Id, server_default="0", nullable=False),
        sa.Column("failures", Id, server_default="0", nullable=False),
        _time("due_at", needed=True),
        _time("lease_until"),
        _born(),
        _time("finished_at"),
    )
    op.create_index("ix_catch_ups_due_at", "catch_ups", ["due_at"])
