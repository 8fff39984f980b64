"""Adds nudges: what a team wants of them, the cards of a morning, their lines, and what was put off.

The previous release still runs on the new schema.
"""

import sqlalchemy as sa
from alembic import op

from models.database.row_security import protect
from models.tables.base import Id, Json, UtcTime

revision = "0039"
down_revision = "0038"
branch_labels = None
depends_on = None

OPEN = sa.text("gone_at IS NULL")


def upgrade() -> None:
    op.create_table(
        "nudge_settings",
        sa.Column("tenant_id", Id, nullable=False),
        sa.Column("is_on", sa.Boolean(), server_default="0", nullable=False),
        sa.Column("checks", Json, nullable=False),
        sa.Column("at", sa.String(5), server_default="08:30", nullable=False),
        sa.Column("weekdays", Json, nullable=False),
        sa.Column("limits", Json, nullable=False),
        sa.Column("required", Json, nullable=False),
        sa.Column("shows_names", sa.Boolean(), server_default="0", nullable=False),
        sa.Column("next_at", UtcTime()),
        _of_tenant("nudge_settings"),
        sa.PrimaryKeyConstraint("tenant_id", name=op.f("pk_nudge_settings")),
    )
    op.create_index("ix_nudge_settings_next_at", "nudge_settings", ["next_at"])
    _create_cards()
    _create_lines()
    op.create_table(
        "nudge_snoozes",
        sa.Column("tenant_id", Id, nullable=False),
        sa.Column("deal_id", sa.String(64), nullable=False),
        sa.Column("check_name", sa.String(40), nullable=False),
        sa.Column("user_id", Id, nullable=False),
        sa.Column("until", UtcTime(), nullable=False),
        sa.Column("reason", sa.String(300), server_default="", nullable=False),
        _of_tenant("nudge_snoozes"),
        _of_user("nudge_snoozes"),
        sa.PrimaryKeyConstraint("tenant_id", "deal_id", "check_name", name=op.f("pk_nudge_snoozes")),
    )
    op.create_index("ix_nudge_snoozes_until", "nudge_snoozes", ["until"])
    protect(op.get_bind(), ("nudge_settings", "nudge_cards", "nudge_lines", "nudge_snoozes"))


def _create_cards() -> None:
    op.create_table(
        "nudge_cards",
        sa.Column("id", Id, nullable=False),
        sa.Column("user_id", Id, nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("delivery_id", Id),
        sa.Column("changed_at", UtcTime()),
        sa.Column("created_at", UtcTime(), nullable=False),
        sa.Column("tenant_id", Id, nullable=False),
        _of_tenant("nudge_cards"),
        _of_user("nudge_cards"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_nudge_cards")),
        sa.UniqueConstraint("tenant_id", "id", name=op.f("uq_nudge_cards_tenant_id_id")),
        sa.UniqueConstraint("tenant_id", "user_id", "day", name=op.f("uq_nudge_cards_tenant_id_user_id_day")),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_nudge_cards_day", "nudge_cards", ["day"])


def _create_lines() -> None:
    op.create_table(
        "nudge_lines",
        sa.Column("id", Id, nullable=False),
        sa.Column("card_id", Id, nullable=False),
        sa.Column("user_id", Id, nullable=False),
        sa.Column("check_name", sa.String(40), nullable=False),
        sa.Column("deal_id", sa.String(64), nullable=False),
        sa.Column("activity_id", sa.String(64), server_default="", nullable=False),
        sa.Column("rank", Id, nullable=False),
        sa.Column("asked_at", UtcTime(), nullable=False),
        sa.Column("gone_at", UtcTime()),
        sa.Column("gone_because", sa.String(10), server_default="", nullable=False),
        sa.Column("tenant_id", Id, nullable=False),
        _of_tenant("nudge_lines"),
        _of_user("nudge_lines"),
        sa.ForeignKeyConstraint(
            ["tenant_id", "card_id"],
            ["nudge_cards.tenant_id", "nudge_cards.id"],
            name=op.f("fk_nudge_lines_tenant_id_card_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_nudge_lines")),
        sa.UniqueConstraint("tenant_id", "id", name=op.f("uq_nudge_lines_tenant_id_id")),
        sa.UniqueConstraint(
            "tenant_id",
            "card_id",
            "check_name",
            "deal_id",
            name=op.f("uq_nudge_lines_tenant_id_card_id_check_name_deal_id"),
        ),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_nudge_lines_user", "nudge_lines", ["tenant_id", "user_id", "id"])
    op.create_index("ix_nudge_lines_asked_at", "nudge_lines", ["tenant_id", "asked_at"])
    for noun in ("deal", "activity"):
        op.create_index(
            f"ix_nudge_lines_open_{noun}",
            "nudge_lines",
            ["tenant_id", f"{noun}_id"],
            sqlite_where=OPEN,
            postgresql_where=OPEN,
        )


def _of_tenant(table: str) -> sa.Constraint:
    return sa.ForeignKeyConstraint(
        ["tenant_id"], ["tenants.id"], name=op.f(f"fk_{table}_tenant_id"), ondelete="CASCADE"
    )


def _of_user(table: str) -> sa.Constraint:
    return sa.ForeignKeyConstraint(
        ["tenant_id", "user_id"],
        ["users.tenant_id", "users.id"],
        name=op.f(f"fk_{table}_tenant_id_user_id"),
        ondelete="CASCADE",
    )


def downgrade() -> None:
    op.drop_table("nudge_snoozes")
    op.drop_table("nudge_lines")
    op.drop_table("nudge_cards")
    op.drop_table("nudge_settings")
