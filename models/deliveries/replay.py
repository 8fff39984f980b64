"""Sends dead letters again, in batches: selected by state, rule, destination, time or number."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final, Protocol

from sqlalchemy import Select, and_, case, func, or_, select
from sqlalchemy.orm import Session

from models.accounts.actor import Actor
from models.accounts.rights import Action
from models.clock import now
from models.database.engine import Database
from models.deliveries import store as delivery_store
from models.deliveries.notices import NOTICE
from models.deliveries.reasons import NEWER_SHOWN, ON_ANOTHER_CARD
from models.deliveries.visible import visible_to
from models.destinations.open_deliveries import REMOVED
from models.security.audit import record
from models.tables.accounts import Tenant
from models.tables.deliveries import IS_KEPT_BACK, Delivery, DeliveryState
from models.tables.destinations import RECORD, Destination

BATCH: Final = 500  # deliveries for which one transaction holds the write lock
PAUSED: Final = "the destination is paused"
REPLAYED: Final = "delivery.replayed"


@dataclass(frozen=True, slots=True)
class ReplayFilter:
    """Which dead or skipped deliveries to send again; None does not narrow the choice.

    `since` (inclusive) and `until` (exclusive) compare the time at which the delivery was created. Test
    cards and notices are outdated by then, so they are included only by their `ids`. `actor` narrows it to
    what this person may send again.
    """

    states: Sequence[str] = (DeliveryState.DEAD,)
    rule: str | None = None
    destination: str | None = None
    since: datetime | None = None
    until: datetime | None = None
    ids: Sequence[int] | None = None
    actor: Actor | None = None


@dataclass(frozen=True, slots=True)
class ReplayResult:
    """How many deliveries are sent again, by destination name, and how many are not, by reason."""

    counted: Counter[str] = field(default_factory=Counter)
    left_out: Counter[str] = field(default_factory=Counter)


def replay_obstacle() -> Any:
    """Build the expression for why a delivery cannot be sent again, empty when it can.

    The query has to outer join `Delivery.destination`.
    """
    return case(
        (Destination.id.is_(None), REMOVED),
        (and_(Destination.is_active.is_(False), Destination.kind != RECORD), PAUSED),
        (Delivery.reason == ON_ANOTHER_CARD, ON_ANOTHER_CARD),
        (Delivery.reason == NEWER_SHOWN, NEWER_SHOWN),
        else_="",
    )


class Pacing(Protocol):
    """How fast a replay may go: so many deliveries in a batch, and whether it goes on after one."""

    @property
    def batch(self) -> int: ...
    def goes_on(self) -> bool: ...


class Unpaced:
    """As fast as the database takes it."""

    batch = BATCH

    def goes_on(self) -> bool:
        return True


def find_replayable(
    session: Session, tenant_id: int, replay_filter: ReplayFilter, *, after: int = 0, limit: int = BATCH
) -> list[int]:
    """Return the ids of a batch of deliveries that the filter matches and that can be sent, oldest first."""
    query = _matching(select(Delivery.id), tenant_id, replay_filter).where(replay_obstacle() == "")
    return list(session.scalars(query.where(Delivery.id > after).order_by(Delivery.id).limit(limit)))


def count_replayable(session: Session, tenant_id: int, replay_filter: ReplayFilter, most: int) -> int:
    """Count the deliveries that the filter matches and that can be sent, up to `most`."""
    query = _matching(select(Delivery.id), tenant_id, replay_filter).where(replay_obstacle() == "")
    return session.scalar(select(func.count()).select_from(query.limit(most).subquery())) or 0


def count_left_out(session: Session, tenant_id: int, replay_filter: ReplayFilter) -> Counter[str]:
    """Count the deliveries that the filter matches and that cannot be sent, by the reason."""
    why = replay_obstacle().label("why")
    query = _matching(select(why, func.count(Delivery.id)), tenant_id, replay_filter)
    return Counter(dict(session.execute(query.where(replay_obstacle() != "").group_by(why)).all()))


def count_dead(session: Session, most: int) -> Sequence[tuple[int, str, int]]:
    """Return the tenants with most dead letters: id, name, how many. The session sees all tenants."""
    dead = _matching(select(func.count(Delivery.id)), Tenant.id, ReplayFilter())
    counted = dead.correlate(Tenant).scalar_subquery().label("counted")
    query = select(Tenant.id, Tenant.name, counted).where(~Tenant.is_internal)
    found = session.execute(query.order_by(counted.desc(), Tenant.name).limit(most))
    return [(tenant_id, name, count) for tenant_id, name, count in found if count]


def _matching(query: Select[Any], tenant_id: int | Any, replay_filter: ReplayFilter) -> Select[Any]:
    matches = [Delivery.tenant_id == tenant_id, Delivery.state.in_(replay_filter.states), IS_KEPT_BACK]
    if replay_filter.rule is not None:
        matches.append(Delivery.rule_name == replay_filter.rule)
    if replay_filter.destination is not None:
        matches.append(Delivery.destination_name == replay_filter.destination)
    if replay_filter.since is not None:
        matches.append(Delivery.created_at >= replay_filter.since)
    if replay_filter.until is not None:
        matches.append(Delivery.created_at < replay_filter.until)
    if replay_filter.actor is not None:
        matches.append(visible_to(replay_filter.actor, Action.LOG_RETRY))
    if replay_filter.ids is not None:
        matches.append(Delivery.id.in_(replay_filter.ids))
    else:
        # A digest, or what was missed while muted, stands for its events: nobody has seen them elsewhere.
        is_news = or_(Delivery.notice.is_(None), Delivery.event_type != NOTICE)
        matches += (Delivery.is_test.is_(False), is_news)
    return query.select_from(Delivery).join(Delivery.destination, isouter=True).where(*matches)


def replay_deliveries(
    database: Database,
    actor: Actor,
    replay_filter: ReplayFilter,
    *,
    dry_run: bool,
    pacing: Pacing | None = None,
) -> ReplayResult:
    """Send all that the filter matches again, a batch in each transaction; `dry_run` only counts.

    `pacing` may end it after any batch: the others stay as they are, and what was done is in the audit trail.
    """
    tenant_id, last = actor.tenant, 0
    pace: Pacing = Unpaced() if dry_run or pacing is None else pacing
    with database.reading(tenant_id) as session:
        result = ReplayResult(left_out=count_left_out(session, tenant_id, replay_filter))
    known: set[int] = set()  # two batches may name parts of one message
    while ids := _next_batch(database, tenant_id, replay_filter, last, pace.batch):
        last = ids[-1]
        replayed = _replay_batch(database, tenant_id, ids, dry_run=dry_run)
        result.counted.update(name for delivery_id, name in replayed.items() if delivery_id not in known)
        known |= replayed.keys()
        if not pace.goes_on():
            break
    if result.counted and not dry_run:
        with database.writing(tenant_id) as session:
            record(session, actor, REPLAYED, _count_text(result.counted), to=dict(result.counted))
    return result


def _next_batch(
    database: Database, tenant_id: int, replay_filter: ReplayFilter, after: int, limit: int
) -> list[int]:
    with database.reading(tenant_id) as session:
        return find_replayable(session, tenant_id, replay_filter, after=after, limit=limit)


def _replay_batch(database: Database, tenant_id: int, ids: Sequence[int], *, dry_run: bool) -> dict[int, str]:
    """Return the names of destinations by the ids of the deliveries that are sent again, or would be."""
    if dry_run:
        with database.reading(tenant_id) as session:
            found = session.scalars(delivery_store.with_their_messages(session, tenant_id, ids)).all()
    else:
        with database.writing(tenant_id) as session:
            found = delivery_store.replay(session, tenant_id, ids, now())
    return {delivery.id: delivery.destination_name for delivery in found}


def _count_text(counted: Counter[str]) -> str:
    return f"{counted.total():,} {'delivery' if counted.total() == 1 else 'deliveries'}"


def summary_lines(tenant: str, result: ReplayResult, *, dry_run: bool) -> list[str]:
    """Return what was done as lines of text, or what would be done."""
    would = "would be sent again" if dry_run else "will be sent again"
    where = ", ".join(f"{name} {count:,}" for name, count in result.counted.most_common())
    lines = [f"{tenant}: {_count_text(result.counted)} {would}{f' ({where})' if where else ''}"]
    return lines + [f"{count:,} left out: {why}" for why, count in sorted(result.left_out.items())]
