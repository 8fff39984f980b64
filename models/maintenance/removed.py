"""Removed rules and destinations: what they still owe is skipped, and they go when no delivery names them."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import and_, delete, select
from sqlalchemy.orm import Session

from models.database.engine import ConstraintViolation, Database
from models.database.removed_rows import WITH_REMOVED
from models.destinations.removal import skip_removed
from models.tables.deliveries import IS_HELD, Delivery
from models.tables.destinations import Destination
from models.tables.rules import Rule

BATCH: Final = 500
# A worker with an older ruleset may still create deliveries for a moment.
LINGER: Final = timedelta(minutes=5)


def skip_held_of_removed(database: Database, at: datetime) -> int:
    """Skip deliveries that quiet hours hold for removed destinations, a batch for each; return how many.

    What is due is skipped by the workers that claim it.
    """
    held = and_(
        Delivery.tenant_id == Destination.tenant_id, Delivery.destination_id == Destination.id, IS_HELD
    )
    removed_with_held = select(Destination.tenant_id, Destination.id, Destination.lane).where(
        Destination.removed_at.is_not(None), select(Delivery.id).where(held).exists()
    )
    with database.reading_all() as session:
        found = session.execute(removed_with_held, execution_options=WITH_REMOVED).all()
    skipped = 0
    for tenant_id, destination_id, lane in found:
        with database.writing(tenant_id) as session:
            skipped += skip_removed(session, tenant_id, destination_id, lane, at)
    return skipped


def delete_unnamed(database: Database, at: datetime) -> int:
    """Delete removed rules and destinations that no delivery names any more; return how many."""
    return sum(_delete_unnamed(database, *each, at) for each in NAMED_BY)


NAMED_BY: Final[tuple[tuple[Any, Any], ...]] = (
    (Rule, Delivery.rule_id),
    (Destination, Delivery.destination_id),
)


def _delete_unnamed(database: Database, table: Any, named_by: Any, at: datetime) -> int:
    named = and_(Delivery.tenant_id == table.tenant_id, named_by == table.id)
    is_old = table.removed_at < at - LINGER
    unnamed = select(table.tenant_id, table.id).where(is_old, ~select(Delivery.id).where(named).exists())
    with database.reading_all() as session:
        found = session.execute(unnamed.limit(BATCH), execution_options=WITH_REMOVED).all()
    return sum(_delete_row(database, table, *row) for row in found)


def _delete_row(database: Database, table: Any, tenant_id: int, row_id: int) -> bool:
    """Delete one row; False if a delivery names it by now."""
    try:
        with database.writing(tenant_id) as session:
            _delete(session, table, tenant_id, row_id)
    except ConstraintViolation:
        return False
    return True


def _delete(session: Session, table: Any, tenant_id: int, row_id: int) -> None:
    mine = delete(table).where(table.tenant_id == tenant_id, table.id == row_id)
    session.execute(mine, execution_options=WITH_REMOVED | {"synchronize_session": False})
