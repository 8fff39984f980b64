"""Removed rules and destinations: their open deliveries are skipped, they go when no delivery names them."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import and_, delete, select, update
from sqlalchemy.orm import Session

from models.database.engine import ConstraintViolation, Database
from models.database.removed_rows import WITH_REMOVED
from models.destinations.linking import DIRECT_MESSAGE
from models.destinations.open_deliveries import skip_removed
from models.reports.roll_up import forget_destination
from models.tables.base import removed_name
from models.tables.deliveries import IS_HELD, OPEN_STATES, Delivery, Lane
from models.tables.destinations import FORMER_PERSON, Destination
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


def forget_removed_people(database: Database) -> int:
    """Take the e-mails of removed people out of their ended deliveries, a batch for each; return how many.

    A direct message is a destination with its person's e-mail in its lane. Once no delivery names the lane,
    it is deleted, and the destination forgets it.
    """
    theirs = Destination.lane.startswith(DIRECT_MESSAGE)
    removed = select(Destination.tenant_id, Destination.id, Destination.lane)
    with database.reading_all() as session:
        found = session.execute(
            removed.where(Destination.removed_at.is_not(None), theirs), execution_options=WITH_REMOVED
        ).all()
    return sum(_forget_person(database, *row) for row in found)


def _forget_person(database: Database, tenant_id: int, destination_id: int, lane: str) -> int:
    unknown = removed_name(destination_id)
    mine = and_(Delivery.tenant_id == tenant_id, Delivery.destination_id == destination_id)
    named = and_(mine, Delivery.lane == lane)
    with database.writing(tenant_id) as session:
        some = select(Delivery.id).where(named, Delivery.state.not_in(OPEN_STATES)).limit(BATCH)
        ids = session.scalars(some).all()
        forget_destination(session, tenant_id, destination_id)
        if ids:
            ended = update(Delivery).where(Delivery.tenant_id == tenant_id, Delivery.id.in_(ids))
            _execute(session, ended.values(lane=unknown, destination_name=FORMER_PERSON))
        elif session.scalar(select(Delivery.id).where(named).limit(1)) is None:
            _execute(session, delete(Lane).where(Lane.tenant_id == tenant_id, Lane.lane == lane))
            row = and_(Destination.tenant_id == tenant_id, Destination.id == destination_id)
            _execute(session, update(Destination).where(row).values(lane=unknown, address=""))
    return len(ids)


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
    _execute(session, mine)


def _execute(session: Session, statement: Any) -> None:
    session.execute(statement, execution_options=WITH_REMOVED | {"synchronize_session": False})
