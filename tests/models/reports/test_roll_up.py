"""Figures equal a count of the rows by hand, also after later changes, pruning, erasure and kills."""

from __future__ import annotations

from collections import Counter
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from sqlalchemy import select, update

from models.accounts.actor import Actor
from models.clock import now
from models.database.engine import Database
from models.deliveries import store
from models.maintenance import prune
from models.maintenance.remove_user import forget_user
from models.reports import figures, people
from models.reports.measures import PRUNED
from models.reports.periods import full_hour, period_of
from models.reports.reading import span_since
from models.reports.roll_up import read_hour, tenants_behind, write_hour
from models.tables import CardAction, Delivery, Figure, Rule, StaleHour, User
from models.tables.accounts import Role
from tests.conftest import TwoTenants
from tests.models.reports.counted import check, fill, roll_up

ENDED = ("delivered", "delivered", "delivered", "dead", "skipped", "digested")
STATES = (*ENDED, "held", "pending")
HOURS = timedelta(hours=1)
SEED = 7


@pytest.fixture
def admin(database: Database, tenants: TwoTenants) -> Actor:
    return fill(database, tenants)


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
    since = full_hour(figures.days_ago(89))  # of a part of an hour nothing is kept
    if rolled_up_before:
        roll_up(database)
    with database.reading(admin.tenant) as session:
        before = figures.totals(session, admin, since)
        people_before = people.by_person(session, admin, since)
        days = figures.timeline(session, admin, since, now(), hourly=False)
    removed = sum(prune.prune_old_rows(database, now(), 10), Counter())
    assert removed["deliveries"] > 10

    for _ in range(
        2
    ):  # read from rows and what is kept of them, then rolled up: for the first time, or again
        with database.reading(admin.tenant) as session:
            assert figures.totals(session, admin, since) == before
            assert people.by_person(session, admin, since) == people_before
            assert figures.timeline(session, admin, since, now(), hourly=False) == days
        with database.writing_all() as session:
            gone = select(Figure.period).where(Figure.kind.in_(PRUNED.values())).distinct()
            hours = session.scalars(gone).all() if rolled_up_before else []
            session.add_all(StaleHour(tenant_id=admin.tenant, hour=hour) for hour in hours)
        roll_up(database)


def test_presses_of_an_hour_without_a_delivery_outlive_the_rows(
    database: Database, tenants: TwoTenants
) -> None:
    """Late in an hour cards are pressed in the next one; all was deleted before it was rolled up."""
    with time_machine.travel(now().replace(minute=56)):
        admin, since = fill(database, tenants), full_hour(figures.days_ago(89))
        with database.reading(admin.tenant) as session:
            before = people.by_person(session, admin, since)
        assert sum(prune.prune_old_rows(database, now(), 10), Counter())["deliveries"] > 10
        roll_up(database)
        with database.reading(admin.tenant) as session:
            assert people.by_person(session, admin, since) == before


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
