"""Deliveries of a month, rolled up as the job does, and counted in Python to compare the figures with."""

from __future__ import annotations

from collections import Counter
from datetime import datetime, timedelta
from random import Random
from typing import Any

import pytest
from sqlalchemy import delete, select

from jobs.scheduled.roll_up_figures import FigureRollUp
from models.accounts.actor import Actor
from models.clock import now
from models.database.engine import Database
from models.reports import figures
from models.reports.latency import percentile
from models.reports.roll_up import tenants_behind
from models.tables import CardAction, Delivery, Event, JobLease, User
from models.tables.accounts import Role
from tests.conftest import TwoTenants
from tests.models.rows import add, destination, rule

ENDED = ("delivered", "delivered", "delivered", "dead", "skipped", "digested")
STATES = (*ENDED, "held", "pending")
HOURS = timedelta(hours=1)
SEED = 7


def fill(database: Database, tenants: TwoTenants) -> Actor:
    """Add 60 deliveries of a month to each tenant, and presses; return an admin of ours."""
    chance, at = Random(SEED), now()
    for tenant_id in tenants:
        rules = [rule(tenant_id, f"Rule {each}", made_by="cleo@acme.test") for each in range(3)]
        places = [destination(tenant_id, f"Place {each}") for each in range(2)]
        cleo = User(tenant_id=tenant_id, email="cleo@acme.test", role=Role.SALES_REP)
        add(database, *rules, *places, cleo)
        days = [0.01, 0.5, 3, 9, 15, 31, *(chance.uniform(0, 31) for _ in range(2))]
        ages = [timedelta(days=chance.choice(days), minutes=chance.uniform(0, 20)) for _ in range(60)]
        ages.sort(reverse=True)
        with database.writing(tenant_id) as session:
            row = {"tenant_id": tenant_id, "raw": b"{}"}
            events = [Event(**row, source_key=str(age), received_at=at - age) for age in ages]
            session.add_all(events)
            session.flush()
            cards = [
                _delivery(chance, tenant_id, event, chance.choice(rules), chance.choice(places))
                for event in events
            ]
            session.add_all(cards)
            session.flush()
            pressed = [card for number, card in enumerate(cards) if number % 2 == 0 and card.finished_at]
            presses = [_press(chance, card, cleo) for card in pressed if card.state == "delivered"]
            presses.sort(key=_made_at)
            session.add_all(presses)
    return Actor("ada@acme.test", tenants.ours, user_id=1, role=Role.ADMIN)


def _delivery(chance: Random, tenant_id: int, event: Event, by: Any, to: Any) -> Delivery:
    state = chance.choice(STATES)
    took = timedelta(milliseconds=chance.randrange(100, 900_000))
    row: dict[str, Any] = {"tenant_id": tenant_id, "lane": "spaces/1", "state": state, "event_id": event.id}
    row |= {"rule_id": by.id, "rule_name": by.name, "destination_id": to.id, "destination_name": to.name}
    card = Delivery(**row, created_at=event.received_at)
    card.finished_at = min(event.received_at + took, now()) if state in ENDED else None
    card.was_held, card.redacted_because = chance.random() < 0.2, "restricted" * (chance.random() < 0.2)
    card.gathered_for = "mute-1" if state == "skipped" and chance.random() < 0.5 else None
    card.message_key = "client-other" if chance.random() < 0.3 else None
    return card


def _made_at(press: CardAction) -> datetime:
    return press.created_at


def _press(chance: Random, card: Delivery, by: User) -> CardAction:
    at = min((card.finished_at or now()) + timedelta(seconds=chance.randrange(600)), now())
    row: dict[str, Any] = {"tenant_id": card.tenant_id, "delivery_id": card.id, "user_id": by.id}
    row |= {"entity": "deal", "object_id": "1", "lane": "spaces/1", "fields": {}, "key": str(card.id)}
    do = chance.choice(("deal.claim", "deal.won"))
    return CardAction(**row, do=do, state="done", created_at=at)


def roll_up(database: Database) -> None:
    with database.writing_all() as session:
        session.execute(delete(JobLease))  # of an earlier call
    job = FigureRollUp(database, rests=False)
    while job.run():
        pass
    with database.reading_all() as session:
        assert tenants_behind(session, now()) == []


def recount(database: Database, tenant_id: int, since: datetime) -> dict[str, Any]:
    """Count the rows in Python."""
    with database.reading(tenant_id) as session:
        rows = session.scalars(select(Delivery).where(Delivery.tenant_id == tenant_id)).all()
        events = session.scalars(select(Event).where(Event.tenant_id == tenant_id)).all()
    received = {each.id: each.received_at for each in events}
    rows = [each for each in rows if each.created_at >= since and not each.is_test and each.notice is None]
    times = sorted(
        (each.finished_at - received[each.event_id]).total_seconds() * 1000
        for each in rows
        if each.state == "delivered" and each.finished_at and each.event_id
    )
    return {
        "states": Counter(each.state for each in rows),
        "rules": Counter(each.rule_name for each in rows),
        "places": Counter(each.destination_name for each in rows),
        "held": sum(each.was_held for each in rows),
        "muted": sum(each.state == "skipped" and (each.gathered_for or "")[:4] == "mute" for each in rows),
        "redacted": sum(bool(each.redacted_because) for each in rows),
        "coalesced": sum(each.state == "delivered" and each.message_key is not None for each in rows),
        "p50": times[(len(times) + 1) // 2 - 1] if times else None,
    }


def check(database: Database, admin: Actor, gone: Counter[str] | None = None) -> None:
    """Compare the figures of each range with the rows, and with what was deleted of them."""
    for days in (1, 7, 30, 90):
        since = figures.days_ago(days)
        counted = recount(database, admin.tenant, since)
        with database.reading(admin.tenant) as session:
            whole = figures.totals(session, admin, since)
            rules = figures.by_rule(session, admin, since)
            places = figures.by_destination(session, admin, since)
            hours = figures.timeline(session, admin, since, now(), hourly=True)
        expected = counted["states"] + (gone or Counter()) if days == 90 else counted["states"]
        if gone is not None and days != 90:
            continue
        assert whole.counts == expected
        assert sum((each.counts for each in hours), Counter()) == expected
        assert sum((each.figures.counts for each in rules), Counter()) == expected
        assert sum((each.figures.counts for each in places), Counter()) == expected
        if gone is None:
            assert {each.name: each.figures.total for each in rules} == counted["rules"]
            assert {each.name: each.figures.total for each in places} == counted["places"]
            noted = [whole.noted[name] for name in ("was_held", "muted", "redacted", "coalesced")]
            assert noted == [counted[name] for name in ("held", "muted", "redacted", "coalesced")]
            if counted["p50"] is not None:
                assert whole.p50_ms == pytest.approx(counted["p50"], rel=0.055)
                assert percentile(sum((r.figures.latencies for r in rules), Counter()), 50) == whole.p50_ms
