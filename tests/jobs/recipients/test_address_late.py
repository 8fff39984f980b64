"""What a person's digest or mute gathers is told, even if a worker with old rules makes the card."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import select, update

from jobs.names.cache import NameCache
from jobs.recipients.address import RecordRecipients
from jobs.recipients.followers import Followers
from jobs.scheduled.digests import Digests
from jobs.scheduled.summary_cards import SummaryCards
from models.attention.gathered import digest_key
from models.destinations.recipients import OWNER
from models.pipedrive.names import NO_NAMES
from models.rules.drafts import RuleDraft
from models.rules.rulesets import Rulesets
from models.rules.save import save_rule
from models.tables import Digest, Mute, User
from models.tables.deliveries import DeliveryState
from tests.conftest import TwoTenants
from tests.engine import Bench, HandClock, NoSource, deal
from tests.jobs.muting import another
from tests.jobs.recipients.conftest import ADA, BEN, FakeFollowers
from tests.models.rows import add


@pytest.fixture(autouse=True)
def _one_clock(clock: HandClock, monkeypatch: pytest.MonkeyPatch) -> None:
    for module in ("digests", "mutes"):
        monkeypatch.setattr(f"jobs.scheduled.{module}.now", clock)


@pytest.fixture
def slow(bench: Bench, recipients: RecordRecipients, followers: FakeFollowers) -> RecordRecipients:
    """A worker that knows the rules, digests and mutes as they were when it first looked."""
    lists = Followers(followers, lambda: 0.0)
    return RecordRecipients(bench.database, Rulesets(fresh_s=3600.0), lists)


def of_ada(bench: Bench, tenant_id: int) -> dict[str, object]:
    with bench.database.reading(tenant_id) as session:
        mine = (User.tenant_id == tenant_id, User.email == ADA)
        user_id = session.scalars(select(User.id).where(*mine)).one()
    return {"tenant_id": tenant_id, "scope": "user", "user_id": user_id}


def receive(bench: Bench, tenant_id: int, number: int) -> None:
    bench.receive(tenant_id, deal(number, owner_id=1))
    bench.spread()


def owners_get_cards(bench: Bench, tenant_id: int) -> None:
    with bench.database.writing(tenant_id) as session:
        save_rule(
            session, tenant_id, RuleDraft("Owners", ["deal.*"], None, [OWNER], "compact"), NO_NAMES, BEN
        )


def test_what_comes_late_for_a_digest_joins_its_next_issue(
    bench: Bench, tenants: TwoTenants, slow: RecordRecipients
) -> None:
    owners_get_cards(bench, tenants.ours)
    due = bench.clock.at + timedelta(minutes=30)
    every = {"every": "daily", "clock": "09:00", "day": "mon", "timezone": "UTC"}
    add(bench.database, Digest(due_at=due, **every, **of_ada(bench, tenants.ours)))
    receive(bench, tenants.ours, 1)
    slow.run()
    bench.clock.advance(1801)
    cards = SummaryCards(bench.database, NameCache(bench.database, NoSource()), Rulesets(fresh_s=-1.0))
    Digests(bench.database, cards).run()
    receive(bench, tenants.ours, 2)
    slow.run()

    with bench.database.reading(tenants.ours) as session:
        first, following = session.scalars(select(Digest).order_by(Digest.id)).all()
    assert first.ended_at is not None
    gathered = [each.gathered_for for each in bench.deliveries(tenants.ours) if each.event_id]
    assert gathered == [digest_key(first.id), digest_key(following.id)]


def test_what_comes_late_for_a_mute_is_sent(
    bench: Bench, tenants: TwoTenants, slow: RecordRecipients
) -> None:
    owners_get_cards(bench, tenants.ours)
    until = bench.clock.at + timedelta(hours=1)
    add(bench.database, Mute(until=until, muted_by=ADA, **of_ada(bench, tenants.ours)))
    receive(bench, tenants.ours, 1)
    slow.run()
    with bench.database.writing(tenants.ours) as session:
        session.execute(update(Mute).where(Mute.tenant_id == tenants.ours).values(until=bench.clock.at))
    another(bench).run()
    receive(bench, tenants.ours, 2)
    slow.run()

    states = [each.state for each in bench.deliveries(tenants.ours) if each.event_id]
    assert states == [DeliveryState.SKIPPED, DeliveryState.PENDING]
