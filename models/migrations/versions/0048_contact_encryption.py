"""Adds whether a team's contact details are encrypted, and columns to find encrypted e-mails by.

Columns with a limit of letters lose it, since what is encrypted is longer. The previous release still runs on
the new schema, as long as no team has turned encryption on: it would show what is encrypted as it is stored.
"""

import sqlalchemy as sa
from alembic import op

from models.database.isolation import SETTING
from models.database.row_security import protect
from models.errors import InvalidRequest
from models.tables.base import Id, Json, UtcTime

revision = "0048"
down_revision = "0047"
branch_labels = None
depends_on = None

NEW = "contact_encryption"
LONGER = {
    "intake_submissions": {"name": 255, "email": 320, "phone": 64, "title": 255},
    "lead_import_rows": {"email": 320},
}
STILL_ON = (
    "The contact details of a team are encrypted, and the earlier release cannot read them. Let its admins "
    "turn that off (`/pipenotify privacy encrypt off`), let a worker change all rows, which ends "
    "some minutes after Chat says that nothing is encrypted, and go back then."
)


def upgrade() -> None:
    tenant = sa.ForeignKey("tenants.id", ondelete="CASCADE", name=op.f(f"fk_{NEW}_tenant_id"))
    op.create_table(
        NEW,
        sa.Column("tenant_id", Id, tenant, nullable=False),
        sa.Column("is_on", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.Column("table_name", sa.String(40)),
        sa.Column("after", Json),
        sa.Column("done", Id, server_default="0", nullable=False),
        sa.Column("total", Id, server_default="0", nullable=False),
        sa.Column("again_at", UtcTime()),
        sa.PrimaryKeyConstraint("tenant_id", name=op.f(f"pk_{NEW}")),
    )
    for table, columns in LONGER.items():
        with op.batch_alter_table(table, table_kwargs={"sqlite_autoincrement": True}) as batch:
            batch.add_column(sa.Column("email_key", sa.String(64), server_default="", nullable=False))
            for name, letters in columns.items():
                batch.alter_column(name, existing_type=sa.String(letters), type_=sa.Text())
    op.create_index("ix_intake_submissions_email_key", "intake_submissions", ["tenant_id", "email_key", "id"])
    op.create_index("ix_lead_import_rows_email_key", "lead_import_rows", ["tenant_id", "email_key"])
    protect(op.get_bind(), (NEW,))


def downgrade() -> None:
    bind = op.get_bind()
    if bind.dialect.name == "postgresql":  # row security holds here, too, and no tenant is named
        bind.execute(sa.text(f"SELECT set_config('{SETTING}', '*', true)"))
    chosen = sa.table(NEW, sa.column("is_on"), sa.column("table_name"), sa.column("again_at"))
    under_way = sa.or_(chosen.c.table_name.is_not(None), chosen.c.again_at.is_not(None))
    if bind.scalar(sa.select(sa.exists().where(sa.or_(chosen.c.is_on, under_way)))):
        raise InvalidRequest(STILL_ON)
    for table, columns in LONGER.items():
        op.drop_index(f"ix_{table}_email_key", table)
        with op.batch_alter_table(table, table_kwargs={"sqlite_autoincrement": True}) as batch:
            for name, letters in columns.items():
                batch.alter_column(name, existing_type=sa.Text(), type_=sa.String(letters))
            batch.drop_column("email_key")
    op.drop_table(NEW)
