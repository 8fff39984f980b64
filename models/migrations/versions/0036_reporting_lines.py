"""Adds who is whose manager in a team.

The previous release still runs on the new schema.
"""

import sqlalchemy as sa
from alembic import op

from models.database.row_security import protect
from models.tables.base import Id

revision = "0036"
down_revision = "0035"
branch_labels = None
depends_on = None

TABLE = "reporting_lines"


def upgrade() -> None:
    op.create_table(
        TABLE,
        sa.Column("user_id", Id, nullable=False),
        sa.Column("manager_id", Id, nullable=False),
        sa.Column("tenant_id", Id, nullable=False),
        sa.ForeignKeyConstraint(
            ["tenant_id"], ["tenants.id"], name=op.f(f"fk_{TABLE}_tenant_id"), ondelete="CASCADE"
        ),
        _user("user_id"),
        _user("manager_id"),
        sa.PrimaryKeyConstraint("tenant_id", "user_id", name=op.f(f"pk_{TABLE}")),
    )
    op.create_index("ix_reporting_lines_manager", TABLE, ["tenant_id", "manager_id"])
    protect(op.get_bind(), (TABLE,))


def _user(column: str) -> sa.ForeignKeyConstraint:
    name = op.f(f"fk_{TABLE}_tenant_id_{column}")
    return sa.ForeignKeyConstraint(
        ["tenant_id", column], ["users.tenant_id", "users.id"], name=name, ondelete="CASCADE"
    )


def downgrade() -> None:
    op.drop_table(TABLE)
