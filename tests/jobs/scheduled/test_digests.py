"""Digests end to end: what is not urgent comes as one card at its time."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select

from jobs.names.cache import NameCache
from jobs.scheduled.digests import Digests
from jobs.scheduled.summary_cards import SummaryCards
from models.accounts.actor import system
from models.attention.digests import set_digest, switch_off
from models.attention.mutes import MuteTarget
from models.attention.schedule import Schedule
from models.rules.rulesets import Rulesets
from models.tables import Digest, Mute, MuteScope, QuietHours, Space
from models.tables.attention import Every
from models.tables.deliveries import DeliveryState
from tests.conftest import TwoTenants
from tests.engine import OTHER_SPACE, SPACE, Bench, HandClock, NoSource, link

DIGESTED, DELIVERED = DeliveryState.DIGESTED, DeliveryState.DELIVERED


@pytest.fixture
def digests(bench: Bench, clock: HandClock, monkeypatch: pytest.MonkeyPatch) -> Digests:
    for module in ("digests", "leased_turns"):
        monkeypatch.setattr(f"jobs.scheduled.{module}.now", clock)
    bench.rulesets.fresh_s = -1.0
    return another(bench)


def another(bench: Bench) -> Digests:
    cards = SummaryCards(bench.database, NameCache(bench.database, NoSource()), Rulesets(fresh_s=-1.0))
    return Digests(bench.database, cards)


def target(bench: Bench, tenant_id: int, space: str = SPACE) -> MuteTarget:
    with bench.database.reading(tenant_id) as session:
        return MuteTarget(
            MuteScope.SPACE, space_id=session.scalar(select(Space.id).where(Space.name == space))
        )


def hourly(bench: Bench, tenant_id: int, space: str = SPACE) -> None:
    place = target(bench, tenant_id, space)
    with bench.database.writing(tenant_id) as session:
        actor = system(tenant_id, "test")
        set_digest(session, actor, place, Schedule(Every.HOURLY), "UTC", bench.clock.at)


def states(bench: Bench, tenant_id: int) -> list[str]:
    return [each.state for each in bench.deliveries(tenant_id)]


def test_what_is_gathered_comes_as_one_card_at_its_time(
    bench: Bench, tenants: TwoTenants, digests: Digests
) -> None:
    link(bench.database, tenants.ours)
    hourly(bench, tenants.ours)
    bench.receive_deals(tenants.ours, 2)
    digests.run()
    bench.send_all(5)
    assert states(bench, tenants.ours) == [DIGESTED] * 2
    assert {each.reason for each in bench.deliveries(tenants.ours)} == {"gathered for the hourly digest"}
    assert bench.titles() == []

    bench.clock.advance(3600)
    for _ in range(3):
        digests.run()
    bench.send_all(5)
    assert bench.titles() == ["Digest: 2 cards"]
    assert states(bench, tenants.ours) == [DIGESTED, DIGESTED, DELIVERED]

    bench.receive_deals(tenants.ours, 1, first=3)
    bench.clock.advance(3600)
    digests.run()
    bench.send_all(5)
    assert bench.titles() == ["Digest: 2 cards", "Digest: 1 card"]


def test_nothing_gathered_makes_no_card_and_the_digest_goes_on(
    bench: Bench, tenants: TwoTenants, digests: Digests
) -> None:
    link(bench.database, tenants.ours)
    hourly(bench, tenants.ours)
    for _ in range(3):
        bench.clock.advance(3600)
        digests.run()
    assert bench.deliveries(tenants.ours) == []
    with bench.database.reading_all() as session:
        issues = session.scalars(select(Digest).order_by(Digest.id)).all()
    assert [each.ended_at is None for each in issues] == [False, False, False, True]
    assert issues[-1].due_at > bench.clock.at


def test_urgent_cards_and_other_places_do_not_wait(
    bench: Bench, tenants: TwoTenants, digests: Digests
) -> None:
    link(bench.database, tenants.ours, is_urgent=True)
    link(bench.database, tenants.theirs, OTHER_SPACE)
    hourly(bench, tenants.ours)
    for each in tenants:
        bench.receive_deals(each, 1)
    bench.send_all(5)
    assert bench.titles() == ["Deal 1"]
    assert bench.titles(OTHER_SPACE) == ["Deal 1"]


def test_quiet_hours_and_mutes_decide_before_the_digest(
    bench: Bench, tenants: TwoTenants, digests: Digests
) -> None:
    link(bench.database, tenants.ours)
    hourly(bench, tenants.ours)
    window: dict[str, Any] = {"scope": "tenant", "starts": "11:00", "ends": "13:30", "timezone": "UTC"}
    days = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"]
    with bench.database.writing(tenants.ours) as session:
        session.add(QuietHours(tenant_id=tenants.ours, days=days, **window))
    bench.receive_deals(tenants.ours, 1)
    with bench.database.writing(tenants.ours) as session:
        until = bench.clock.at + timedelta(minutes=30)
        session.add(Mute(tenant_id=tenants.ours, scope="tenant", until=until))
    bench.receive_deals(tenants.ours, 1, first=2)
    assert states(bench, tenants.ours) == [DeliveryState.HELD, DeliveryState.SKIPPED]


def test_a_digest_in_quiet_hours_or_while_muted_comes_when_they_end(
    bench: Bench, tenants: TwoTenants, digests: Digests
) -> None:
    link(bench.database, tenants.ours)
    hourly(bench, tenants.ours)
    bench.receive_deals(tenants.ours, 1)
    with bench.database.writing(tenants.ours) as session:
        until = bench.clock.at + timedelta(hours=2)
        session.add(Mute(tenant_id=tenants.ours, scope="tenant", until=until))
    bench.clock.advance(3600)
    digests.run()
    assert bench.send_due() == []
    bench.clock.advance(3600)
    bench.send_due()
    assert bench.titles() == ["Digest: 1 card"]


def test_switched_off_what_was_gathered_comes_at_once(
    bench: Bench, tenants: TwoTenants, digests: Digests
) -> None:
    link(bench.database, tenants.ours)
    hourly(bench, tenants.ours)
    bench.receive_deals(tenants.ours, 2)
    place = target(bench, tenants.ours)
    with bench.database.writing(tenants.ours) as session:
        assert switch_off(session, system(tenants.ours, "test"), place, bench.clock.at)
    digests.run()
    bench.send_all(5)
    assert bench.titles() == ["Digest: 2 cards"]

    bench.receive_deals(tenants.ours, 1, first=3)
    bench.send_all(5)
    assert bench.titles() == ["Digest: 2 cards", "Deal 3"]


def test_a_worker_that_dies_between_any_two_steps_loses_and_doubles_nothing(
    bench: Bench, tenants: TwoTenants, digests: Digests, monkeypatch: pytest.MonkeyPatch
) -> None:
    link(bench.database, tenants.ours)
    hourly(bench, tenants.ours)
    bench.receive_deals(tenants.ours, 2)
    bench.clock.advance(3600)

    class Killed(BaseException):
        """The process is gone."""

    def die(*_: object) -> None:
        raise Killed

    steps = ("digests.start_next_issue", "summary_cards.SummaryCards.create", "digests.end_issue")
    for step in steps:
        with monkeypatch.context() as patched:
            patched.setattr(f"jobs.scheduled.{step}", die)
            with pytest.raises(Killed):
                another(bench).run()
        bench.clock.advance(11)  # the lease of the dead worker
    bench.receive_deals(tenants.ours, 1, first=3)
    another(bench).run()
    bench.send_all(10)

    assert bench.titles() == ["Digest: 2 cards"]
    assert states(bench, tenants.ours).count(DIGESTED) == 3, "the third waits for the next issue"
