"""Figures equal a count of the rows by hand, also after later changes, pruning, erasure and kills."""

from __future__ import annotations

from collections import Counter
from datetime import datetime, timedelta
from random import Random
from typing import Any

import pytest
from sqlalchemy import delete, select, update

from jobs.scheduled.roll_up_figures import FigureRollUp
from models.accounts.actor import Actor
from models.clock import now
from models.database.engine import Database
from models.deliveries import store
from models.maintenance import prune
from models.maintenance.remove_user import forget_user
from models.reports import figures, people
from models.reports.latency import percentile
from models.reports.periods import period_of
from models.reports.reading import span_since
from models.reports.roll_up import read_hour, tenants_behind, write_hour
from models.tables import CardAction, Delivery, Event, Figure, JobLease, Rule, StaleHour, User
from models.tables.accounts import Role
from tests.conftest import TwoTenants
from tests.models.rows import add, destination, rule

ENDED = ("delivered", "delivered", "delivered", "dead", "skipped", "digested")
STATES = (*ENDED, "held", "pending")
HOURS = timedelta(hours=1)
SEED = 7


@pytest.fixture
def admin(database: Database, tenants: TwoTenants) -> Actor:
    """Of each tenant 60 deliveries of a month, some of them open, and presses on some cards."""
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
    job = FigureRollUp(database)
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


def test_what_is_rolled_up_equals_the_rows(database: Database, admin: Actor) -> None:
    check(database, admin)
    with database.reading(admin.tenant) as session:
        before = people.by_person(session, admin, figures.days_ago(90))
    roll_up(database)

    with database.reading(admin.tenant) as session:
        span = span_since(session, admin.tenant, figures.days_ago(90))
        assert len(span.periods) > 10
        assert {len(period) for period in span.periods} == {9, 10, 13}
        assert len(span.from_rows) <= 2
        assert people.by_person(session, admin, figures.days_ago(90)) == before
    check(database, admin)


def test_who_sees_their_own_counts_the_same_rolled_up(database: Database, admin: Actor) -> None:
    readers = [
        Actor("cleo@acme.test", admin.tenant, user_id=2, role=Role.SALES_REP),
        Actor("vera@acme.test", admin.tenant, user_id=3, role=Role.VIEWER, space="Place 1"),
    ]

    def read() -> list[Any]:
        with database.reading(admin.tenant) as session:
            return [
                (
                    figures.totals(session, each, figures.days_ago(90)),
                    figures.by_rule(session, each, figures.days_ago(90)),
                    figures.timeline(session, each, figures.days_ago(90), now(), hourly=False),
                )
                for each in readers
            ]

    before = read()
    roll_up(database)
    assert read() == before
    assert all(whole.total > 5 for whole, _, _ in before)


def test_later_changes_are_counted_at_once_and_rolled_up_again(database: Database, admin: Actor) -> None:
    roll_up(database)
    with database.writing(admin.tenant) as session:
        mine = Delivery.tenant_id == admin.tenant
        dead = session.scalars(select(Delivery.id).where(mine, Delivery.state == "dead").limit(5)).all()
        store.replay(session, admin.tenant, dead, now())
        late = update(Delivery).where(mine, Delivery.state == "held")
        late = late.values(state="delivered", was_held=True, finished_at=now())
        session.execute(late.execution_options(synchronize_session=False))
    check(database, admin)
    with database.reading_all() as session:
        assert tenants_behind(session, now()) == [admin.tenant]
    roll_up(database)
    check(database, admin)
    with database.reading_all() as session:
        noted = session.scalars(select(StaleHour.hour)).all()
    assert all(hour >= period_of(now() - 2 * HOURS) for hour in noted), "only of hours to come"


def test_a_press_that_ends_late_is_counted(database: Database, admin: Actor) -> None:
    roll_up(database)
    with database.writing(admin.tenant) as session:
        done = session.scalars(select(CardAction).where(CardAction.tenant_id == admin.tenant)).first()
        assert done is not None
        done.state = "failed"

    def presses() -> int:
        with database.reading(admin.tenant) as session:
            (cleo,) = people.by_person(session, admin, figures.days_ago(90))
            return cleo.presses

    fewer = presses()
    roll_up(database)
    assert presses() == fewer
    with database.writing(admin.tenant) as session:
        session.execute(update(CardAction).where(CardAction.tenant_id == admin.tenant).values(state="done"))
    assert presses() == fewer + 1


@pytest.mark.parametrize("rolled_up_before", [True, False])
def test_pruned_deliveries_stay_in_the_figures(
    database: Database, admin: Actor, rolled_up_before: bool
) -> None:
    if rolled_up_before:
        roll_up(database)
    with database.reading(admin.tenant) as session:
        before = figures.totals(session, admin, figures.days_ago(90))
        people_before = people.by_person(session, admin, figures.days_ago(90))
        days = figures.timeline(session, admin, figures.days_ago(90), now(), hourly=False)
    removed = sum(prune.prune_old_rows(database, now(), 10), Counter())
    assert removed["deliveries"] > 10

    for _ in range(2):  # read from rows and what is kept of them, then rolled up again
        with database.reading(admin.tenant) as session:
            assert figures.totals(session, admin, figures.days_ago(90)) == before
            assert people.by_person(session, admin, figures.days_ago(90)) == people_before
            assert figures.timeline(session, admin, figures.days_ago(90), now(), hourly=False) == days
        with database.writing_all() as session:
            hours = session.scalars(select(Figure.period).where(Figure.kind == "pair gone")).all()
            stale = {(tenant_id, hour) for tenant_id in (admin.tenant,) for hour in hours}
            session.add_all(StaleHour(tenant_id=tenant_id, hour=hour) for tenant_id, hour in sorted(stale))
        roll_up(database)


def test_names_outlive_the_rows(database: Database, admin: Actor) -> None:
    roll_up(database)
    sum(prune.prune_old_rows(database, now(), 0), Counter())
    with database.writing(admin.tenant) as session:
        gone = session.scalars(select(Rule).where(Rule.tenant_id == admin.tenant)).first()
        assert gone is not None
        gone.removed_at, gone.name = now(), " removed"
    with database.reading(admin.tenant) as session:
        found = figures.by_rule(session, admin, figures.days_ago(90))
    assert sorted(each.name for each in found) == ["Rule 0", "Rule 1", "Rule 2"]


def test_presses_of_a_removed_person_are_forgotten(database: Database, admin: Actor) -> None:
    roll_up(database)
    sum(prune.prune_old_rows(database, now(), 10), Counter())
    with database.writing(admin.tenant) as session:
        cleo = session.scalars(select(User).where(User.tenant_id == admin.tenant)).one()
        forget_user(session, cleo)
        of_them = select(Figure.period).where(Figure.tenant_id == admin.tenant, Figure.user_id == cleo.id)
        assert session.scalars(of_them).all() == []


def test_two_workers_and_one_that_dies_count_nothing_twice(database: Database, admin: Actor) -> None:
    with database.reading(admin.tenant) as session:
        slow = read_hour(session, admin.tenant, now())
    with database.reading(admin.tenant) as session:
        fast = read_hour(session, admin.tenant, now())
    assert slow is not None
    assert fast is not None
    with database.writing(admin.tenant) as session:
        assert write_hour(session, fast)
        session.rollback()  # it died before the commit
    with database.writing(admin.tenant) as session:
        assert write_hour(session, fast)
    with database.writing(admin.tenant) as session:
        assert not write_hour(session, slow)
    roll_up(database)
    check(database, admin)


def test_what_changes_between_reading_and_writing_is_not_lost(database: Database, admin: Actor) -> None:
    roll_up(database)
    with database.writing(admin.tenant) as session:
        mine = (Delivery.tenant_id == admin.tenant, Delivery.state == "dead")
        one = session.scalars(select(Delivery).where(*mine, Delivery.created_at < now() - 3 * HOURS)).first()
        assert one is not None
        one.state, one.finished_at = "skipped", now()
    with database.reading(admin.tenant) as session:
        read = read_hour(session, admin.tenant, now())
    assert read is not None
    with database.writing(admin.tenant) as session:
        session.execute(
            update(Delivery)
            .where(Delivery.tenant_id == admin.tenant, Delivery.id == one.id)
            .values(state="dead", finished_at=now())
        )
    with database.writing(admin.tenant) as session:
        assert write_hour(session, read)
    check(database, admin)
    roll_up(database)
    check(database, admin)
