"""The first tables.

Rules: it goes up and down on SQLite and PostgreSQL; the previous release still runs on the new schema;
no lock is held for long on a table that grows; a new tenant table gets its row-level security here.
"""

import sqlalchemy as sa
from alembic import op

from models.database.row_security import protect
from models.tables.base import Id, Json, UtcTime

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

PEOPLE = ("tenants", "users", "audit_entries")
PIPEDRIVE = ("connections", "webhook_credentials", "names", "events")
WHERE_AND_WHEN = ("spaces", "destinations", "quiet_hours")
RULES = ("templates", "rules", "rule_destinations")
CARRYING = ("deliveries", "attempts", "lanes", "budgets", "interactions")
TABLES = PEOPLE + PIPEDRIVE + WHERE_AND_WHEN + RULES + CARRYING
OWNED = frozenset(TABLES) - {"tenants", "budgets", "interactions"}


def upgrade() -> None:
    _tenants_and_people()
    _pipedrive()
    _where_and_when()
    _rules()
    _carrying()
    protect(op.get_bind(), sorted(OWNED))


def downgrade() -> None:
    for table in reversed(TABLES):
        op.drop_table(table)


def _owner() -> "sa.Column[int]":
    return sa.Column("tenant_id", Id, sa.ForeignKey("tenants.id", ondelete="CASCADE"), nullable=False)


def _refers(column: str, table: str, ondelete: str | None = None) -> sa.ForeignKeyConstraint:
    """Reference a row of the same tenant: no reference can cross tenants."""
    return sa.ForeignKeyConstraint(
        ["tenant_id", column], [f"{table}.tenant_id", f"{table}.id"], ondelete=ondelete
    )


def _owned(table: str, *parts: sa.schema.SchemaItem, born: str = "created_at") -> None:
    op.create_table(
        table,
        sa.Column("id", Id, primary_key=True),
        _owner(),
        *parts,
        sa.Column(born, UtcTime(), nullable=False),
        sa.UniqueConstraint("tenant_id", "id"),
        sqlite_autoincrement=table in ("events", "deliveries"),
    )


def _partly_indexed(name: str, table: str, columns: list[str], where: str) -> None:
    op.create_index(name, table, columns, sqlite_where=sa.text(where), postgresql_where=sa.text(where))


def _tenants_and_people() -> None:
    op.create_table(
        "tenants",
        sa.Column("id", Id, primary_key=True),
        sa.Column("name", sa.String(255), nullable=False),
        sa.Column("plan", sa.String(40), server_default="starter", nullable=False),
        sa.Column("status", sa.String(20), server_default="active", nullable=False),
        sa.Column("monthly_limit", Id, server_default="1000"),
        sa.Column("monthly_count", Id, server_default="0", nullable=False),
        sa.Column("book_version", Id, server_default="1", nullable=False),
        sa.Column("created_at", UtcTime(), nullable=False),
        sa.UniqueConstraint("name"),
    )
    op.create_index("ix_tenants_status", "tenants", ["status"])
    _owned(
        "users",
        sa.Column("email", sa.String(320), nullable=False),
        sa.Column("display_name", sa.String(255), server_default="", nullable=False),
        sa.Column("role", sa.String(20), server_default="sales_rep", nullable=False),
        sa.Column("chat_name", sa.String(255)),
        sa.Column("pipedrive_user_id", sa.String(64)),
        sa.UniqueConstraint("tenant_id", "email"),
    )
    op.create_index("ix_users_chat_name", "users", ["chat_name"])
    op.create_index("ix_users_email", "users", ["email"])
    _owned(
        "audit_entries",
        sa.Column("number", Id, nullable=False),
        sa.Column("actor", sa.String(320), nullable=False),
        sa.Column("action", sa.String(60), nullable=False),
        sa.Column("object", sa.String(320), nullable=False),
        sa.Column("details", Json, nullable=False),
        sa.Column("chained", sa.String(64), nullable=False),
        sa.UniqueConstraint("tenant_id", "number"),
    )


def _pipedrive() -> None:
    _owned(
        "connections",
        sa.Column("company_id", sa.String(64), nullable=False),
        sa.Column("domain", sa.String(255)),
        sa.Column("api_domain", sa.String(255)),
        sa.Column("state", sa.String(20), server_default="none", nullable=False),
        sa.Column("access_token", sa.Text()),
        sa.Column("refresh_token", sa.Text()),
        sa.Column("expires_at", UtcTime()),
        sa.Column("refresh_lease_until", UtcTime()),
        sa.UniqueConstraint("company_id"),
        sa.UniqueConstraint("tenant_id"),
    )
    _owned(
        "webhook_credentials",
        sa.Column("key", sa.String(128), nullable=False),
        sa.Column("user_name", sa.String(255), nullable=False),
        sa.Column("password", sa.Text(), nullable=False),
        sa.Column("expires_at", UtcTime()),
    )
    op.create_index("ix_webhook_credentials_key", "webhook_credentials", ["key"])
    op.create_table(
        "names",
        _owner(),
        sa.Column("kind", sa.String(40), nullable=False),
        sa.Column("key", sa.String(64), nullable=False),
        sa.Column("text", sa.String(500), nullable=False),
        sa.Column("more", Json, nullable=False),
        sa.Column("fetched_at", UtcTime(), nullable=False),
        sa.PrimaryKeyConstraint("tenant_id", "kind", "key"),
    )
    _owned(
        "events",
        sa.Column("source_key", sa.String(128), nullable=False),
        sa.Column("raw", sa.LargeBinary(), nullable=False),
        sa.Column("state", sa.String(12), server_default="new", nullable=False),
        sa.Column("event_type", sa.String(60), server_default="", nullable=False),
        sa.Column("outcome", sa.String(500), server_default="", nullable=False),
        sa.Column("lease_token", sa.String(32)),
        sa.Column("lease_until", UtcTime()),
        sa.Column("lease_losses", Id, server_default="0", nullable=False),
        sa.UniqueConstraint("tenant_id", "source_key"),
        born="received_at",
    )
    _partly_indexed("ix_events_new", "events", ["tenant_id", "id"], "state = 'new'")


def _where_and_when() -> None:
    _owned(
        "spaces",
        sa.Column("name", sa.String(255), nullable=False),
        sa.Column("title", sa.String(255), server_default="", nullable=False),
        sa.Column("is_member", sa.Boolean(), server_default="1", nullable=False),
        sa.UniqueConstraint("name"),
    )
    _owned(
        "destinations",
        sa.Column("uid", sa.String(32), nullable=False),
        sa.Column("kind", sa.String(20), nullable=False),
        sa.Column("name", sa.String(255), nullable=False),
        sa.Column("description", sa.String(1000), server_default="", nullable=False),
        sa.Column("space_id", Id),
        sa.Column("address", sa.Text(), nullable=False),
        sa.Column("lane", sa.String(320), nullable=False),
        sa.Column("is_active", sa.Boolean(), server_default="1", nullable=False),
        sa.Column("paused_because", sa.String(500)),
        _refers("space_id", "spaces", ondelete="CASCADE"),
        sa.UniqueConstraint("tenant_id", "name"),
        sa.UniqueConstraint("uid"),
    )
    _owned(
        "quiet_hours",
        sa.Column("scope", sa.String(10), nullable=False),
        sa.Column("space_id", Id),
        sa.Column("user_id", Id),
        sa.Column("starts", sa.String(5), nullable=False),
        sa.Column("ends", sa.String(5), nullable=False),
        sa.Column("days", Json, nullable=False),
        sa.Column("timezone", sa.String(64), nullable=False),
        sa.Column("lets_urgent_through", sa.Boolean(), server_default="0", nullable=False),
        _refers("space_id", "spaces", ondelete="CASCADE"),
        _refers("user_id", "users", ondelete="CASCADE"),
    )


def _rules() -> None:
    _owned(
        "templates",
        sa.Column("name", sa.String(255), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.UniqueConstraint("tenant_id", "name"),
    )
    _owned(
        "rules",
        sa.Column("name", sa.String(255), nullable=False),
        sa.Column("event_types", Json, nullable=False),
        sa.Column("conditions", Json),
        sa.Column("look", sa.String(20), server_default="compact", nullable=False),
        sa.Column("liquid", sa.Text()),
        sa.Column("template_id", Id),
        sa.Column("is_urgent", sa.Boolean(), server_default="0", nullable=False),
        sa.Column("is_enabled", sa.Boolean(), server_default="1", nullable=False),
        sa.Column("priority", Id, server_default="0", nullable=False),
        sa.Column("version", Id, server_default="1", nullable=False),
        sa.Column("made_by", sa.String(320), server_default="", nullable=False),
        sa.Column("updated_at", UtcTime(), nullable=False),
        _refers("template_id", "templates"),
        sa.UniqueConstraint("tenant_id", "name"),
    )
    op.create_index("ix_rules_match", "rules", ["tenant_id", "is_enabled", "priority", "created_at"])
    op.create_table(
        "rule_destinations",
        _owner(),
        sa.Column("rule_id", Id, nullable=False),
        sa.Column("destination_id", Id, nullable=False),
        sa.Column("position", Id, server_default="0", nullable=False),
        _refers("destination_id", "destinations", ondelete="CASCADE"),
        _refers("rule_id", "rules", ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("rule_id", "destination_id"),
    )
    op.create_index("ix_rule_destinations_destination_id", "rule_destinations", ["destination_id"])


def _carrying() -> None:
    _owned(
        "deliveries",
        sa.Column("event_id", Id),
        sa.Column("rule_id", Id),
        sa.Column("destination_id", Id),
        sa.Column("rule_name", sa.String(255), server_default="", nullable=False),
        sa.Column("destination_name", sa.String(255), server_default="", nullable=False),
        sa.Column("event_type", sa.String(60), server_default="", nullable=False),
        sa.Column("lane", sa.String(320), nullable=False),
        sa.Column("is_urgent", sa.Boolean(), server_default="0", nullable=False),
        sa.Column("is_test", sa.Boolean(), server_default="0", nullable=False),
        sa.Column("request_id", sa.String(40), nullable=False),
        sa.Column("message_key", sa.String(63)),
        sa.Column("message_name", sa.String(255)),
        sa.Column("state", sa.String(12), server_default="pending", nullable=False),
        sa.Column("reason", sa.Text(), server_default="", nullable=False),
        sa.Column("attempts", Id, server_default="0", nullable=False),
        sa.Column("waiting_since", UtcTime()),
        sa.Column("next_attempt_at", UtcTime(), nullable=False),
        sa.Column("lease_token", sa.String(32)),
        sa.Column("lease_until", UtcTime()),
        sa.Column("lease_losses", Id, server_default="0", nullable=False),
        sa.Column("finished_at", UtcTime()),
        _refers("destination_id", "destinations"),
        _refers("event_id", "events"),
        _refers("rule_id", "rules"),
        sa.UniqueConstraint("request_id"),
        sa.UniqueConstraint("tenant_id", "event_id", "rule_id", "destination_id"),
    )
    op.create_index("ix_deliveries_destination", "deliveries", ["tenant_id", "destination_id"])
    op.create_index("ix_deliveries_message", "deliveries", ["tenant_id", "message_key"])
    is_open = "state IN ('pending', 'sending', 'held')"
    _partly_indexed("ix_deliveries_open", "deliveries", ["tenant_id", "lane", "id"], is_open)
    op.create_index("ix_deliveries_rule", "deliveries", ["tenant_id", "rule_id"])
    _owned(
        "attempts",
        sa.Column("delivery_id", Id, nullable=False),
        sa.Column("outcome", sa.String(20), nullable=False),
        sa.Column("http_status", Id),
        sa.Column("detail", sa.String(500), server_default="", nullable=False),
        sa.Column("took_ms", Id, server_default="0", nullable=False),
        _refers("delivery_id", "deliveries", ondelete="CASCADE"),
    )
    op.create_index("ix_attempts_delivery", "attempts", ["tenant_id", "delivery_id"])
    op.create_table(
        "lanes",
        _owner(),
        sa.Column("lane", sa.String(320), nullable=False),
        sa.Column("due_at", UtcTime()),
        sa.Column("free_at", UtcTime()),
        sa.Column("backoff", Id, server_default="0", nullable=False),
        sa.Column("lease_token", sa.String(32)),
        sa.Column("lease_until", UtcTime()),
        sa.PrimaryKeyConstraint("tenant_id", "lane"),
    )
    op.create_index("ix_lanes_due", "lanes", ["due_at"])
    op.create_index("ix_lanes_lane", "lanes", ["lane"])
    op.create_table(
        "budgets",
        sa.Column("name", sa.String(60), primary_key=True),
        sa.Column("tokens", sa.Double(), nullable=False),
        sa.Column("counted_at", UtcTime(), nullable=False),
    )
    op.create_table(
        "interactions",
        sa.Column("key", sa.String(64), primary_key=True),
        sa.Column("reply", Json),
        sa.Column("received_at", UtcTime(), nullable=False),
    )
    op.create_index("ix_interactions_received_at", "interactions", ["received_at"])
