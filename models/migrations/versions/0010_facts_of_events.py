"""Adds what an event is about, so that events are found by their object, counted and summed.

Every column has a default, so that the previous release still runs on the new schema. Bodies of version 2
that are stored already get the key of their object, a batch at a time, from the newest on.
"""

from collections.abc import Sequence
from typing import Any, Final

import orjson
import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None

COLUMNS: Final = ("object_key", "kind", "amount", "currency", "who_id", "is_bulk")
BATCH: Final = 500
MOST: Final = 200_000  # events; older ones are pruned soon


def upgrade() -> None:
    op.add_column("events", sa.Column("object_key", sa.String(80), nullable=True))
    op.add_column("events", sa.Column("kind", sa.String(60), server_default="", nullable=False))
    op.add_column("events", sa.Column("amount", sa.Double(), nullable=True))
    op.add_column("events", sa.Column("currency", sa.String(10), nullable=True))
    op.add_column("events", sa.Column("who_id", sa.String(64), nullable=True))
    op.add_column("events", sa.Column("is_bulk", sa.Boolean(), server_default="0", nullable=False))
    where = sa.text("object_key IS NOT NULL")
    columns = ["tenant_id", "object_key", "id"]
    op.create_index("ix_events_object", "events", columns, sqlite_where=where, postgresql_where=where)
    fill()


def fill() -> None:
    """Give stored events the key of their object."""
    connection = op.get_bind()
    some = sa.text(
        "SELECT id, raw FROM events WHERE state = 'done' AND source_key NOT LIKE 'test-%'"
        " AND id < :before ORDER BY id DESC LIMIT :most"
    )
    before: int | None = connection.execute(sa.text("SELECT max(id) + 1 FROM events")).scalar()
    for _ in range(MOST // BATCH):
        if before is None:
            return
        rows = connection.execute(some, {"before": before, "most": BATCH}).all()
        if not rows:
            return
        before = rows[-1].id
        if keys := _keys_of(rows):
            connection.execute(sa.text("UPDATE events SET object_key = :key WHERE id = :id"), keys)


def _keys_of(rows: Sequence[Any]) -> list[dict[str, Any]]:
    found = ((row.id, _key_of(bytes(row.raw))) for row in rows)
    return [{"id": event_id, "key": key} for event_id, key in found if key]


def _key_of(raw: bytes) -> str | None:
    try:
        meta = orjson.loads(raw)["meta"]
        entity, object_id = meta["entity"], meta["entity_id"]
    except (ValueError, KeyError, TypeError):
        return None
    return f"{entity}:{object_id}".replace("\0", "")[:80]


def downgrade() -> None:
    op.drop_index("ix_events_object", "events")
    for name in reversed(COLUMNS):
        op.drop_column("events", name)
