"""A new lead is offered once, goes on once where nobody answers, and ends with the manager."""

from __future__ import annotations

from datetime import timedelta
from typing import Final

import pytest
from sqlalchemy import select, update

from models.accounts.actor import Actor
from models.clock import now
from models.database.engine import Database
from models.destinations.linking import add_direct_message
from models.errors import InvalidRequest, NotFound
from models.leads.arrivals import CLAIM
from models.maintenance.remove_user import remove_user
from models.routing.actions import come_back, go_away
from models.routing.answers import accept, decline, expire
from models.routing.policies import PolicyPart
from models.routing.route import escalate, route
from models.tables import (
    AssignmentState,
    Notification,
    RoutingMethod,
    RoutingPolicy,
)
from tests.conftest import TwoTenants
from tests.models.acting import notices_to
from tests.models.leads.known import happened, hear, look
from tests.models.routing.team import add_team, come, ids, route_due, run_waits, set_policy, steps, waits_of
from tests.models.rows import count

ACTIONS: Final = {CLAIM: expire}
HOUR: Final = timedelta(hours=1)
NOBODY: Final = "A lead was accepted by nobody"


def test_without_a_policy_nothing_happens(database: Database, tenants: TwoTenants) -> None:
    come(database, tenants.ours, 1, 2)
    assert route_due(database, now()) == 0
    assert steps(database, tenants.ours) == []


def test_leads_go_to_one_after_the_other_and_only_of_this_team(
    database: Database, tenants: TwoTenants
) -> None:
    ours, _ = (add_team(database, each) for each in tenants)
    set_policy(database, ours)
    for each in tenants:
        come(database, each, 1, 2, 3, 4)
    route_due(database, now())
    a, b, c = ids(ours)

    assert [each.user_id for each in steps(database, tenants.ours)] == [a, b, c, a]
    assert steps(database, tenants.theirs) == []
    assert happened(database, tenants.ours) == ["created", "routed"]
    with database.reading_all() as session:
        sent = session.scalars(select(Notification).order_by(Notification.id)).all()
    assert [each.user_id for each in sent] == [a, b, c, a]
    assert {(each.type, each.priority) for each in sent} == {("LEAD_ASSIGNED", "high")}


def test_a_lead_is_routed_once_whatever_is_repeated(database: Database, tenants: TwoTenants) -> None:
    people = add_team(database, tenants.ours)
    set_policy(database, people)
    come(database, tenants.ours, 1)
    route_due(database, now())
    hear(database, tenants.ours, 1, title="Changed")
    look(database)
    route_due(database, now())
    (only,) = steps(database, tenants.ours)
    with database.writing(tenants.ours) as session:
        route(session, tenants.ours, only.id, now())

    assert len(steps(database, tenants.ours)) == count(database, Notification) == 1


def test_a_policy_that_was_changed_meanwhile_is_used_as_it_is_now(
    database: Database, tenants: TwoTenants
) -> None:
    people = add_team(database, tenants.ours)
    policy_id = set_policy(database, people, members=ids(people[:1]))
    come(database, tenants.ours, 1)
    (waiting,) = steps(database, tenants.ours)
    with database.writing(tenants.ours) as session:
        session.get_one(RoutingPolicy, (tenants.ours, policy_id))  # as it was read before
        changed = update(RoutingPolicy).where(RoutingPolicy.tenant_id == tenants.ours)
        to_the_second = changed.values(members=ids(people[1:2]))
        session.execute(to_the_second.execution_options(synchronize_session=False))
        route(session, tenants.ours, waiting.id, now())

    assert [each.user_id for each in steps(database, tenants.ours)] == [people[1].user_id]


def test_an_old_lead_and_one_from_before_the_policy_stay(database: Database, tenants: TwoTenants) -> None:
    come(database, tenants.ours, 1, at=now() - HOUR)
    set_policy(database, add_team(database, tenants.ours))
    hear(database, tenants.ours, 2, at=now(), add_time=(now() - timedelta(days=40)).isoformat())
    look(database)
    assert route_due(database, now() + HOUR) == 0


def test_who_does_not_accept_in_time_loses_it_to_the_next_then_to_the_manager(
    database: Database, tenants: TwoTenants
) -> None:
    people = add_team(database, tenants.ours)
    manager = people[2].user_id
    set_policy(database, people, members=ids(people[:2]), claim_minutes=30, manager_id=manager)
    come(database, tenants.ours, 1)
    at = now()
    for _ in range(4):
        route_due(database, at)
        at += timedelta(minutes=31)
        run_waits(database, tenants, at, ACTIONS)
        run_waits(database, tenants, at, ACTIONS)

    rows = steps(database, tenants.ours)
    assert [(each.user_id, each.state) for each in rows] == [
        (people[0].user_id, "expired"),
        (people[1].user_id, "expired"),
        (manager, "offered"),
    ]
    assert happened(database, tenants.ours)[1:] == ["routed", "escalated", "escalated"]
    assert len(waits_of(database, tenants.ours)) == 2


def test_a_step_escalates_once(database: Database, tenants: TwoTenants) -> None:
    people = add_team(database, tenants.ours)
    set_policy(database, people)
    come(database, tenants.ours, 1)
    route_due(database, now())
    (row,) = steps(database, tenants.ours)
    for expected in (True, False):
        with database.writing(tenants.ours) as session:
            assert escalate(session, row, now()) is expected


def test_of_two_answers_one_counts(database: Database, tenants: TwoTenants) -> None:
    people = add_team(database, tenants.ours)
    set_policy(database, people, claim_minutes=30)
    come(database, tenants.ours, 1)
    route_due(database, now())
    (row,) = steps(database, tenants.ours)
    late = now() + HOUR
    run_waits(database, tenants, late, ACTIONS)
    route_due(database, late)
    second = steps(database, tenants.ours)[1]
    with database.writing(tenants.ours) as session, pytest.raises(InvalidRequest, match="somebody else"):
        accept(session, people[0], row.id, late)
    for _ in range(2):
        with database.writing(tenants.ours) as session:
            accept(session, people[1], second.id, late)
    with database.writing(tenants.ours) as session, pytest.raises(InvalidRequest):
        decline(session, people[1], second.id, "late", late)
    run_waits(database, tenants, late + HOUR, ACTIONS)

    assert [each.state for each in steps(database, tenants.ours)] == ["expired", "accepted"]
    assert [each.state for each in waits_of(database, tenants.ours)] == ["done", "ended"]


def test_who_declines_says_why_and_nobody_answers_for_others(database: Database, tenants: TwoTenants) -> None:
    people = add_team(database, tenants.ours)
    set_policy(database, people)
    come(database, tenants.ours, 1)
    route_due(database, now())
    (row,) = steps(database, tenants.ours)
    with database.writing(tenants.ours) as session, pytest.raises(NotFound):
        accept(session, people[1], row.id, now())
    with database.writing(tenants.ours) as session, pytest.raises(InvalidRequest):
        decline(session, people[0], row.id, "  ", now())
    for _ in range(2):
        with database.writing(tenants.ours) as session:
            decline(session, people[0], row.id, "No time", now())
    route_due(database, now())

    first, second = steps(database, tenants.ours)
    assert (first.state, first.reason, second.user_id) == ("declined", "No time", people[1].user_id)


def test_away_people_get_nothing_until_they_are_back(database: Database, tenants: TwoTenants) -> None:
    people = add_team(database, tenants.ours, 2)
    set_policy(database, people)
    with database.writing(tenants.ours) as session:
        go_away(session, people[0], None, now())
    come(database, tenants.ours, 1, 2)
    route_due(database, now())
    with database.writing(tenants.ours) as session:
        assert come_back(session, people[0])
    come(database, tenants.ours, 3)
    route_due(database, now())

    b, a = people[1].user_id, people[0].user_id
    assert [each.user_id for each in steps(database, tenants.ours)] == [b, b, a]


def test_when_nobody_may_the_lead_waits_and_is_not_lost(database: Database, tenants: TwoTenants) -> None:
    people = add_team(database, tenants.ours, 1)
    set_policy(database, people, most_today=1)
    come(database, tenants.ours, 1, 2)
    at = now()
    route_due(database, at)
    second = steps(database, tenants.ours)[1]
    assert (second.state, second.user_id) == (AssignmentState.WAITING, None)
    route_due(database, at + timedelta(days=1))

    assert [each.state for each in steps(database, tenants.ours)] == ["offered", "offered"]


def test_leads_go_by_source_and_by_value(database: Database, tenants: TwoTenants) -> None:
    people = add_team(database, tenants.ours)
    a, b, c = ids(people)
    web = PolicyPart((b,), ("Web form",))
    set_policy(database, people[:1], name="Web", method=RoutingMethod.SOURCE, parts=(web,))
    come(database, tenants.ours, 1, source_name="Web form")
    come(database, tenants.ours, 2, source_name="Fair")
    route_due(database, now())
    set_policy(
        database,
        people[:1],
        name="Big",
        method=RoutingMethod.VALUE,
        parts=(PolicyPart((b,), least=100.0), PolicyPart((c,), least=1000.0)),
        when={"field": "source_name", "op": "is", "value": "Fair"},
    )
    assert [each.user_id for each in steps(database, tenants.ours)] == [b, a]


def test_whoever_took_a_lead_while_it_waited_keeps_it(database: Database, tenants: TwoTenants) -> None:
    people = add_team(database, tenants.ours)
    set_policy(database, people[:1])
    with database.writing(tenants.ours) as session:
        go_away(session, people[0], None, now())
    come(database, tenants.ours, 1, 2, owner_id=3)
    route_due(database, now())
    hear(database, tenants.ours, 1, owner_id=2)
    with database.writing(tenants.ours) as session:
        assert come_back(session, people[0])
    route_due(database, now() + HOUR)

    rows = [(each.state, each.user_id) for each in steps(database, tenants.ours)]
    assert rows == [("taken", None), ("offered", people[0].user_id)]


def test_an_offer_of_a_lead_that_somebody_else_took_cannot_be_accepted(
    database: Database, tenants: TwoTenants
) -> None:
    people = add_team(database, tenants.ours)
    set_policy(database, people)
    come(database, tenants.ours, 1, owner_id=3)
    route_due(database, now())
    (row,) = steps(database, tenants.ours)
    hear(database, tenants.ours, 1, owner_id=2)
    with database.writing(tenants.ours) as session, pytest.raises(InvalidRequest, match="somebody else"):
        accept(session, people[0], row.id, now())


def test_admins_hear_of_a_lead_that_the_last_person_declines(database: Database, tenants: TwoTenants) -> None:
    people = add_team(database, tenants.ours)
    set_policy(database, people, members=ids(people[:1]), manager_id=people[1].user_id)
    add_direct(database, people[2])
    come(database, tenants.ours, 1)
    for person in people[:2]:
        route_due(database, now())
        row = steps(database, tenants.ours)[-1]
        with database.writing(tenants.ours) as session:
            decline(session, person, row.id, "No time", now())

    assert NOBODY in [each["title"] for each in notices_to(database, tenants.ours)]


@pytest.mark.parametrize("is_removed", [True, False])
def test_a_lead_goes_on_when_its_person_or_its_policy_is_gone(
    database: Database, tenants: TwoTenants, is_removed: bool
) -> None:
    people = add_team(database, tenants.ours)
    policy = set_policy(database, people)
    come(database, tenants.ours, 1)
    route_due(database, now())
    (row,) = steps(database, tenants.ours)
    with database.writing(tenants.ours) as session:
        if is_removed:
            remove_user(session, people[2], people[0].user_id or 0)
        else:
            decline(session, people[0], row.id, "No time", now())
            session.get_one(RoutingPolicy, (tenants.ours, policy)).is_on = False
    route_due(database, now())

    last = steps(database, tenants.ours)[-1]
    wanted = ("offered", people[1].user_id) if is_removed else ("expired", None)
    assert (last.step, last.state, last.user_id) == (1, *wanted)


def add_direct(database: Database, person: Actor) -> None:
    with database.writing(person.tenant) as session:
        add_direct_message(session, person.tenant, person.name)
