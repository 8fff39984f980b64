"""Deletes what is old: of every team as KEEP_DAYS says, then of those that keep something for less long."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import select

from models.database.engine import Database
from models.maintenance.prune import (
    BATCH,
    has_ended,
    is_processed,
    may_be_forgotten,
    prune_old_rows,
    prune_rows,
    prune_table,
)
from models.maintenance.prune_names import prune_names_of
from models.maintenance.retention import Retention, list_shorter
from models.security.audit import AUDITOR, Auditor
from models.tables.deliveries import OPEN_STATES, Attempt, Delivery
from models.tables.events import Event
from models.tables.leads import IntakeSubmission
from models.tables.stalled import TrackedObject

TRACKED: Final = (TrackedObject.tenant_id, TrackedObject.entity, TrackedObject.object_id)


def prune_all(database: Database, at: datetime, keep_days: int) -> Iterator[Counter[str]]:
    """Delete what ended too long before `at`, a batch at each step; yield how many rows of what.

    Several processes may prune at once.
    """
    yield from prune_old_rows(database, at, keep_days)
    with database.reading_all() as session:
        teams = list_shorter(session, keep_days)
    for tenant_id, kept in teams:
        yield from _prune_team(database, tenant_id, kept, at)


def _prune_team(database: Database, tenant_id: int, kept: Retention, at: datetime) -> Iterator[Counter[str]]:
    before, young = _conditions(Delivery, tenant_id, at, kept.deliveries)
    is_old = (Delivery.tenant_id == tenant_id) & has_ended(before)
    yield from prune_table(database, "deliveries", Delivery.id, is_old, young)
    before, young = _conditions(Attempt, tenant_id, at, kept.attempts)
    yield from prune_table(database, "attempts", Attempt.id, _is_old_attempt(tenant_id, before), young)
    before = at - timedelta(days=kept.events)
    first_young = (Event.tenant_id == tenant_id) & (Event.received_at >= before)
    is_old = (Event.tenant_id == tenant_id) & is_processed(before)
    yield from prune_table(database, "events", Event.id, is_old, first_young)
    is_old = (IntakeSubmission.tenant_id == tenant_id) & (IntakeSubmission.finished_at < before)
    yield from prune_table(database, "intake_submissions", IntakeSubmission.id, is_old)
    is_old = (TrackedObject.tenant_id == tenant_id) & may_be_forgotten(at, kept.events)
    yield from prune_rows(database, "tracked_objects", TRACKED, TrackedObject.heard_at, is_old)
    yield from prune_names_of(database, tenant_id, at, kept.events)
    if kept.audit is not None:
        yield from _prune_trail(database, tenant_id, at - timedelta(days=kept.audit))


def _conditions(table: Any, tenant_id: int, at: datetime, days: int) -> tuple[datetime, Any]:
    """Return since when rows stay, and the condition of a team's rows that were made since."""
    before = at - timedelta(days=days)
    return before, (table.tenant_id == tenant_id) & (table.created_at >= before)


def _is_old_attempt(tenant_id: int, before: datetime) -> Any:
    """Hold for a team's old attempts of deliveries that have ended: what is still tried keeps them all."""
    of_attempt = (Delivery.tenant_id == Attempt.tenant_id) & (Delivery.id == Attempt.delivery_id)
    is_open = select(Delivery.id).where(of_attempt, Delivery.state.in_(OPEN_STATES)).exists()
    return (Attempt.tenant_id == tenant_id) & (Attempt.created_at < before) & ~is_open


def _prune_trail(database: Database, tenant_id: int, before: datetime) -> Iterator[Counter[str]]:
    deleted = BATCH
    while deleted == BATCH:
        with database.writing(tenant_id) as session:
            auditor: Auditor = session.info[AUDITOR]
            deleted = auditor.delete_until(session, tenant_id, before, BATCH)
        if deleted:
            yield Counter(audit_entries=deleted)
