"""Events become deliveries: once, in order, for the right tenant, whatever the events say."""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from sqlalchemy import delete, update

from jobs.deliveries.retry import LEASE
from jobs.events.fan_out import ALREADY_BACKFILLED
from models.database.engine import Database
from models.deliveries.reasons import ON_ANOTHER_CARD
from models.events import store as event_store
from models.events.store import Arrival
from models.tables import Delivery, Event, EventState, Rule, RuleDestination
from tests.conftest import TwoTenants
from tests.engine import NOON, OTHER_SPACE, Bench, Linked, another_tenant, company, deal, link


def _states(bench: Bench, tenant_id: int) -> list[str]:
    return [event.state for event in bench.events(tenant_id)]


def _set_rule(database: Database, linked: Linked, **values: Any) -> None:
    with database.writing(linked.tenant_id) as session:
        mine = update(Rule).where(Rule.tenant_id == linked.tenant_id, Rule.id == linked.rule_id)
        session.execute(mine.values(**values))


def test_an_event_gets_one_delivery_for_each_rule_and_destination(bench: Bench, tenants: TwoTenants) -> None:
    exact = link(bench.database, tenants.ours, on=["deal.created"], name="Exact")
    several = link(bench.database, tenants.ours, on=["deal.created", "deal.won", "deal.*"], name="Several")
    link(bench.database, tenants.ours, OTHER_SPACE, on=["*"], name="All")
    link(bench.database, tenants.ours, on=["deal.lost"], name="Other")
    bench.receive(tenants.ours, deal(1, status="won"))

    bench.spread()

    owed = [(each.rule_name, each.event_type, each.lane) for each in bench.deliveries(tenants.ours)]
    assert owed[0][:2] == ("Exact, Several", "deal.created")
    assert [name for name, _, _ in owed] == ["Exact, Several", "Several", "All"]
    states = [(each.state, each.reason) for each in bench.deliveries(tenants.ours)]
    assert states == [("pending", ""), ("skipped", ON_ANOTHER_CARD), ("pending", "")]
    assert [each.rule_id for each in bench.deliveries(tenants.ours)][:2] == [exact.rule_id, several.rule_id]
    assert _states(bench, tenants.ours) == ["done"]


def test_running_it_twice_adds_nothing(bench: Bench, tenants: TwoTenants) -> None:
    link(bench.database, tenants.ours)
    bench.receive(tenants.ours, deal(1))
    bench.spread()
    before = bench.deliveries(tenants.ours)[0].request_id

    assert bench.spread() == 0
    with bench.database.writing(tenants.ours) as session:  # as if its outcome had been lost
        session.execute(update(Event).where(Event.tenant_id == tenants.ours).values(state="new"))
    assert bench.spread() == 1

    assert [each.request_id for each in bench.deliveries(tenants.ours)] == [before]


def test_a_reader_that_lost_its_lease_adds_nothing(bench: Bench, tenants: TwoTenants) -> None:
    link(bench.database, tenants.ours)
    bench.receive(tenants.ours, deal(1))
    token, events = bench.fan_out.claim(10)
    bench.clock.advance(LEASE.total_seconds() + 1)
    assert bench.another().spread() == 1

    bench.fan_out._process_events(token, events)

    assert len(bench.deliveries(tenants.ours)) == 1


def test_two_workers_never_read_one_tenants_events_at_once(bench: Bench, tenants: TwoTenants) -> None:
    bench.receive(tenants.ours, *(deal(number) for number in range(5)))
    bench.receive(tenants.theirs, deal(1))
    _, first = bench.fan_out.claim(2)
    _, second = bench.another().fan_out.claim(10)

    assert {event.tenant_id for event in first} == {tenants.ours, tenants.theirs}
    assert second == []


def test_an_idle_tenant_is_read_beside_one_that_is_held(bench: Bench, tenants: TwoTenants) -> None:
    bench.receive(tenants.ours, *(deal(number) for number in range(5)))
    bench.fan_out.claim(2)
    bench.receive(tenants.theirs, deal(1))

    _, events = bench.another().fan_out.claim(10)

    assert [event.tenant_id for event in events] == [tenants.theirs]


def test_a_late_older_event_is_not_read_beside_the_newer_ones(bench: Bench, tenants: TwoTenants) -> None:
    """Two web processes commit out of id order: the older row appears while newer ones are leased."""
    bench.receive(tenants.ours, *(deal(number) for number in range(3)))
    bench.fan_out.claim(10)
    first = bench.events(tenants.ours)[0]
    with bench.database.writing(tenants.ours) as session:
        mine = update(Event).where(Event.tenant_id == tenants.ours, Event.id == first.id)
        session.execute(mine.values(lease_until=None, lease_token=None))

    assert bench.another().fan_out.claim(10)[1] == []


def test_a_worker_passes_over_tenants_whose_events_another_reads(
    bench: Bench, tenants: TwoTenants, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("jobs.events.fan_out.MOST_TENANTS", 1)
    bench.receive(tenants.ours, deal(1))
    bench.receive(tenants.theirs, deal(2))
    other = bench.another()

    owners = [[each.tenant_id for each in who.fan_out.claim(10)[1]] for who in (bench, other)]

    assert owners == [[tenants.ours], [tenants.theirs]]
    assert bench.another().fan_out.claim(10) == ("", [])


def test_the_door_neither_hides_a_tenant_nor_waits(bench: Bench, tenants: TwoTenants) -> None:
    if bench.database.is_sqlite:
        pytest.skip("SQLite has one writer")
    bench.receive(tenants.ours, deal(1))
    with bench.database.writing_all() as door:
        door.add(Event(tenant_id=tenants.ours, source_key="x", raw=b"{}"))
        door.flush()

        with ThreadPoolExecutor(1) as worker:  # a thread holds one transaction
            _, claimed = worker.submit(bench.fan_out.claim, 10).result(timeout=5)
        assert len(claimed) == 1


@pytest.mark.parametrize(
    ("ours", "told", "state"),
    [
        ("12345", "12345", "done"),
        ("12345", 12345, "done"),
        ("12345", None, "done"),
        ("12345", "99", "foreign"),
        ("12345", 99, "foreign"),
    ],
)
def test_another_company_is_stored_and_never_delivered(
    bench: Bench, tenants: TwoTenants, ours: str, told: Any, state: str
) -> None:
    company(bench.database, tenants.ours, ours)
    link(bench.database, tenants.ours)
    body = deal(1)
    body["meta"]["company_id"] = told
    bench.receive(tenants.ours, body)

    bench.spread()

    assert _states(bench, tenants.ours) == [state]
    assert len(bench.deliveries(tenants.ours)) == (state == "done")


def test_disabled_rules_fire_nothing(bench: Bench, tenants: TwoTenants) -> None:
    link(bench.database, tenants.ours, is_enabled=False)
    bench.receive(tenants.ours, deal(1))

    bench.spread()

    assert bench.deliveries(tenants.ours) == []


def test_a_changed_rule_holds_once_the_ruleset_is_no_longer_fresh(bench: Bench, tenants: TwoTenants) -> None:
    linked = link(bench.database, tenants.ours)
    bench.rulesets.fresh_s = 0.0
    bench.receive_deals(tenants.ours, 1)
    _set_rule(bench.database, linked, is_enabled=False)
    bench.receive_deals(tenants.ours, 1, first=2)
    assert len(bench.deliveries(tenants.ours)) == 1

    _set_rule(bench.database, linked, is_enabled=True)
    bench.receive_deals(tenants.ours, 1, first=3)

    assert len(bench.deliveries(tenants.ours)) == 2


def test_a_rule_removed_a_moment_ago_costs_the_others_nothing(bench: Bench, tenants: TwoTenants) -> None:
    gone = link(bench.database, tenants.ours, name="Gone")
    link(bench.database, tenants.ours, name="Stays")
    bench.receive_deals(tenants.ours, 1)  # now the ruleset is cached
    with bench.database.writing(tenants.ours) as session:
        for table in (Delivery, RuleDestination):
            session.execute(
                delete(table).where(table.tenant_id == tenants.ours, table.rule_id == gone.rule_id)
            )
        session.execute(delete(Rule).where(Rule.tenant_id == tenants.ours, Rule.id == gone.rule_id))

    bench.receive_deals(tenants.ours, 1, first=2)

    assert [each.rule_name for each in bench.deliveries(tenants.ours)] == ["Stays", "Stays"]
    assert _states(bench, tenants.ours) == ["done", "done"]


HOSTILE = "a\x00b<users/all>\u202e" + "x" * 70_000


@pytest.mark.parametrize(
    "body",
    [
        deal(1, title=HOSTILE),
        deal(1) | {"meta": deal(1)["meta"] | {"company_id": HOSTILE}},
        deal(1) | {"meta": deal(1)["meta"] | {"action": HOSTILE}},
        deal(1) | {"meta": deal(1)["meta"] | {"entity_id": HOSTILE}},
        deal(1) | {"meta": deal(1)["meta"] | {"entity": "stage"}, "data": {"id": 1, "name": HOSTILE}},
        deal(1) | {"meta": deal(1)["meta"] | {"entity": "user"}, "data": {"id": 1, "name": HOSTILE}},
        deal(1) | {"meta": deal(1)["meta"] | {"entity": HOSTILE}},
        deal(1, value=1e300, owner_id=HOSTILE, stage_id={"a": HOSTILE}, org_id=[HOSTILE]),
        {"meta": HOSTILE},
        {HOSTILE: HOSTILE},
        {"meta": None, "event": "updated.deal", "current": {"id": HOSTILE, "stage_name": HOSTILE}},
    ],
)
def test_hostile_text_stops_nobody(bench: Bench, tenants: TwoTenants, body: dict[str, Any]) -> None:
    company(bench.database, tenants.ours, "12345")
    link(bench.database, tenants.ours, on=["*"])
    bench.receive(tenants.ours, body, deal(2))

    bench.spread()

    assert "new" not in _states(bench, tenants.ours)
    assert bench.deliveries(tenants.ours)[-1].event_id == bench.events(tenants.ours)[-1].id
    bench.send_all()
    assert {each.state for each in bench.deliveries(tenants.ours)} == {"delivered"}


def test_what_cannot_be_parsed_is_kept_with_the_reason(bench: Bench, tenants: TwoTenants) -> None:
    bench.receive(tenants.ours, {"nothing": 1}, deal(1) | {"meta": {"entity": "webhook", "action": "create"}})

    bench.spread()

    assert _states(bench, tenants.ours) == ["unparsed", "ignored"]
    assert bench.events(tenants.ours)[0].outcome.startswith("could not be read")


def test_every_tenant_gets_its_share_of_a_claim(bench: Bench, tenants: TwoTenants) -> None:
    third = another_tenant(bench.database, "Third")
    bench.receive(tenants.ours, *(deal(number) for number in range(300)))
    bench.receive(tenants.theirs, deal(1))
    bench.receive(third, deal(1))

    _, events = bench.fan_out.claim(30)

    assert [sum(event.tenant_id == each for event in events) for each in (*tenants, third)] == [10, 1, 1]


def test_names_that_events_tell_stay_in_their_tenant(bench: Bench, tenants: TwoTenants) -> None:
    link(bench.database, tenants.ours)
    link(bench.database, tenants.theirs, OTHER_SPACE)
    stage = deal(9) | {"data": {"id": 3, "name": "Secret stage", "pipeline_id": 1, "order_nr": 1}}
    stage["meta"] |= {"entity": "stage", "entity_id": "3"}
    bench.receive(tenants.ours, stage, deal(1, stage_id=3))
    bench.receive(tenants.theirs, deal(1, stage_id=3))
    bench.spread()

    bench.send_all()

    assert "Secret stage" in str(bench.chat.cards("spaces/AAAA"))
    assert "Secret stage" not in str(bench.chat.cards(OTHER_SPACE))


def test_a_webhook_that_comes_after_it_was_taken_for_missed_is_no_second_card(
    bench: Bench, tenants: TwoTenants
) -> None:
    link(bench.database, tenants.ours)
    link(bench.database, tenants.theirs, OTHER_SPACE)
    webhook, other = (deal(number, update_time="2026-11-20T11:00:00Z") for number in (7, 8))
    for body in (webhook, other):
        body["meta"]["timestamp"] = "2026-11-20T11:00:00Z"
    late = webhook | {"meta": webhook["meta"] | {"change_source": "catch_up"}}
    found = Arrival(
        tenants.ours, "late:deal:7:2026-11-20T11:00:00Z", json.dumps(late).encode(), EventState.NEW, NOON
    )
    with bench.database.writing_all() as session:
        event_store.store(session, [found])
    for tenant_id in tenants:
        bench.receive(tenant_id, webhook, other)
    bench.spread()

    assert [each.outcome for each in bench.events(tenants.ours)][1] == ALREADY_BACKFILLED
    assert [len(bench.deliveries(tenant_id)) for tenant_id in tenants] == [2, 2]
