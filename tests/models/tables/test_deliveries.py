"""Deliveries: owed once for an event, a rule and a destination of one tenant; history outlives names."""

from __future__ import annotations

from typing import Any

from sqlalchemy import select

from models.database.engine import Database
from models.rules.save import remove_rule
from models.tables import Delivery, Rule
from models.tables.deliveries import OPEN_STATES, STATES
from tests.conftest import TwoTenants
from tests.models.rows import LONG_AGO, add, by_schema, everything, refused


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


def test_a_removed_rule_leaves_its_history_without_an_id_but_with_a_name(
    database: Database, tenants: TwoTenants
) -> None:
    owed = everything(database, tenants.ours)
    with database.writing(tenants.ours) as session:
        session.get_one(Delivery, (tenants.ours, owed.id)).rule_name = "Wins"
        session.flush()
        remove_rule(session, tenants.ours, session.get_one(Rule, (tenants.ours, owed.rule_id)))
    with database.reading(tenants.ours) as session:
        kept = session.execute(select(Delivery.rule_id, Delivery.rule_name, Delivery.state)).all()
    assert kept == [(None, "Wins", "pending")]


def test_open_states_are_those_that_may_still_be_sent() -> None:
    assert set(OPEN_STATES) == {"pending", "sending", "held"}
    assert set(STATES) - set(OPEN_STATES) == {"digested", "delivered", "skipped", "dead"}
