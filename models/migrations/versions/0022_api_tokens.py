"""Adds what programs call REST with: tokens, sessions, refresh tokens, and answers kept for repeats.

New tables only, so that the previous release still runs on the new schema.
"""

import sqlalchemy as sa
from alembic import op

from models.database.row_security import protect
from models.tables.base import Id, Json, UtcTime

revision = "0022"
down_revision = "0021"
branch_labels = None
depends_on = None

OWNED = ("api_tokens", "api_sessions", "refresh_tokens", "idempotent_answers")


def upgrade() -> None:
    op.create_table(
        "api_tokens",
        *_owned("api_tokens"),
        sa.Column("user_id", Id, nullable=False),
        sa.Column("name", sa.String(100), server_default="", nullable=False),
        sa.Column("token_hash", sa.String(64), nullable=False, unique=True),
        sa.Column("last_four", sa.String(4), server_default="", nullable=False),
        sa.Column("scopes", Json, nullable=False),
        sa.Column("expires_at", UtcTime(), nullable=False),
        sa.Column("used_at", UtcTime()),
        sa.Column("revoked_at", UtcTime()),
        sa.Column("created_at", UtcTime(), nullable=False),
        _refers("user_id", "users"),
    )
    op.create_table(
        "api_sessions",
        *_owned("api_sessions"),
        sa.Column("token_id", Id, nullable=False),
        sa.Column("uid", sa.String(32), nullable=False, unique=True),
        sa.Column("expires_at", UtcTime(), nullable=False),
        sa.Column("ended_at", UtcTime()),
        sa.Column("created_at", UtcTime(), nullable=False),
        _refers("token_id", "api_tokens"),
    )
    op.create_table(
        "refresh_tokens",
        *_owned("refresh_tokens"),
        sa.Column("session_id", Id, nullable=False),
        sa.Column("token_hash", sa.String(64), nullable=False, unique=True),
        sa.Column("used_at", UtcTime()),
        sa.Column("created_at", UtcTime(), nullable=False),
        _refers("session_id", "api_sessions"),
    )
    op.create_table(
        "idempotent_answers",
        _owner(),
        sa.Column("user_id", Id, nullable=False),
        sa.Column("key_hash", sa.String(64), nullable=False),
        sa.Column("request_hash", sa.String(64), nullable=False),
        sa.Column("status", Id, nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("created_at", UtcTime(), nullable=False),
        _refers("user_id", "users"),
        sa.PrimaryKeyConstraint("user_id", "key_hash"),
    )
    op.create_index("ix_api_tokens_user", "api_tokens", ["tenant_id", "user_id"])
    op.create_index("ix_api_sessions_token", "api_sessions", ["tenant_id", "token_id"])
    op.create_index("ix_refresh_tokens_session", "refresh_tokens", ["tenant_id", "session_id"])
    for table, column in (
        ("api_tokens", "expires_at"),
        ("api_sessions", "expires_at"),
        ("idempotent_answers", "created_at"),
    ):
        op.create_index(f"ix_{table}_{column}", table, [column])
    protect(op.get_bind(), OWNED)


def _owner() -> sa.Column[int]:
    return sa.Column("tenant_id", Id, sa.ForeignKey("tenants.id", ondelete="CASCADE"), nullable=False)


def _owned(table: str) -> list[sa.Column[int] | sa.UniqueConstraint]:
    unique = sa.UniqueConstraint("tenant_id", "id", name=op.f(f"uq_{table}_tenant_id_id"))
    return [sa.Column("id", Id, primary_key=True), _owner(), unique]


def _refers(column: str, table: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(
        ["tenant_id", column], [f"{table}.tenant_id", f"{table}.id"], ondelete="CASCADE"
    )


def downgrade() -> None:
    for table in reversed(OWNED):
        op.drop_table(table)
