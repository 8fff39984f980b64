"""What the oracle may see: the record, what people decided, what Chat shows, what Pipedrive was told."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Final

from sqlalchemy import select

from models.database.engine import Database
from models.tables import CardAction, Delivery, Destination, Event, Rule
from tests.simulation.chat import Chat
from tests.simulation.outside.place import Place
from tests.simulation.outside.receivers import Receivers
from tests.simulation.people import Decisions, Span
from tests.simulation.pipedrive import Pipedrive
from tests.simulation.plan import EventPlan, Plan, RulePlan
from tests.simulation.ports import VirtualClock

SLACK_S: Final = 3.0  # a changed rule holds within two seconds; the rest is the way to the database
HELD_SLACK_S: Final = 60.0  # a worker that dies over it keeps its lease for a while
MOST_BEHIND_S: Final = 59.0  # a card that waits for its retry for longer may be overtaken
TOKEN: Final = re.compile(r"[AB]\d+x\d+x")


@dataclass(frozen=True)
class Account:
    """One row of the record: what became of an event for a rule and a destination."""

    id: int
    event: EventPlan
    event_id: int
    rule: RulePlan
    place: Place
    state: str
    reason: str
    key: str
    gathered_for: str
    created: float
    finished: float
    waiting_since: float | None
    is_urgent: bool
    instead_of: str  # of what came to a fallback


@dataclass
class Evidence:
    """All that the oracle may see."""

    plan: Plan
    clock: VirtualClock
    decisions: Decisions
    chat: Chat
    receivers: Receivers
    pipedrive: Pipedrive
    tenants: dict[str, int]
    database: Database

    @cached_property
    def pressed_states(self) -> set[tuple[int, str, str]]:
        """The (tenant id, deal, state) that somebody pressed on a card."""
        query = select(CardAction).where(CardAction.slot == "status")
        with self.database.reading_all() as session:
            return {
                (each.tenant_id, each.object_id, str(each.fields["status"]))
                for each in session.scalars(query)
            }

    @cached_property
    def slack(self) -> float:
        return SLACK_S + 2 * self.plan.most_skew

    def is_quiet(self, tenant: str, space: str, at: float, *, urgent: bool) -> bool:
        """Whether quiet hours hold something at a moment: the space's own, else those of the company."""
        spans = [
            each for each in self.decisions.quiet if each.tenant == tenant and each.begins <= at < each.ends
        ]
        own = [each for each in spans if each.space == space]
        deciding = own or [each for each in spans if each.space is None]
        moment = self.clock.moment(at)
        return any(
            each.quiet is not None
            and each.quiet.contains(moment)
            and not (urgent and each.quiet.lets_urgent_through)
            for each in deciding
        )

    def was_quiet(self, account: Account, begin: float, end: float) -> bool:
        """Whether it was quiet throughout."""
        place = account.place
        return all(
            self.is_quiet(place.tenant, place.space, each, urgent=account.is_urgent)
            for each in moments(begin, end)
        )

    def may_be_quiet(self, account: Account, begin: float, end: float) -> bool:
        place = account.place
        return any(
            self.is_quiet(place.tenant, place.space, each, urgent=account.is_urgent)
            for each in moments(begin, end)
        )


def moments(begin: float, end: float) -> list[float]:
    steps = max(int((end - begin) // 5), 1)
    return [begin + (end - begin) * step / steps for step in range(steps + 1)]


def held(spans: Sequence[Span], account: Account, begin: float, end: float) -> bool:
    """Whether one of the spans covers an account throughout."""
    place, rule = account.place, account.rule.name
    return any(
        each.covers(place.tenant, place.space, rule) and each.begins <= begin and end <= each.ends
        for each in spans
    )


def touched(spans: Sequence[Span], account: Account, begin: float, end: float) -> bool:
    """Whether one of the spans covers an account at any moment."""
    place, rule = account.place, account.rule.name
    return any(
        each.covers(place.tenant, place.space, rule) and each.begins <= end and begin <= each.ends
        for each in spans
    )


def read_accounts(evidence: Evidence) -> Iterator[Account]:
    events = {each.token: each for each in evidence.plan.events}
    rules = {each.name: each for each in evidence.plan.rules}
    places = {each.space: each for each in evidence.plan.places}
    seconds = evidence.clock.seconds
    with evidence.database.reading_all() as session:
        query = (
            select(Delivery, Event.raw, Destination.name)
            .join(Event, (Event.tenant_id == Delivery.tenant_id) & (Event.id == Delivery.event_id))
            .join(
                Destination,
                (Destination.tenant_id == Delivery.tenant_id) & (Destination.id == Delivery.destination_id),
            )
        )
        names = {each.id: each for each in session.scalars(select(Rule))}
        for row, raw, place in session.execute(query.order_by(Delivery.id)):
            token = TOKEN.search(raw.decode())
            assert token is not None
            yield Account(
                row.id,
                events[token.group()],
                row.event_id or 0,
                rules[names[row.rule_id or 0].name],
                places[place],
                row.state,
                row.reason,
                row.message_key or "",
                row.gathered_for or "",
                seconds(row.created_at),
                seconds(row.finished_at) if row.finished_at else 0.0,
                seconds(row.waiting_since) if row.waiting_since else None,
                row.is_urgent,
                row.instead_of or "",
            )
