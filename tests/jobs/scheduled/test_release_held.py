"""Quiet hours hold deliveries, which are released as soon as the hours change or end."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import delete, select, update

from jobs.scheduled.release_held import HeldDeliveries
from models.rules.rulesets import Rulesets
from models.tables import Destination, QuietHours, Rule
from models.tables.attention import Mute
from models.tables.deliveries import DeliveryState
from tests.conftest import TwoTenants
from tests.engine import OTHER_SPACE, SPACE, Bench, HandClock, link
from web.playground.chat.store import SILENT


@pytest.fixture
def held(bench: Bench, clock: HandClock, monkeypatch: pytest.MonkeyPatch) -> HeldDeliveries:
    monkeypatch.setattr("jobs.scheduled.release_held.now", clock)
    return HeldDeliveries(bench.database, Rulesets(fresh_s=0.0))


def keep_quiet(bench: Bench, tenant_id: int, **columns: object) -> None:
    """From 11 to 13 o'clock UTC each day: the bench's clock stands at noon."""
    usual = {"scope": "tenant", "starts": "11:00", "ends": "13:00", "timezone": "UTC"}
    days = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"]
    with bench.database.writing(tenant_id) as session:
        session.add(QuietHours(tenant_id=tenant_id, days=days, **{**usual, **columns}))


def test_a_card_of_quiet_hours_leaves_when_they_end(
    bench: Bench, tenants: TwoTenants, held: HeldDeliveries
) -> None:
    link(bench.database, tenants.ours)
    keep_quiet(bench, tenants.ours)
    bench.receive_deals(tenants.ours, 1)

    assert [each.state for each in bench.deliveries(tenants.ours)] == [DeliveryState.HELD]
    assert bench.send_due() == []

    bench.clock.advance(timedelta(hours=1, seconds=1).total_seconds())
    held.release_due()
    assert len(bench.send_due()) == 1
    assert [each.state for each in bench.deliveries(tenants.ours)] == [DeliveryState.DELIVERED]


def test_what_quiet_hours_held_leaves_as_one_card(bench: Bench, tenants: TwoTenants) -> None:
    link(bench.database, tenants.ours)
    keep_quiet(bench, tenants.ours)
    bench.receive_deals(tenants.ours, 6)
    bench.clock.advance(timedelta(hours=1, seconds=1).total_seconds())

    results = bench.send_due()

    assert [result.message.count for result in results] == [6]


def test_what_was_held_notifies_nobody_when_the_hours_end_but_urgent_cards_do(
    bench: Bench, tenants: TwoTenants
) -> None:
    link(bench.database, tenants.ours)
    link(bench.database, tenants.theirs, OTHER_SPACE, is_urgent=True)
    for each in tenants:
        keep_quiet(bench, each)
        bench.receive_deals(each, 1)
    assert bench.send_due() == []
    bench.clock.advance(timedelta(hours=1, seconds=1).total_seconds())

    bench.send_all(5)

    told = {space: bench.chat.store.messages(space)[0].notification for space in (SPACE, OTHER_SPACE)}
    assert told == {SPACE: SILENT, OTHER_SPACE: ""}


def test_removing_the_window_releases_at_once(
    bench: Bench, tenants: TwoTenants, held: HeldDeliveries
) -> None:
    link(bench.database, tenants.ours)
    keep_quiet(bench, tenants.ours)
    bench.receive_deals(tenants.ours, 1)
    held.release_due()
    assert bench.send_due() == []

    with bench.database.writing(tenants.ours) as session:
        session.execute(delete(QuietHours).where(QuietHours.tenant_id == tenants.ours))

    held.release_due()
    assert [each.state for each in bench.deliveries(tenants.ours)] == [DeliveryState.PENDING]
    assert len(bench.send_due()) == 1


def test_what_is_held_for_a_muted_place_does_not_leave_when_hours_are_decided_again(
    bench: Bench, tenants: TwoTenants, held: HeldDeliveries
) -> None:
    """Another worker decides anew; it goes by the hours at the end of the mute, as whoever held it did."""
    link(bench.database, tenants.ours)
    keep_quiet(bench, tenants.ours)
    bench.receive_deals(tenants.ours, 1)
    until = bench.clock.at + timedelta(hours=1)
    assert bench.only(tenants.ours).next_attempt_at == until
    with bench.database.writing(tenants.ours) as session:
        (to,) = session.scalars(select(Destination).where(Destination.tenant_id == tenants.ours))
        session.add(Mute(tenant_id=tenants.ours, scope="space", space_id=to.space_id, until=until, token="t"))
    bench.clock.advance(timedelta(hours=-2).total_seconds())

    held.release_due()

    found = bench.only(tenants.ours)
    assert (found.state, found.next_attempt_at) == (DeliveryState.HELD, until)
    assert bench.send_due() == []


@pytest.mark.parametrize("ends", ["by its time", "early"])
def test_what_is_held_for_a_muted_place_leaves_at_the_end_of_the_mute_if_it_is_not_quiet_then(
    bench: Bench, tenants: TwoTenants, held: HeldDeliveries, ends: str
) -> None:
    """The quiet hours that held it are gone meanwhile; while the place is muted nothing leaves."""
    for owner, space in zip(tenants, (SPACE, OTHER_SPACE), strict=True):
        link(bench.database, owner, space)
        keep_quiet(bench, owner)
        bench.receive_deals(owner, 1)
    until = bench.clock.at + timedelta(minutes=5)
    with bench.database.writing(tenants.ours) as session:
        (to,) = session.scalars(select(Destination).where(Destination.tenant_id == tenants.ours))
        session.add(Mute(tenant_id=tenants.ours, scope="space", space_id=to.space_id, until=until, token="t"))
    with bench.database.writing(tenants.ours) as session:
        session.execute(delete(QuietHours).where(QuietHours.tenant_id == tenants.ours))
    held.release_due()
    assert bench.only(tenants.ours).state == DeliveryState.HELD
    held._decided[tenants.ours] = (held._decided[tenants.ours][0], 0.0)  # it is long ago

    bench.clock.advance(timedelta(minutes=2 if ends == "early" else 6).total_seconds())
    with bench.database.writing(tenants.ours) as session:
        session.execute(delete(Mute).where(Mute.tenant_id == tenants.ours))
    held.release_due()

    assert bench.only(tenants.ours).state == DeliveryState.PENDING
    assert bench.only(tenants.theirs).state == DeliveryState.HELD


def test_urgent_cards_pass_only_where_the_window_lets_them(
    bench: Bench, tenants: TwoTenants, clock: HandClock
) -> None:
    link(bench.database, tenants.ours, is_urgent=True)
    keep_quiet(bench, tenants.ours, lets_urgent_through=True)
    link(bench.database, tenants.theirs, "spaces/BBBB", is_urgent=True)
    keep_quiet(bench, tenants.theirs)

    bench.receive_deals(tenants.ours, 1)
    bench.receive_deals(tenants.theirs, 1)

    assert [each.state for each in bench.deliveries(tenants.ours)] == ["pending"]
    assert [each.state for each in bench.deliveries(tenants.theirs)] == [DeliveryState.HELD]
    assert clock.at.hour == 12


def test_another_tenants_quiet_hours_hold_nothing_of_ours(bench: Bench, tenants: TwoTenants) -> None:
    link(bench.database, tenants.ours)
    keep_quiet(bench, tenants.theirs)
    bench.receive_deals(tenants.ours, 1)

    assert len(bench.send_due()) == 1


def test_one_worker_decides_and_another_takes_over(
    bench: Bench, tenants: TwoTenants, held: HeldDeliveries, clock: HandClock
) -> None:
    link(bench.database, tenants.ours)
    keep_quiet(bench, tenants.ours)
    bench.receive_deals(tenants.ours, 1)
    other = HeldDeliveries(bench.database, Rulesets(fresh_s=0.0))
    held.release_due()
    with bench.database.writing(tenants.ours) as session:
        session.execute(delete(QuietHours).where(QuietHours.tenant_id == tenants.ours))

    other.release_due()
    assert [each.state for each in bench.deliveries(tenants.ours)] == [DeliveryState.HELD]
    clock.advance(11)
    other.release_due()
    assert [each.state for each in bench.deliveries(tenants.ours)] == [DeliveryState.PENDING]


def test_a_changed_rule_decides_nothing_anew(
    bench: Bench, tenants: TwoTenants, held: HeldDeliveries, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = link(bench.database, tenants.ours)
    keep_quiet(bench, tenants.ours)
    bench.receive_deals(tenants.ours, 1)
    monkeypatch.setattr("jobs.scheduled.release_held.SETTLE_S", 0.0)
    held.release_due()
    monkeypatch.setattr("jobs.scheduled.release_held.SETTLE_S", 60.0)
    with bench.database.writing(tenants.ours) as session:
        session.execute(update(Rule).where(Rule.id == made.rule_id).values(priority=3))

    monkeypatch.setattr(held, "_decide_again", lambda *_: pytest.fail("the quiet hours are the same"))
    held.release_due()
