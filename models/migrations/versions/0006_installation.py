"""Which keys an installation uses, how far each audit trail reaches, and whose an interaction was.

Everything is new or may be empty, so that the previous release still runs on the new schema.
"""

import sqlalchemy as sa
from alembic import op

from models.database.row_security import protect
from models.tables.base import Id

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "installation",
        sa.Column("name", sa.String(40), primary_key=True),
        sa.Column("value", sa.String(255), nullable=False),
    )
    op.create_table(
        "audit_anchors",
        sa.Column("tenant_id", Id, sa.ForeignKey("tenants.id", ondelete="CASCADE"), primary_key=True),
        sa.Column("number", Id, nullable=False),
        sa.Column("proof", sa.String(64), nullable=False),
    )
    protect(op.get_bind(), ("audit_anchors",))
    with op.batch_alter_table("interactions") as batch:
        batch.add_column(sa.Column("tenant_id", Id))
        batch.create_foreign_key(
            "fk_interactions_tenant_id", "tenants", ["tenant_id"], ["id"], ondelete="CASCADE"
        )
        batch.create_index("ix_interactions_tenant_id", ["tenant_id"])


def downgrade() -> None:
    with op.batch_alter_table("interactions") as batch:
        batch.drop_index("ix_interactions_tenant_id")
        batch.drop_constraint("fk_interactions_tenant_id", type_="foreignkey")
        batch.drop_column("tenant_id")
    op.drop_table("audit_anchors")
    op.drop_table("installation")
