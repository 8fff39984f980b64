"""A worker that stood still sends its message under a lease that it has lost: what people see is recorded."""

from __future__ import annotations

import pytest
from sqlalchemy import update

from models.tables import Delivery
from tests.conftest import TwoTenants
from tests.engine import OTHER_SPACE, Bench, link


@pytest.mark.parametrize("state", ["pending", "held", "skipped", "dead"])
def test_what_arrived_under_a_lost_lease_is_recorded_where_nobody_sends_it(
    bench: Bench, tenants: TwoTenants, state: str
) -> None:
    """A worker stood still before its request, and its space was paused meanwhile."""
    link(bench.database, tenants.ours)
    link(bench.database, tenants.theirs, OTHER_SPACE)
    for tenant_id in tenants:
        bench.receive_deals(tenant_id, 1)
    results = [bench.deliver.send(each) for each in bench.deliver.claim(10)]
    late = [each for each in results if each.message.head.tenant_id == tenants.ours]
    meanwhile = {"state": state, "reason": "paused by ada", "lease_token": None, "lease_until": None}
    with bench.database.writing_all() as session:
        session.execute(update(Delivery).values(meanwhile))

    bench.deliver.finish(late)

    ours, theirs = (bench.only(each) for each in tenants)
    assert (ours.state, ours.reason, ours.attempts, ours.message_name is None) == ("delivered", "", 1, False)
    assert theirs.state == state


def test_what_a_mute_has_gathered_stays_with_its_summary(bench: Bench, tenants: TwoTenants) -> None:
    link(bench.database, tenants.ours)
    bench.receive_deals(tenants.ours, 1)
    (message,) = bench.deliver.claim(10)
    late = bench.deliver.send(message)
    gathered = {"state": "skipped", "gathered_for": "mute-1", "lease_token": None, "lease_until": None}
    with bench.database.writing_all() as session:
        session.execute(update(Delivery).values(gathered))

    bench.deliver.finish([late])

    assert bench.only(tenants.ours).state == "skipped"
