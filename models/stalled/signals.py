"""Finds deals that stall and activities that become overdue, and stores an event for each, once.

An event's source key names the object, the threshold and the change before it, and it is stored in the same
transaction that records it as announced: neither a crash nor a second worker tells anything twice.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final
from zoneinfo import ZoneInfo

import orjson
import structlog
from sqlalchemy import select
from sqlalchemy.orm import Session

from models.connections.names import names_of_pairs
from models.events import store as event_store
from models.events.store import SIGNALLED, Arrival
from models.pipedrive.names import Names
from models.pipedrive.signal import IDLE_DAYS, OVERDUE, STALLED, signal_body
from models.security.contents import UNREADABLE_AGAIN, has_lost
from models.stalled.thresholds import DAYS, days_after, idle_days, overdue_at, thresholds_in_stage
from models.stalled.track import DEAL, unpacked
from models.tables.accounts import Tenant, TenantStatus
from models.tables.connections import Connection
from models.tables.events import EventState
from models.tables.rules import Rule
from models.tables.stalled import StalledSettings, TrackedObject

OLD: Final = timedelta(days=90)

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class _Team:
    """What decides for the objects of one tenant; `named` are the event types that its rules name."""

    zone: ZoneInfo
    thresholds: tuple[int, ...]
    company_id: str | None
    named: frozenset[str]
    stages: Names


@dataclass(frozen=True, slots=True)
class _Finding:
    """What is announced of an object: its event type, the threshold, and since when that holds."""

    event_type: str
    threshold: int
    since: datetime


def is_any_due(session: Session, at: datetime) -> bool:
    """Return whether some object is due to be looked at, or a tenant has changed its thresholds."""
    due = select(TrackedObject.tenant_id).where(TrackedObject.next_at <= at).limit(1)
    if session.scalar(due) is not None:
        return True
    changed = select(StalledSettings.tenant_id).where(StalledSettings.rechecked_to.is_not(None)).limit(1)
    return session.scalar(changed) is not None


def tell_due(session: Session, at: datetime, limit: int) -> int:
    """Look at up to `limit` objects that are due; return how many there were.

    What held already when we learned of the change is old news: it is announced only where a rule asks for
    it by name, and not after 90 days. The session is a writing one over all tenants.
    """
    active = select(Tenant.id).where(Tenant.status == TenantStatus.ACTIVE)
    due = select(TrackedObject).where(TrackedObject.next_at <= at, TrackedObject.tenant_id.in_(active))
    locked = due.order_by(TrackedObject.next_at).limit(limit).with_for_update(skip_locked=True)
    found = session.scalars(locked).all()
    rows = [row for row in found if not _is_put_off(row, at)]
    teams = {tenant_id: _read_team(session, tenant_id, rows) for tenant_id in {row.tenant_id for row in rows}}
    arrivals = [made for row in rows if (made := _look_at(row, teams[row.tenant_id], at))]
    if arrivals:
        event_store.store(session, arrivals)
    session.flush()
    return len(found)


def _is_put_off(row: TrackedObject, at: datetime) -> bool:
    """Look at an object again later whose state cannot be decrypted now."""
    if not has_lost(row):
        return False
    row.next_at = at + UNREADABLE_AGAIN
    return True


def _read_team(session: Session, tenant_id: int, rows: Iterable[TrackedObject]) -> _Team:
    settings = session.get(StalledSettings, tenant_id)
    zone = session.scalar(select(Tenant.timezone).where(Tenant.id == tenant_id))
    company = session.scalar(select(Connection.company_id).where(Connection.tenant_id == tenant_id))
    rules = select(Rule.event_types).where(Rule.tenant_id == tenant_id, Rule.is_enabled.is_(True))
    stages = {
        ("stage", str(unpacked(row.state)[0].get("stage_id")))
        for row in rows
        if row.tenant_id == tenant_id and row.entity == DEAL
    }
    return _Team(
        ZoneInfo(zone or "UTC"),
        tuple(settings.thresholds) if settings is not None else DAYS,
        company,
        frozenset(each for types in session.scalars(rules) for each in types),
        names_of_pairs(session, tenant_id, stages),
    )


def _look_at(row: TrackedObject, team: _Team, at: datetime) -> Arrival | None:
    """Record what holds for an object by now; return the event of it, None if nothing is to be announced."""
    try:
        found = _decide_deal(row, team, at) if row.entity == DEAL else _decide_activity(row, team, at)
        return _arrival(row, team, found, at) if found is not None else None
    except Exception:
        # Of one object, whatever a customer's data holds: the others are announced.
        log.exception("signal.failed", tenant_id=row.tenant_id, entity=row.entity, object_id=row.object_id)
        row.next_at = None
        return None


def _decide_deal(row: TrackedObject, team: _Team, at: datetime) -> _Finding | None:
    thresholds = thresholds_in_stage(team.thresholds, _rotten_days(row, team))
    moments = {days: days_after(row.changed_at, days, team.zone) for days in thresholds}
    reached = max((days for days, moment in moments.items() if moment <= at), default=0)
    row.next_at = min(
        (moment for days, moment in moments.items() if days > max(reached, row.announced)), default=None
    )
    if reached <= row.announced:
        return None
    if row.snoozed_until is not None and row.snoozed_until > at:
        row.next_at = row.snoozed_until
        return None
    row.announced = reached
    found = _Finding(STALLED, reached, moments[reached])
    return found if _is_news(row, found, team, at) else None


def _decide_activity(row: TrackedObject, team: _Team, at: datetime) -> _Finding | None:
    due = overdue_at(unpacked(row.state)[0], team.zone)
    if row.announced or due is None or due > at:
        row.next_at = None if row.announced else due
        return None
    row.announced, row.next_at = 1, None
    found = _Finding(OVERDUE, 1, due)
    return found if _is_news(row, found, team, at) else None


def _rotten_days(row: TrackedObject, team: _Team) -> int | None:
    stage = team.stages.get(("stage", str(unpacked(row.state)[0].get("stage_id"))))
    return stage.more.get("rotten_days") if stage is not None else None


def _is_news(row: TrackedObject, found: _Finding, team: _Team, at: datetime) -> bool:
    if found.since > row.heard_at:
        return True
    return found.event_type in team.named and at - found.since <= OLD


def _arrival(row: TrackedObject, team: _Team, found: _Finding, at: datetime) -> Arrival:
    state, permitted = unpacked(row.state)
    key = f"{SIGNALLED}{row.entity}:{row.object_id}:{found.threshold}"
    more: dict[str, Any] = {}
    if found.event_type == STALLED:
        key += f":{row.changed_at:%Y-%m-%dT%H:%M:%S.%f}"
        more[IDLE_DAYS] = idle_days(row.changed_at, at, team.zone)
    body = signal_body(
        found.event_type,
        row.object_id,
        {**state, **more},
        at,
        key=key,
        company_id=team.company_id,
        seen_by=None if permitted is None else sorted(permitted),
    )
    return Arrival(row.tenant_id, key, orjson.dumps(body), EventState.NEW, at)
