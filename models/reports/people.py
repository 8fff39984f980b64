"""Figures of people: the cards in their direct messages, what they pressed, how fast they claimed."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from models.accounts.actor import Actor
from models.accounts.rights import Action, Scope
from models.reports.figures import by_destination
from models.reports.latency import percentile
from models.reports.measures import CLAIMS, PERSON, PRESSES, Measures, times_of
from models.reports.reading import add_stored_times, span_since, sum_up
from models.reports.rows import CountedRows
from models.tables.accounts import User
from models.tables.deliveries import DeliveryState


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


def by_person(
    session: Session, reader: Actor, since: datetime, rows: CountedRows | None = None
) -> list[PersonFigures]:
    """Return the figures of each person of the team who got or pressed something, the busiest first.

    Who may not read the whole log reads their own.
    """
    people = select(User.id, User.email).where(User.tenant_id == reader.tenant)
    if reader.scope(Action.LOG_READ) is not Scope.TENANT:
        people = people.where(User.id == reader.user_id)
    to_them = by_destination(session, reader, since, rows, timed=slice(0))
    cards = {each.name: each.figures.counts[DeliveryState.DELIVERED] for each in to_them}
    span = span_since(session, reader.tenant, since)
    sums = sum_up(session, reader, span, PERSON)
    add_stored_times(session, reader, span, PERSON, sums)
    found = [
        _person(email, cards.get(email.lower(), 0), sums.by_key.get(user_id, Counter()))
        for user_id, email in session.execute(people)
    ]
    found = [each for each in found if each.cards or each.presses]
    return sorted(found, key=lambda each: (-each.presses, -each.cards, each.email))


def _person(email: str, cards: int, measures: Measures) -> PersonFigures:
    return PersonFigures(email, cards, measures[PRESSES], measures[CLAIMS], times_of(measures))
