"""What fan-out decided about an event is what is explained of it, for every decision there is."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import update

from models.accounts.actor import Actor, system
from models.database.engine import Database
from models.rules.why.explain import Explanation, explain_event
from models.rules.why.verdicts import Verdict
from models.tables import Destination, PipedriveUser, QuietHours
from tests.conftest import TwoTenants
from tests.engine import OTHER_SPACE, Bench, deal, link

BIG = {"field": "value", "op": "at_least", "value": 10_000}


def explained(bench: Bench, tenant_id: int, actor: Actor | None = None) -> Explanation:
    (event, *_) = bench.events(tenant_id)
    with bench.database.reading(tenant_id) as session:
        return explain_event(session, actor or system(tenant_id, "test"), event.id)


def outcomes(found: Explanation) -> list[tuple[str, str, str]]:
    return [
        (rule.name, delivery.state, delivery.reason) for rule in found.rules for delivery in rule.deliveries
    ]


def receive(bench: Bench, tenant_id: int, *bodies: dict[str, Any]) -> None:
    bench.receive(tenant_id, *bodies)
    bench.spread()


def test_each_rule_says_of_an_event_what_fan_out_decided(bench: Bench, tenants: TwoTenants) -> None:
    link(bench.database, tenants.ours, name="Sent")
    link(bench.database, tenants.ours, name="Too small", conditions=BIG)
    link(
        bench.database,
        tenants.ours,
        name="No value",
        conditions={"field": "acv", "op": "at_least", "value": 1},
    )
    link(bench.database, tenants.ours, name="Off", is_enabled=False)
    link(bench.database, tenants.ours, name="Leads", on=["lead.*"])
    link(bench.database, tenants.theirs, "spaces/THEIRS", name="Theirs")
    receive(bench, tenants.ours, deal(1))
    bench.send_all()

    found = explained(bench, tenants.ours)

    assert {rule.name: rule.verdict for rule in found.rules} == {
        "Sent": Verdict.FIRED,
        "Too small": Verdict.NOT_MET,
        "No value": Verdict.UNDECIDABLE,
        "Off": Verdict.OFF,
    }
    assert outcomes(found) == [("Sent", "delivered", "")]
    assert found.others == 1


def test_quiet_hours_that_hold_a_card_are_its_reason(bench: Bench, tenants: TwoTenants) -> None:
    link(bench.database, tenants.ours, name="Held")
    _add_quiet_hours(bench.database, tenants.ours)
    receive(bench, tenants.ours, deal(1))
    assert outcomes(explained(bench, tenants.ours)) == [("Held", "held", "held by quiet hours")]


def _add_quiet_hours(database: Database, tenant_id: int) -> None:
    days = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"]
    with database.writing(tenant_id) as session:
        window = QuietHours(tenant_id=tenant_id, scope="tenant", starts="00:00", ends="00:00", days=days)
        window.timezone = "UTC"
        session.add(window)


def test_a_burst_says_how_many_events_its_card_tells(bench: Bench, tenants: TwoTenants) -> None:
    link(bench.database, tenants.ours, name="All")
    bench.receive_deals(tenants.ours, 6)
    bench.send_all()
    found = explained(bench, tenants.ours)
    assert found.folded is not None
    assert list(found.folded.values()) == [5]


def test_a_place_that_is_paused_is_the_reason(bench: Bench, tenants: TwoTenants) -> None:
    paused = link(bench.database, tenants.ours, name="Paused")
    with bench.database.writing(tenants.ours) as session:
        mine = update(Destination).where(
            Destination.tenant_id == tenants.ours, Destination.id == paused.destination_id
        )
        session.execute(mine.values(is_active=False, paused_because="paused by Ben"))
    receive(bench, tenants.ours, deal(1))
    bench.send_all(seconds=5)
    ((_, state, reason),) = outcomes(explained(bench, tenants.ours))
    assert state == "skipped"
    assert "paused by Ben" in reason


@pytest.mark.parametrize("seen_by", [["1"], ["1", "2"]])
def test_a_restricted_deal_says_that_its_card_was_redacted(
    bench: Bench, tenants: TwoTenants, seen_by: list[str]
) -> None:
    link(bench.database, tenants.ours, name="Closed")
    link(bench.database, tenants.ours, OTHER_SPACE, name="Too small", conditions=BIG)
    with bench.database.writing(tenants.ours) as session:
        session.add_all(PipedriveUser(tenant_id=tenants.ours, pipedrive_id=each) for each in ("1", "2"))
    body = deal(1)
    body["meta"]["permitted_user_ids"] = seen_by
    receive(bench, tenants.ours, body)

    found = explained(bench, tenants.ours)

    is_restricted = len(seen_by) == 1
    assert bool(found.redacted) is is_restricted
    (closed, *others) = found.rules
    assert bool(closed.deliveries[0].redacted_because) is is_restricted
    assert [rule.name for rule in others] == ([] if is_restricted else ["Too small"])
    assert found.untold == int(is_restricted)


def test_an_event_of_another_company_was_looked_at_by_no_rule(bench: Bench, tenants: TwoTenants) -> None:
    link(bench.database, tenants.ours, name="All")
    body = deal(1)
    body["meta"]["entity"] = "nonsense"
    receive(bench, tenants.ours, body)
    found = explained(bench, tenants.ours)
    assert (found.state, found.change, list(found.rules)) == ("ignored", None, [])
