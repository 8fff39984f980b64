"""For how many days a team keeps each kind of history, within what its plan and KEEP_DAYS allow."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any, Final

from sqlalchemy import delete, func, select
from sqlalchemy.orm import Session

from models.accounts.actor import Actor
from models.accounts.permissions import require
from models.accounts.rights import Action
from models.database.upsert import insert_into
from models.errors import InvalidRequest
from models.security.audit import record
from models.settings import MOST_DAYS
from models.tables.accounts import PlanRetention, Tenant
from models.tables.audit import AuditEntry
from models.tables.deliveries import OPEN_STATES, Attempt, Delivery
from models.tables.events import Event, EventState
from models.tables.upkeep import RetentionDays

LEAST_OF_AUDIT: Final = 90  # days: what was done lately cannot be made to disappear
MOST_COUNTED: Final = 10_000


class HistoryKind(StrEnum):
    """The kinds of history for which a team chooses how long they are kept; values of `retention.kind`."""

    EVENTS = "events"
    DELIVERIES = "deliveries"
    ATTEMPTS = "attempts"
    AUDIT = "audit"


@dataclass(frozen=True, slots=True)
class Retention:
    """Days for which each kind of history is kept; the audit trail forever with None."""

    events: int
    deliveries: int
    attempts: int
    audit: int | None


@dataclass(frozen=True, slots=True)
class OldRows:
    """How many rows of a kind are older than a retention lets them be, among the `MOST_COUNTED` oldest."""

    kind: HistoryKind
    count: int


def most_days(session: Session, tenant_id: int, keep_days: int) -> int:
    """Return for how many days a tenant's plan lets it keep its history; `keep_days` is KEEP_DAYS."""
    plan = select(Tenant.plan).where(Tenant.id == tenant_id).scalar_subquery()
    of_plan = session.scalar(select(PlanRetention.most_days).where(PlanRetention.plan == plan))
    return keep_days if of_plan is None else min(of_plan, keep_days)


def get_retention(session: Session, tenant_id: int, keep_days: int) -> Retention:
    """Return for how long a tenant's history is kept. Whoever chose nothing keeps it as long as they may."""
    most = most_days(session, tenant_id, keep_days)
    mine = select(RetentionDays.kind, RetentionDays.days).where(RetentionDays.tenant_id == tenant_id)
    chosen = {row.kind: row.days for row in session.execute(mine)}
    events = min(chosen.get(HistoryKind.EVENTS, most), most)
    deliveries = min(chosen.get(HistoryKind.DELIVERIES, events), events)
    attempts = min(chosen.get(HistoryKind.ATTEMPTS, deliveries), deliveries)
    return Retention(events, deliveries, attempts, chosen.get(HistoryKind.AUDIT))


def check_retention(session: Session, actor: Actor, wanted: Retention, keep_days: int) -> None:
    """Check what somebody wants to set. Raises NotAllowed, and InvalidRequest with the bounds."""
    require(session, actor, Action.RETENTION_CHANGE)
    most = most_days(session, actor.tenant, keep_days)
    bounds = (
        ("Events", wanted.events, most, f"your plan keeps them for at most {most} days"),
        (
            "Deliveries",
            wanted.deliveries,
            wanted.events,
            "each shows its event, so it goes no later",
        ),
        ("Attempts", wanted.attempts, wanted.deliveries, "they are parts of their deliveries"),
    )
    for name, days, bound, why in bounds:
        if not 1 <= days <= bound:
            raise InvalidRequest.of_field(name.lower(), f"{name} can be kept for 1 to {bound} days: {why}.")
    if wanted.audit is not None and not LEAST_OF_AUDIT <= wanted.audit <= MOST_DAYS:
        words = f"The audit trail can be kept for {LEAST_OF_AUDIT} to {MOST_DAYS:,} days, or forever."
        raise InvalidRequest.of_field("audit", words)


def set_retention(session: Session, actor: Actor, wanted: Retention, keep_days: int) -> None:
    """Set for how long the actor's tenant keeps its history; what is older goes at the next pruning.

    Raises NotAllowed, InvalidRequest (see `check_retention`).
    """
    check_retention(session, actor, wanted, keep_days)
    before = get_retention(session, actor.tenant, keep_days)
    if wanted == before:
        return
    old, new = _days(before), _days(wanted)
    changes = {kind: f"{_word(old[kind])} to {_word(new[kind])}" for kind in new if old[kind] != new[kind]}
    record(session, actor, "retention.changed", "how long history is kept", **changes)
    mine = delete(RetentionDays).where(RetentionDays.tenant_id == actor.tenant)
    session.execute(mine.execution_options(synchronize_session=False))
    shorter = _shorter_than_bound(wanted, most_days(session, actor.tenant, keep_days))
    rows = [{"tenant_id": actor.tenant, "kind": kind, "days": days} for kind, days in shorter.items()]
    if rows:
        session.execute(insert_into(session, RetentionDays).values(rows))


def _shorter_than_bound(wanted: Retention, most: int) -> dict[HistoryKind, int]:
    """Return what is kept for less long than it may be; the rest follows its bound, also a later one."""
    bounds = {HistoryKind.EVENTS: most, HistoryKind.DELIVERIES: wanted.events}
    bounds[HistoryKind.ATTEMPTS] = wanted.deliveries
    chosen = {kind: days for kind, days in _days(wanted).items() if days is not None}
    return {kind: days for kind, days in chosen.items() if days != bounds.get(kind)}


def count_old_rows(session: Session, actor: Actor, wanted: Retention, at: datetime) -> list[OldRows]:
    """Return how many rows of each kind would go, if the actor's tenant kept its history so long.

    Raises NotAllowed.
    """
    require(session, actor, Action.RETENTION_CHANGE)
    found = []
    for kind, days in _days(wanted).items():
        if days is not None:
            count = _count_old(session, kind, actor.tenant, at - timedelta(days=days))
            found.append(OldRows(kind, count))
    return found


def list_shorter(session: Session, keep_days: int) -> list[tuple[int, Retention]]:
    """Return the tenants that may keep their history for other days than KEEP_DAYS. The session sees all."""
    has_chosen = select(RetentionDays.kind).where(RetentionDays.tenant_id == Tenant.id).exists()
    of_plan = select(PlanRetention.plan).where(PlanRetention.plan == Tenant.plan).exists()
    tenants = session.scalars(select(Tenant.id).where(has_chosen | of_plan).order_by(Tenant.id)).all()
    return [(tenant_id, get_retention(session, tenant_id, keep_days)) for tenant_id in tenants]


def set_plan_days(session: Session, plan: str, days: int) -> None:
    """Say for how many days the tenants of a plan keep their history at most (KEEP_DAYS holds for all)."""
    row = insert_into(session, PlanRetention).values(plan=plan, most_days=days)
    session.execute(row.on_conflict_do_update(index_elements=["plan"], set_={"most_days": days}))


def plan_days(session: Session, plan: str) -> int | None:
    """Return for how many days the tenants of a plan keep their history at most; None for KEEP_DAYS."""
    return session.scalar(select(PlanRetention.most_days).where(PlanRetention.plan == plan))


def _days(kept: Retention) -> Mapping[HistoryKind, int | None]:
    return {HistoryKind(name): days for name, days in asdict(kept).items()}


def _word(days: int | None) -> str:
    return "forever" if days is None else f"{days} days"


def _count_old(session: Session, kind: HistoryKind, tenant_id: int, before: datetime) -> int:
    """Return how many of a tenant's MOST_COUNTED oldest rows of a kind are old and not needed any more."""
    table, time, open_states = _TABLES[kind]
    columns = [getattr(table, time).label("at"), *([table.state] if open_states else [])]
    some = select(*columns).where(table.tenant_id == tenant_id).order_by(table.id).limit(MOST_COUNTED)
    oldest = some.subquery()
    is_old = [oldest.c.at < before, *([oldest.c.state.not_in(open_states)] if open_states else [])]
    return session.scalar(select(func.count()).select_from(oldest).where(*is_old)) or 0


# The table of each kind, its column of time, and the states in which its rows are still needed.
_TABLES: Final[Mapping[HistoryKind, tuple[Any, str, Sequence[str]]]] = {
    HistoryKind.EVENTS: (Event, "received_at", (EventState.NEW,)),
    HistoryKind.DELIVERIES: (Delivery, "finished_at", OPEN_STATES),
    HistoryKind.ATTEMPTS: (Attempt, "created_at", ()),
    HistoryKind.AUDIT: (AuditEntry, "created_at", ()),
}
