"""Figures of people: the cards in their direct messages, what they pressed, how fast they claimed."""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final

from sqlalchemy import and_, func, select
from sqlalchemy.orm import Session

from models.accounts.actor import Actor
from models.accounts.rights import Action, Scope
from models.reports.latency import bucket_of, milliseconds_between, percentile
from models.tables.accounts import User
from models.tables.card_actions import CardAction, CardActionState
from models.tables.deliveries import Delivery, DeliveryState

_CLAIMS: Final = ("deal.claim", "lead.claim")


@dataclass(slots=True)
class PersonFigures:
    """`cards` arrived in their direct messages; `presses` were written to Pipedrive, `claims` among them.

    `to_claim` counts by buckets the milliseconds from the arrival of a card until it was claimed on it.
    """

    email: str
    cards: int = 0
    presses: int = 0
    claims: int = 0
    to_claim: Counter[int] = field(default_factory=Counter)

    @property
    def claim_p50_ms(self) -> int | None:
        """In how many milliseconds half of the claims were made."""
        return percentile(self.to_claim, 50)


def by_person(session: Session, reader: Actor, since: datetime) -> list[PersonFigures]:
    """Return the figures of each person of the team who got or pressed something, the busiest first.

    Who may not read the whole log reads their own.
    """
    found: dict[str, PersonFigures] = {}
    of_user = _people(reader)
    arrived = and_(
        Delivery.tenant_id == User.tenant_id,
        Delivery.destination_name == func.lower(User.email),
        Delivery.state == DeliveryState.DELIVERED,
        Delivery.created_at >= since,
        Delivery.is_test.is_(False),
        Delivery.notice.is_(None),
    )
    cards = select(User.email, func.count()).join(Delivery, arrived).where(*of_user).group_by(User.email)
    for email, count in session.execute(cards):
        found.setdefault(email, PersonFigures(email)).cards = count
    for email, do, count in session.execute(_presses(of_user, since)):
        person = found.setdefault(email, PersonFigures(email))
        person.presses += count
        person.claims += count if do in _CLAIMS else 0
    claimed = _claim_times(session, of_user, since)
    for email, buckets in claimed.items():
        found.setdefault(email, PersonFigures(email)).to_claim = buckets
    return sorted(found.values(), key=lambda each: (-each.presses, -each.cards, each.email))


def _people(reader: Actor) -> tuple[Any, ...]:
    team = (User.tenant_id == reader.tenant,)
    return team if reader.scope(Action.LOG_READ) is Scope.TENANT else (*team, User.id == reader.user_id)


def _done(since: datetime) -> Any:
    return and_(
        CardAction.tenant_id == User.tenant_id,
        CardAction.user_id == User.id,
        CardAction.state == CardActionState.DONE,
        CardAction.created_at >= since,
    )


def _presses(of_user: tuple[Any, ...], since: datetime) -> Any:
    query = select(User.email, CardAction.do, func.count()).join(CardAction, _done(since))
    return query.where(*of_user).group_by(User.email, CardAction.do)


def _claim_times(session: Session, of_user: tuple[Any, ...], since: datetime) -> dict[str, Counter[int]]:
    card = and_(Delivery.tenant_id == CardAction.tenant_id, Delivery.id == CardAction.delivery_id)
    is_sqlite = session.get_bind().dialect.name == "sqlite"
    took = milliseconds_between(Delivery.finished_at, CardAction.created_at, is_sqlite=is_sqlite)
    query: Any = select(User.email, bucket_of(took).label("bucket"), func.count())
    query = query.join(CardAction, _done(since)).join(Delivery, card)
    query = query.where(*of_user, CardAction.do.in_(_CLAIMS), Delivery.finished_at.is_not(None))
    found: dict[str, Counter[int]] = defaultdict(Counter)
    for email, bucket, count in session.execute(query.group_by(User.email, "bucket")):
        found[email][bucket] += count
    return found
