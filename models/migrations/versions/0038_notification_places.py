"""Adds where else a person's notifications go: a space, a webhook of the team.

The previous release still runs on the new schema.
"""

import sqlalchemy as sa
from alembic import op

from models.database.row_security import protect
from models.tables.base import Id

revision = "0038"
down_revision = "0037"
branch_labels = None
depends_on = None

TABLE = "notification_places"


def upgrade() -> None:
    op.create_table(
        TABLE,
        sa.Column("user_id", Id, nullable=False),
        sa.Column("channel", sa.String(20), nullable=False),
        sa.Column("destination_id", Id, nullable=False),
        sa.Column("tenant_id", Id, nullable=False),
        sa.ForeignKeyConstraint(
            ["tenant_id"], ["tenants.id"], name=op.f(f"fk_{TABLE}_tenant_id"), ondelete="CASCADE"
        ),
        _key("user_id", "users"),
        _key("destination_id", "destinations"),
        sa.PrimaryKeyConstraint("tenant_id", "user_id", "channel", name=op.f(f"pk_{TABLE}")),
    )
    op.create_index("ix_notification_places_destination", TABLE, ["tenant_id", "destination_id"])
    protect(op.get_bind(), (TABLE,))


def _key(column: str, table: str) -> sa.ForeignKeyConstraint:
    name = op.f(f"fk_{TABLE}_tenant_id_{column}")
    columns = [f"{table}.tenant_id", f"{table}.id"]
    return sa.ForeignKeyConstraint(["tenant_id", column], columns, name=name, ondelete="CASCADE")


def downgrade() -> None:
    op.drop_table(TABLE)
