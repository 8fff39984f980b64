"""Queries about deliveries."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from sqlalchemy import case, func, not_, select
from sqlalchemy.orm import Session

from models.accounts.actor import Actor
from models.accounts.rights import Action, Scope
from models.deliveries.claimed import ClaimedDelivery
from models.deliveries.counts import count_of_tenant
from models.deliveries.notices import NOTICE
from models.deliveries.replay import replay_obstacle
from models.deliveries.visible import visible_to
from models.tables.deliveries import IS_KEPT_BACK, KEPT_BACK, Delivery, DeliveryState
from models.tables.destinations import Destination
from models.tables.events import Event
from models.tables.rules import Rule

NOT_YOURS: Final = "only somebody else may send it again"
MOST_COUNTED: Final = 10_000
MOST_SEARCHED: Final = 20_000
LogEntry = tuple[Delivery, bytes | None, str]  # with the body of its event, and why it cannot be sent again


def kept_targets(
    session: Session, tenant_id: int, deliveries: Iterable[Delivery]
) -> tuple[set[int], set[int]]:
    """Return the ids of those rules and destinations of deliveries that people have not removed."""
    rules = {each.rule_id for each in deliveries}
    places = {each.destination_id for each in deliveries}
    mine = (Rule.tenant_id == tenant_id, Rule.id.in_(rules))
    there = (Destination.tenant_id == tenant_id, Destination.id.in_(places))
    kept_rules = session.scalars(select(Rule.id).where(*mine))
    return set(kept_rules), set(session.scalars(select(Destination.id).where(*there)))


def read_log(  # noqa: PLR0913 - whose log, and which part of it
    session: Session,
    tenant_id: int,
    *,
    reader: Actor,
    state: DeliveryState | None = None,
    rule_id: int | None = None,
    message_key: str | None = None,
    offset: int = 0,
    limit: int,
) -> Sequence[LogEntry]:
    """Return those of a tenant's deliveries that the reader may see, newest first.

    Those of one message (`message_key`) come oldest first. For readers who may not see all of them, the
    newest `MOST_SEARCHED` of the tenant are looked through.
    """
    query = (
        select(Delivery)
        .join(Delivery.event, isouter=True)
        .join(Delivery.destination, isouter=True)
        .add_columns(
            Event.raw, case((not_(visible_to(reader, Action.LOG_RETRY)), NOT_YOURS), else_=replay_obstacle())
        )
        .where(Delivery.tenant_id == tenant_id, visible_to(reader, Action.LOG_READ))
    )
    if message_key is not None:
        query = query.where(Delivery.message_key == message_key)
        rows: Any = session.execute(query.order_by(Delivery.id).offset(offset).limit(limit))
        return [tuple(row) for row in rows]
    if reader.scope(Action.LOG_READ) is not Scope.TENANT:
        # Whoever may read little of a long history must not make us read all of it.
        query = query.where(Delivery.id > id_before_newest(session, tenant_id, MOST_SEARCHED))
    if state is not None:
        query = query.where(Delivery.state == state)
        query = query.where(IS_KEPT_BACK) if state in KEPT_BACK else query
    if rule_id is not None:
        query = query.where(Delivery.rule_id == rule_id)
    rows = session.execute(query.order_by(Delivery.id.desc()).offset(offset).limit(limit))
    return [tuple(row) for row in rows]


def id_before_newest(session: Session, tenant_id: int, count: int) -> int:
    """Return the id of the delivery before the newest `count` of a tenant, 0 if there are not so many."""
    newest = select(Delivery.id).where(Delivery.tenant_id == tenant_id).order_by(Delivery.id.desc())
    return session.scalar(newest.offset(count).limit(1)) or 0


@dataclass(frozen=True, slots=True)
class DeliveryCounts:
    """Counts of a tenant's deliveries; sent and failed ones without test cards and notices.

    `sent_today` and `failed` are counted up to `MOST_COUNTED`.
    """

    sent_today: int
    held: int
    failed: int
    last_sent: datetime | None


def count_deliveries(session: Session, tenant_id: int, since: datetime) -> DeliveryCounts:
    """Count a tenant's deliveries: sent and failed since a moment, and held now."""
    ended = _ended(tenant_id)
    last = select(Delivery.finished_at).where(*ended, Delivery.state == DeliveryState.DELIVERED)
    return DeliveryCounts(
        _count_since(session, tenant_id, DeliveryState.DELIVERED, since),
        count_of_tenant(session, tenant_id, DeliveryState.HELD),
        _count_since(session, tenant_id, DeliveryState.DEAD, since),
        session.scalar(last.order_by(Delivery.finished_at.desc()).limit(1)),
    )


def _count_since(session: Session, tenant_id: int, state: str, since: datetime) -> int:
    found = select(Delivery.id).where(
        *_ended(tenant_id), Delivery.state == state, Delivery.finished_at >= since
    )
    return session.scalar(select(func.count()).select_from(found.limit(MOST_COUNTED).subquery())) or 0


def _ended(tenant_id: int) -> tuple[Any, ...]:
    no_message_of_ours = (Delivery.is_test.is_(False), Delivery.notice.is_(None))
    return (Delivery.tenant_id == tenant_id, Delivery.finished_at.is_not(None), *no_message_of_ours)


def has_delivered(session: Session, tenant_id: int) -> bool:
    """Return whether any card of the tenant has arrived, a test card or not; notices do not count."""
    sent = (
        Delivery.tenant_id == tenant_id,
        Delivery.state == DeliveryState.DELIVERED,
        Delivery.finished_at.is_not(None),
        Delivery.event_type != NOTICE,
    )
    first = select(Delivery.id).where(*sent).order_by(Delivery.finished_at).limit(1)
    return session.scalar(first) is not None


def newest_test_card(session: Session, tenant_id: int, *, among: int) -> Delivery | None:
    """Return the newest test card of a destination, among so many of the newest deliveries."""
    mine = Delivery.tenant_id == tenant_id
    newest = select(Delivery.id).where(mine).order_by(Delivery.id.desc()).limit(among).subquery()
    query = select(Delivery).where(
        mine, Delivery.id.in_(select(newest.c.id)), Delivery.is_test.is_(True), Delivery.rule_id.is_(None)
    )
    return session.scalars(query.order_by(Delivery.id.desc()).limit(1)).first()


def is_thread_begun(session: Session, head: ClaimedDelivery) -> bool:
    """Return whether a message has arrived in the thread that a delivery joins."""
    arrived = select(Delivery.id).where(
        Delivery.tenant_id == head.tenant_id,
        Delivery.lane == head.lane,
        Delivery.thread_key == head.thread_key,
        Delivery.state == DeliveryState.DELIVERED,
    )
    return session.execute(arrived.limit(1)).first() is not None
