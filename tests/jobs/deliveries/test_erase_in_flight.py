"""A tenant that is erased while its cards are sent or its events are read costs no other tenant anything."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from jobs.deliveries.retry import LEASE
from models.database.engine import Database
from models.maintenance.erase_tenant import erase_marked, mark_for_erasure
from tests.conftest import TwoTenants
from tests.engine import OTHER_SPACE, SPACE, Bench, deal, link


def erase(database: Database, tenant_id: int) -> list[int]:
    with database.writing_all() as session:
        mark_for_erasure(session, tenant_id)
    return erase_marked(database)


@pytest.fixture
def both(bench: Bench, tenants: TwoTenants, monkeypatch: pytest.MonkeyPatch) -> Bench:
    monkeypatch.setattr("models.maintenance.erase_tenant.now", bench.clock)
    link(bench.database, tenants.ours)
    link(bench.database, tenants.theirs, OTHER_SPACE)
    bench.receive(tenants.ours, deal(1))
    bench.receive(tenants.theirs, deal(2))
    return bench


def test_results_of_all_are_stored_when_one_is_erased_meanwhile(
    both: Bench, tenants: TwoTenants, monkeypatch: pytest.MonkeyPatch
) -> None:
    both.spread()
    send, erased = both.deliver.send, list[list[int]]()

    def send_while_erasing(load: Any) -> Any:
        result = send(load)
        if not erased:
            erased.append(erase(both.database, tenants.ours))
        return result

    monkeypatch.setattr(both.deliver, "send", send_while_erasing)
    both.send_due()

    assert erased == [[]]  # what is being sent is waited for
    assert both.only(tenants.theirs).state == "delivered"
    assert both.only(tenants.ours).state == "delivered"
    assert [len(both.chat.cards(space)) for space in (SPACE, OTHER_SPACE)] == [1, 1]
    assert erase_after_leases(both) == [tenants.ours]
    assert both.only(tenants.theirs).state == "delivered"


def erase_after_leases(bench: Bench) -> list[int]:
    """The lanes of a tenant may be leased for a moment longer."""
    bench.clock.advance((LEASE + timedelta(seconds=1)).total_seconds())
    return erase_marked(bench.database)


def test_events_of_all_are_read_when_one_is_erased_meanwhile(
    both: Bench, tenants: TwoTenants, monkeypatch: pytest.MonkeyPatch
) -> None:
    claim = both.fan_out.claim

    def claim_and_erase(limit: int) -> Any:
        claimed = claim(limit)
        assert erase(both.database, tenants.ours) == []
        return claimed

    monkeypatch.setattr(both.fan_out, "claim", claim_and_erase)
    both.fan_out.step()

    (event,) = both.events(tenants.theirs)
    assert (event.state, event.lease_losses) == ("done", 0)
    assert both.only(tenants.theirs).state == "pending"
