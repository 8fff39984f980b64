"""Adds what we keep of leads, their history, scores and settings; presses need no card any more.

The previous release still runs on the new schema.
"""

import sqlalchemy as sa
from alembic import op

from models.database import isolation
from models.database.row_security import protect
from models.database.triggers.figures import create_triggers, drop_triggers
from models.tables.base import Id, Json, UtcTime

revision = "0035"
down_revision = "0034"
branch_labels = None
depends_on = None

OWNED = ("leads", "lead_history", "lead_scores", "lead_settings")
OF_LEAD = sa.text("lead_id IS NOT NULL")
LOOK = sa.text("look_at IS NOT NULL")
INDEXES = {
    "ix_leads_status": ("leads", ["tenant_id", "status", "added_at"]),
    "ix_leads_owner": ("leads", ["tenant_id", "owner_id", "added_at"]),
    "ix_leads_added": ("leads", ["tenant_id", "added_at"]),
    "ix_leads_score": ("leads", ["tenant_id", "is_open", "score"]),
    "ix_leads_deal": ("leads", ["tenant_id", "deal_id"]),
    "ix_lead_history_lead": ("lead_history", ["tenant_id", "entity", "object_id", "id"]),
    "ix_lead_history_user": ("lead_history", ["tenant_id", "user_id"]),
    "ix_lead_history_at": ("lead_history", ["tenant_id", "at"]),
    "ix_lead_scores_lead": ("lead_scores", ["tenant_id", "entity", "object_id", "id"]),
    "ix_lead_scores_at": ("lead_scores", ["tenant_id", "at"]),
}


def upgrade() -> None:
    _leads()
    _history()
    _scores()
    for name, (table, columns) in INDEXES.items():
        op.create_index(name, table, columns)
    op.create_index("ix_leads_look", "leads", ["look_at"], sqlite_where=LOOK, postgresql_where=LOOK)
    op.add_column("tracked_objects", sa.Column("lead_id", sa.String(64)))
    op.create_index(
        "ix_tracked_objects_of_lead",
        "tracked_objects",
        ["tenant_id", "lead_id", "changed_at"],
        sqlite_where=OF_LEAD,
        postgresql_where=OF_LEAD,
    )
    protect(op.get_bind(), OWNED)
    _need_delivery(is_needed=False)
    _see_all_tenants()
    # A worker looks at each soon, and notes whether it is open and whose it is.
    op.execute(
        "INSERT INTO leads (tenant_id, entity, object_id, owner_id, added_at, changed_at, look_at)"
        " SELECT tenant_id, entity, object_id, owner_id, changed_at, changed_at, heard_at"
        " FROM tracked_objects WHERE entity = 'lead'"
    )


def _leads() -> None:
    op.create_table(
        "leads",
        _owner("leads"),
        sa.Column("entity", sa.String(20), nullable=False),
        sa.Column("object_id", sa.String(64), nullable=False),
        sa.Column("is_open", sa.Boolean(), server_default="1", nullable=False),
        sa.Column("owner_id", sa.String(64)),
        sa.Column("known_owner_id", sa.String(64)),
        sa.Column("added_at", UtcTime(), nullable=False),
        sa.Column("changed_at", UtcTime(), nullable=False),
        sa.Column("status", sa.String(12), server_default="new", nullable=False),
        sa.Column("contacted_at", UtcTime()),
        sa.Column("snoozed_until", UtcTime()),
        sa.Column("snooze_reason", sa.String(300), server_default="", nullable=False),
        sa.Column("deal_id", sa.String(64)),
        sa.Column("score", Id),
        sa.Column("band", sa.String(8), server_default="", nullable=False),
        sa.Column("scored_at", UtcTime()),
        sa.Column("look_at", UtcTime()),
        sa.PrimaryKeyConstraint("tenant_id", "entity", "object_id", name=op.f("pk_leads")),
    )
    op.create_table(
        "lead_settings",
        _owner("lead_settings"),
        sa.Column("weights", Json, nullable=False),
        sa.Column("version", Id, server_default="0", nullable=False),
        sa.Column("rescored_to", sa.String(90)),
        sa.Column("rescore_total", Id, server_default="0", nullable=False),
        sa.Column("rescore_done", Id, server_default="0", nullable=False),
        sa.PrimaryKeyConstraint("tenant_id", name=op.f("pk_lead_settings")),
    )


def _history() -> None:
    op.create_table(
        "lead_history",
        *_identity("lead_history"),
        sa.Column("key", sa.String(80), nullable=False),
        sa.Column("what", sa.String(20), nullable=False),
        sa.Column("user_id", Id),
        sa.Column("details", Json, nullable=False),
        sa.UniqueConstraint(
            "tenant_id",
            "entity",
            "object_id",
            "key",
            name=op.f("uq_lead_history_tenant_id_entity_object_id_key"),
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "user_id"],
            ["users.tenant_id", "users.id"],
            name=op.f("fk_lead_history_tenant_id_user_id"),
            ondelete="CASCADE",
        ),
        sqlite_autoincrement=True,
    )


def _scores() -> None:
    op.create_table(
        "lead_scores",
        *_identity("lead_scores"),
        sa.Column("score", Id, nullable=False),
        sa.Column("band", sa.String(8), nullable=False),
        sa.Column("reasons", Json, nullable=False),
        sa.Column("weights_version", Id, server_default="0", nullable=False),
        sqlite_autoincrement=True,
    )


def _identity(table: str) -> tuple[sa.schema.SchemaItem, ...]:
    return (
        sa.Column("id", Id, nullable=False),
        _owner(table),
        sa.Column("entity", sa.String(20), nullable=False),
        sa.Column("object_id", sa.String(64), nullable=False),
        sa.Column("at", UtcTime(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f(f"pk_{table}")),
        sa.UniqueConstraint("tenant_id", "id", name=op.f(f"uq_{table}_tenant_id_id")),
    )


def _owner(table: str) -> sa.Column[int]:
    tenant = sa.ForeignKey("tenants.id", ondelete="CASCADE", name=op.f(f"fk_{table}_tenant_id"))
    return sa.Column("tenant_id", Id, tenant, nullable=False)


def _need_delivery(*, is_needed: bool) -> None:
    """Say whether a press needs a card. SQLite copies the table for it, and loses its triggers."""
    drop_triggers(op.get_bind())
    with op.batch_alter_table("card_actions", table_kwargs={"sqlite_autoincrement": True}) as batch:
        batch.alter_column("delivery_id", existing_type=Id, nullable=not is_needed)
    create_triggers(op.get_bind())


def _see_all_tenants() -> None:
    """Row security holds for a role that is no superuser in migrations, too; they name no tenant."""
    if op.get_bind().dialect.name == "postgresql":
        op.execute(f"SELECT set_config('{isolation.SETTING}', '*', true)")


def downgrade() -> None:
    _see_all_tenants()
    op.execute("DELETE FROM card_actions WHERE delivery_id IS NULL")
    _need_delivery(is_needed=True)
    op.drop_index("ix_tracked_objects_of_lead", "tracked_objects")
    op.drop_column("tracked_objects", "lead_id")
    for table in reversed(OWNED):
        op.drop_table(table)
