"""Stores the problems of a connection as codes, next to their texts for people.

The column has a default, so that the previous release still runs on the new schema.
"""

import sqlalchemy as sa
from alembic import op

from models.tables.base import Json

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

# The texts of release 0002, which recognised a problem by its text, worst first.
SENTENCES = {
    "Pipedrive has ended its connection with Pipenotify.": "ended",
    "What Pipedrive authorised cannot be opened with the keys at hand.": "unreadable",
    "Pipedrive refuses this installation's app.": "no_app",
    "Pipedrive says that your company's account is closed or unpaid.": "unpaid",
    "Pipedrive does not let Pipenotify manage its webhooks.": "forbidden",
    "This Pipedrive user has 40 webhooks, as many as Pipedrive allows.": "full",
    "Pipedrive refuses the address of Pipenotify.": "unreachable",
    "Some changes in Pipedrive did not get through to Pipenotify.": "failing",
    "Another webhook in Pipedrive still leads to Pipenotify": "twice",
    "Pipedrive did not answer the last times Pipenotify asked.": "silent",
}


def upgrade() -> None:
    op.add_column("connections", sa.Column("problem_codes", Json, server_default="[]", nullable=False))
    connections = sa.table(
        "connections",
        sa.column("tenant_id"),
        sa.column("problem", sa.String),
        sa.column("problem_codes", Json),
    )
    connection = op.get_bind()
    found = connection.execute(
        sa.select(connections.c.tenant_id, connections.c.problem).where(connections.c.problem != "")
    ).all()
    for tenant_id, problem in found:
        codes = [code for sentence, code in SENTENCES.items() if sentence in problem]
        mine = connections.update().where(connections.c.tenant_id == tenant_id)
        connection.execute(mine.values(problem_codes=codes))


def downgrade() -> None:
    with op.batch_alter_table("connections") as batch:
        batch.drop_column("problem_codes")
