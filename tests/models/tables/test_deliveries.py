"""Deliveries: unique for an event, a rule and a destination of one tenant; history keeps names."""

from __future__ import annotations

from typing import Any

from sqlalchemy import select

from models.database.engine import Database
from models.rules.save import remove_rules
from models.tables import Attempt, Delivery, Lane, Rule, Tenant
from models.tables.deliveries import OPEN_STATES, STATES
from tests.conftest import TwoTenants
from tests.models.rows import LONG_AGO, add, by_schema, count, everything, refused, remove


def twin(of: Delivery, **columns: Any) -> Delivery:
    same = {
        name: getattr(of, name) for name in ("tenant_id", "event_id", "rule_id", "destination_id", "lane")
    }
    return Delivery(**(same | columns))


def test_the_schema_takes_a_delivery_for_pending(database: Database, tenants: TwoTenants) -> None:
    made = by_schema(
        database,
        "deliveries",
        tenant_id=tenants.ours,
        lane="spaces/A",
        request_id="r1",
        next_attempt_at=LONG_AGO,
        created_at=LONG_AGO,
    )
    assert (made["state"], made["reason"], made["attempts"], made["lease_losses"]) == ("pending", "", 0, 0)
    assert (bool(made["is_urgent"]), bool(made["is_test"])) == (False, False)
    assert (made["message_key"], made["waiting_since"], made["finished_at"]) == (None, None, None)


def test_one_event_is_owed_once_by_a_rule_to_a_destination(database: Database, tenants: TwoTenants) -> None:
    owed = everything(database, tenants.ours)
    refused(database, twin(owed))


def test_request_ids_are_never_shared_even_between_tenants(database: Database, tenants: TwoTenants) -> None:
    owed = everything(database, tenants.ours)
    assert len(owed.request_id) == 32
    refused(database, Delivery(tenant_id=tenants.theirs, lane="spaces/B", request_id=owed.request_id))


def test_nothing_of_another_tenant_is_delivered(database: Database, tenants: TwoTenants) -> None:
    theirs = everything(database, tenants.theirs)
    for column in ("event_id", "rule_id", "destination_id"):
        crossing = {"tenant_id": tenants.ours, "lane": "spaces/A", column: getattr(theirs, column)}
        refused(database, Delivery(**crossing))
    add(database, Delivery(tenant_id=tenants.ours, lane="spaces/A"))


def test_a_removed_rule_leaves_its_history_as_it_was(database: Database, tenants: TwoTenants) -> None:
    owed = everything(database, tenants.ours)
    with database.writing(tenants.ours) as session:
        session.get_one(Delivery, (tenants.ours, owed.id)).rule_name = "Wins"
        session.flush()
        remove_rules(session, tenants.ours, [session.get_one(Rule, (tenants.ours, owed.rule_id))])
    with database.reading(tenants.ours) as session:
        kept = session.execute(select(Delivery.rule_id, Delivery.rule_name, Delivery.state)).all()
    assert kept == [(owed.rule_id, "Wins", "pending")]


def test_open_states_are_those_that_may_still_be_sent() -> None:
    assert set(OPEN_STATES) == {"pending", "sending", "held"}
    assert set(STATES) - set(OPEN_STATES) == {"digested", "delivered", "skipped", "dead"}


def test_the_schema_fills_in_what_an_attempt_did_not_say(database: Database, tenants: TwoTenants) -> None:
    owed = everything(database, tenants.ours)
    told = {"delivery_id": owed.id, "outcome": "delivered", "created_at": LONG_AGO}
    made = by_schema(database, "attempts", tenant_id=tenants.ours, **told)
    assert (made["detail"], made["took_ms"], made["http_status"]) == ("", 0, None)


def test_each_attempt_keeps_its_answer_and_its_time(database: Database, tenants: TwoTenants) -> None:
    owed = everything(database, tenants.ours)
    mine = {"tenant_id": tenants.ours, "delivery_id": owed.id}
    add(
        database,
        Attempt(**mine, outcome="retry", http_status=503, took_ms=210, detail="away"),
        Attempt(**mine, outcome="delivered", http_status=200, took_ms=95),
    )
    with database.reading(tenants.ours) as session:
        kept = session.execute(
            select(Attempt.outcome, Attempt.http_status, Attempt.took_ms).order_by(Attempt.id)
        ).all()
    assert kept == [("retry", 503, 210), ("delivered", 200, 95)]


def test_an_attempt_is_never_of_another_tenants_delivery(database: Database, tenants: TwoTenants) -> None:
    theirs = everything(database, tenants.theirs)
    refused(database, Attempt(tenant_id=tenants.ours, delivery_id=theirs.id, outcome="delivered"))


def test_attempts_go_with_their_delivery(database: Database, tenants: TwoTenants) -> None:
    owed = everything(database, tenants.ours)
    add(database, Attempt(tenant_id=tenants.ours, delivery_id=owed.id, outcome="delivered"))
    remove(database, owed)
    assert count(database, Attempt) == 0


def test_the_schema_starts_a_lane_without_a_due_time(database: Database, tenants: TwoTenants) -> None:
    made = by_schema(database, "lanes", tenant_id=tenants.ours, lane="spaces/A")
    assert made == {
        "tenant_id": tenants.ours,
        "lane": "spaces/A",
        "due_at": None,
        "free_at": None,
        "backoff": 0,
        "lease_token": None,
        "lease_until": None,
        "folded_at": None,
        "contention": 0,
        "is_shared": made["is_shared"],
    }
    assert made["is_shared"]


def test_a_space_is_one_lane_of_each_tenant_that_posts_there(database: Database, tenants: TwoTenants) -> None:
    add(database, *(Lane(tenant_id=each, lane="spaces/A") for each in tenants))
    refused(database, Lane(tenant_id=tenants.ours, lane="spaces/A"))


def test_lanes_go_with_their_tenant(database: Database, tenants: TwoTenants) -> None:
    add(database, *(Lane(tenant_id=each, lane="spaces/A") for each in tenants))
    with database.reading_all() as session:
        gone = session.get_one(Tenant, tenants.ours)
    remove(database, gone)
    assert count(database, Lane) == 1
