"""What was given up for people of a record is addressed anew when somebody sends it again."""

from __future__ import annotations

from typing import Any

import pytest

from jobs.recipients import address
from jobs.recipients.address import ASKS_AGAIN_AFTER, FAILED, GIVES_UP_AFTER, RecordRecipients
from models.deliveries.replay import ReplayFilter, find_replayable
from models.deliveries.store import replay
from models.destinations.recipients import OWNER
from models.pipedrive.names import NO_NAMES
from models.recipients.find import people_of
from models.rules.drafts import RuleDraft
from models.rules.save import save_rule
from tests.conftest import TwoTenants
from tests.engine import Bench, HandClock, deal
from tests.jobs.recipients.conftest import ADA, BEN


def states(bench: Bench, tenant_id: int) -> list[tuple[str, str]]:
    return [(each.destination_name, each.state) for each in bench.deliveries(tenant_id)]


def fail(*_: Any) -> Any:
    raise ValueError("it fails each time")


def send_again(bench: Bench, tenant_id: int) -> None:
    with bench.database.writing(tenant_id) as session:
        ids = find_replayable(session, tenant_id, ReplayFilter())
        assert len(replay(session, tenant_id, ids, bench.clock())) == 1


def test_its_hour_begins_when_it_is_sent_again(
    bench: Bench,
    clock: HandClock,
    tenants: TwoTenants,
    recipients: RecordRecipients,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    with bench.database.writing(tenants.ours) as session:
        draft = RuleDraft("Owners", ["deal.*"], None, [OWNER], "compact")
        save_rule(session, tenants.ours, draft, NO_NAMES, BEN)
    bench.receive(tenants.ours, deal(1, owner_id=1))
    bench.spread()
    monkeypatch.setattr(address, "people_of", fail)
    clock.advance(GIVES_UP_AFTER.total_seconds() + 60)
    recipients.run()
    (ended,) = bench.deliveries(tenants.ours)
    assert (ended.state, ended.reason) == ("dead", FAILED)

    send_again(bench, tenants.ours)
    recipients.run()
    assert states(bench, tenants.ours) == [(OWNER, "digested")]
    assert bench.open_deliveries() == 0

    monkeypatch.setattr(address, "people_of", people_of)
    clock.advance(ASKS_AGAIN_AFTER.total_seconds() + 1)
    recipients.run()
    assert states(bench, tenants.ours) == [(ADA, "pending")]
    assert states(bench, tenants.theirs) == []
