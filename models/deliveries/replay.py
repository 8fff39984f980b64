"""Sends dead letters again, in batches: selected by state, rule, destination, time or number."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final

from sqlalchemy import Select, and_, case, func, select
from sqlalchemy.orm import Session

from models.accounts.actor import system
from models.clock import now
from models.database.engine import Database
from models.deliveries import store as delivery_store
from models.errors import NotFound
from models.security.audit import record
from models.tables.accounts import Tenant
from models.tables.deliveries import Delivery, DeliveryState
from models.tables.destinations import Destination

BATCH: Final = 500  # deliveries for which one transaction holds the write lock
REMOVED: Final = "the destination was removed"
PAUSED: Final = "the destination is paused"
MADE_BY: Final = "python -m models replay"
REPLAYED: Final = "delivery.replayed"


@dataclass(frozen=True, slots=True)
class Sought:
    """Which dead or skipped deliveries to send again; None means no restriction.

    `since` (inclusive) and `until` (exclusive) refer to the creation of the delivery. Test cards and
    notices are outdated by then: they are selected only by their `ids`.
    """

    states: Sequence[str] = (DeliveryState.DEAD,)
    rule: str | None = None
    destination: str | None = None
    since: datetime | None = None
    until: datetime | None = None
    ids: Sequence[int] | None = None


@dataclass(frozen=True, slots=True)
class Replayed:
    """How many deliveries are due again, by the destination's name, and why others were left out."""

    counted: Counter[str] = field(default_factory=Counter)
    left_out: Counter[str] = field(default_factory=Counter)


def hindrance() -> Any:
    """Build the expression that says why a delivery cannot be sent again, empty if it can."""
    return case((Destination.id.is_(None), REMOVED), (Destination.is_active.is_(False), PAUSED), else_="")


def of_destination() -> Any:
    """Build the condition that joins a delivery with its destination, if that still exists."""
    return and_(Destination.tenant_id == Delivery.tenant_id, Destination.id == Delivery.destination_id)


def chosen(session: Session, tenant_id: int, sought: Sought, most: int | None = None) -> list[int]:
    """Return the ids of selected deliveries that can be sent, oldest first, at most `most`."""
    fits = _fitting(select(Delivery.id), tenant_id, sought).where(hindrance() == "")
    return list(session.scalars(fits.order_by(Delivery.id).limit(most)))


def left_out(session: Session, tenant_id: int, sought: Sought) -> Counter[str]:
    """Count the selected deliveries that cannot be sent, by the reason."""
    why = hindrance().label("why")
    stuck = _fitting(select(why, func.count(Delivery.id)), tenant_id, sought).where(hindrance() != "")
    return Counter(dict(session.execute(stuck.group_by(why)).all()))


def _fitting(query: Select[Any], tenant_id: int, sought: Sought) -> Select[Any]:
    is_meant = [Delivery.tenant_id == tenant_id, Delivery.state.in_(sought.states)]
    if sought.rule is not None:
        is_meant.append(Delivery.rule_name == sought.rule)
    if sought.destination is not None:
        is_meant.append(Delivery.destination_name == sought.destination)
    if sought.since is not None:
        is_meant.append(Delivery.created_at >= sought.since)
    if sought.until is not None:
        is_meant.append(Delivery.created_at < sought.until)
    is_news = (Delivery.is_test.is_(False), Delivery.notice.is_(None))
    is_meant += is_news if sought.ids is None else (Delivery.id.in_(sought.ids),)
    return query.select_from(Delivery).join(Destination, of_destination(), isouter=True).where(*is_meant)


def replay(database: Database, tenant: str, sought: Sought, *, dry_run: bool) -> Replayed:
    """Make all selected deliveries due again, one transaction a batch; `dry_run` only counts.

    Raises NotFound for a name that no tenant has.
    """
    with database.reading_all() as session:
        tenant_id = session.scalar(select(Tenant.id).where(Tenant.name == tenant))
        if tenant_id is None:
            raise NotFound(f"no tenant is named {tenant!r}")
    with database.reading(tenant_id) as session:
        ids = chosen(session, tenant_id, sought)
        done = Replayed(left_out=left_out(session, tenant_id, sought))
        if dry_run:
            done.counted.update(_would_go(session, tenant_id, ids))
            return done
    for start in range(0, len(ids), BATCH):
        with database.writing(tenant_id) as session:
            again = delivery_store.replay(session, tenant_id, ids[start : start + BATCH], now())
        done.counted.update(delivery.destination_name for delivery in again)
    if done.counted:
        with database.writing(tenant_id) as session:
            actor = system(tenant_id, MADE_BY)
            record(session, actor, REPLAYED, _count(done.counted), to=dict(done.counted))
    return done


def _would_go(session: Session, tenant_id: int, ids: Sequence[int]) -> Counter[str]:
    found: dict[int, str] = {}
    for start in range(0, len(ids), BATCH):
        again = delivery_store.with_their_messages(session, tenant_id, ids[start : start + BATCH])
        found |= {row.id: row.destination_name for row in session.scalars(again)}
    return Counter(found.values())


def _count(counted: Counter[str]) -> str:
    return f"{counted.total():,} {'delivery' if counted.total() == 1 else 'deliveries'}"


def summary(tenant: str, done: Replayed, *, dry_run: bool) -> list[str]:
    """Return lines that say what was done, or what would be."""
    would = "would be owed again" if dry_run else "owed again"
    where = ", ".join(f"{name} {count:,}" for name, count in done.counted.most_common())
    lines = [f"{tenant}: {_count(done.counted)} {would}{f' ({where})' if where else ''}"]
    return lines + [f"{count:,} left out: {why}" for why, count in sorted(done.left_out.items())]
