"""Where no card arrives now though no person wants that: what every summary of a tenant has to say."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import and_, or_, select
from sqlalchemy.orm import Session

from models.database.lists import not_indexed
from models.destinations.configured import missing_setting
from models.destinations.health import Failing, failing_of
from models.destinations.queries import is_named
from models.tables.deliveries import IS_KEPT_BACK, IS_OPEN, Delivery, DeliveryState, as_literal
from models.tables.destinations import EMAIL, PAUSED_BY, Destination, Space

MOST: Final = 100
MOST_DEAD: Final = 10_000  # dead letters that are looked at


@dataclass(frozen=True, slots=True)
class NotArriving:
    """A destination where nothing arrives; `title` is what people call it.

    `is_paused`: it refused us for good, so a person has to resume it. `missing` is the variable without which
    this service sends nothing there. Else its breaker is open or half-open.
    """

    id: int
    title: str
    is_paused: bool = False
    missing: str = ""


def not_arriving(session: Session, tenant_id: int) -> list[NotArriving]:
    """Return where no card arrives now: those that refused us, that fail, and that are not configured here.

    Up to 100 of each. One that a person paused is as they want it. A direct message counts where a rule names
    it, or cards of a rule wait for it or died there: else only notices to that person go there.
    """
    refused = (Destination.is_active.is_(False), Destination.paused_because.not_like(f"{PAUSED_BY}%"))
    found = [
        NotArriving(each, title, is_paused=True) for each, title in _titles(session, tenant_id, *refused)
    ]
    failing = [each.destination_id for each in named_failing(session, tenant_id)[:MOST]]
    titles = dict(_titles(session, tenant_id, Destination.id.in_(failing)))
    found += [NotArriving(each, titles[each]) for each in failing if each in titles]
    if missing := missing_setting(session, EMAIL):
        mails = (Destination.kind == EMAIL, Destination.is_active.is_(True), Destination.id.not_in(failing))
        found += [
            NotArriving(each, title, missing=missing) for each, title in _titles(session, tenant_id, *mails)
        ]
    return found


def named_failing(session: Session, tenant_id: int) -> list[Failing]:
    """Return what fails now (see `failing_of`) without direct messages to which no rule sends cards."""
    return failing_of(session, tenant_id, _gets_cards(tenant_id))


def _gets_cards(tenant_id: int) -> Any:
    """Build the condition for what rules send cards to.

    A rule to the owner of a record names nobody: the people whom it means are known by what it owes them, or
    by the newest dead letters. Both are found by indexes, however many cards the tenant has.
    """
    of_rule = (Delivery.tenant_id == tenant_id, not_indexed(Delivery.rule_id).is_not(None))
    waits = select(Delivery.id).where(*of_rule, Delivery.lane == Destination.lane, IS_OPEN).exists()
    dead = select(Delivery.destination_id, Delivery.rule_id)
    dead = dead.where(
        Delivery.tenant_id == tenant_id, IS_KEPT_BACK, Delivery.state == as_literal(DeliveryState.DEAD)
    )
    newest = dead.order_by(Delivery.id.desc()).limit(MOST_DEAD).subquery()
    died = Destination.id.in_(select(newest.c.destination_id).where(newest.c.rule_id.is_not(None)))
    return or_(is_named(), and_(Destination.kind == "chat_dm", or_(waits, died)))


def _titles(session: Session, tenant_id: int, *conditions: Any) -> list[tuple[int, str]]:
    """Return the ids of destinations that get cards, oldest first, each with what people call it."""
    query = select(Destination.id, Destination.name, Space.title).join(Destination.space, isouter=True)
    mine = (Destination.tenant_id == tenant_id, _gets_cards(tenant_id), *conditions)
    rows = session.execute(query.where(*mine).order_by(Destination.id).limit(MOST))
    return [(number, title or name) for number, name, title in rows]
