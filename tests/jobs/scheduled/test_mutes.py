"""Mutes end to end: what is skipped, and the one card that says so when a mute ends."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import select

from jobs.scheduled.mutes import Mutes
from models.attention.mutes import AT_ONCE
from models.tables import Destination, Mute, QuietHours, RuleDestination, User
from models.tables.deliveries import DeliveryState
from tests.conftest import TwoTenants
from tests.engine import OTHER_SPACE, SPACE, Bench, deal, link
from tests.jobs.muting import BY, cards, mute, states
from tests.jobs.visible import SECRET, people, restricted


def test_a_muted_space_gets_no_cards_and_one_at_the_end(
    bench: Bench, tenants: TwoTenants, mutes: Mutes
) -> None:
    link(bench.database, tenants.ours)
    mute(bench, tenants.ours, space=SPACE)
    bench.receive_deals(tenants.ours, 3)
    mutes.run()
    bench.send_all(5)

    assert states(bench, tenants.ours) == [DeliveryState.SKIPPED] * 3
    assert {each.reason for each in bench.deliveries(tenants.ours)} == {f"muted by {BY}"}
    assert bench.titles() == []

    bench.clock.advance(3600)
    for _ in range(3):
        mutes.run()
    bench.send_all(5)

    assert bench.titles() == ["3 cards while muted"]
    assert "Muted by ada@acme.test" in cards(bench)[0]
    assert all(f"Deal {number}" in cards(bench)[0] for number in (1, 2, 3))

    bench.receive_deals(tenants.ours, 1, first=4)
    bench.send_all(5)
    assert bench.titles()[1:] == ["Deal 4"]


def test_nothing_missed_makes_no_card(bench: Bench, tenants: TwoTenants, mutes: Mutes) -> None:
    link(bench.database, tenants.ours)
    mute(bench, tenants.ours, space=SPACE)
    bench.clock.advance(3601)
    mutes.run()

    assert bench.deliveries(tenants.ours) == []
    with bench.database.reading_all() as session:
        assert session.scalars(select(Mute)).one().ended_at is not None


def test_the_card_shows_urgent_ones_first_then_the_highest_values(
    bench: Bench, tenants: TwoTenants, mutes: Mutes
) -> None:
    link(bench.database, tenants.ours)
    link(bench.database, tenants.ours, on=["deal.lost"], is_urgent=True)
    mute(bench, tenants.ours)
    worths = {number: number * 10 for number in range(1, 25)}
    bench.receive(tenants.ours, *(deal(number, value=value) for number, value in worths.items()))
    lost = deal(99, action="change", value=1, status="lost") | {"previous": {"status": "open"}}
    bench.receive(tenants.ours, lost)
    bench.spread()
    bench.clock.advance(3601)
    mutes.run()
    bench.send_all(5)

    count = len({each.event_id for each in bench.deliveries(tenants.ours) if each.gathered_for})
    assert bench.titles() == [f"{count} cards while muted"]
    places = [cards(bench)[0].find(f"Deal {number}'") for number in (99, 24, 23, 22)]
    assert -1 not in places
    assert places == sorted(places)
    assert f"and {count - 20} more" in cards(bench)[0]
    assert "Deal 1'" not in cards(bench)[0], "the least important are counted only"


def test_urgent_cards_are_muted_too(bench: Bench, tenants: TwoTenants, mutes: Mutes) -> None:
    link(bench.database, tenants.ours, is_urgent=True)
    mute(bench, tenants.ours)
    bench.receive_deals(tenants.ours, 1)
    mutes.run()
    assert states(bench, tenants.ours) == [DeliveryState.SKIPPED]


def test_the_missed_card_of_each_place_stays_in_that_place(
    bench: Bench, tenants: TwoTenants, mutes: Mutes
) -> None:
    link(bench.database, tenants.ours)
    link(bench.database, tenants.ours, OTHER_SPACE, on=["deal.won"])
    link(bench.database, tenants.theirs, "spaces/CCCC")
    mute(bench, tenants.ours)
    bench.receive_deals(tenants.ours, 2)
    bench.receive_deals(tenants.theirs, 1)
    bench.clock.advance(3601)
    mutes.run()
    bench.send_all(5)

    assert bench.titles() == ["2 cards while muted"]
    assert bench.titles(OTHER_SPACE) == []
    assert bench.titles("spaces/CCCC") == ["Deal 1"], "another team is not muted"


def test_a_person_who_muted_themselves_hears_it_in_their_direct_message(
    bench: Bench, tenants: TwoTenants, mutes: Mutes
) -> None:
    made = link(bench.database, tenants.ours)
    with bench.database.writing(tenants.ours) as session:
        user = User(tenant_id=tenants.ours, email=BY, chat_name="users/1001")
        to = Destination(tenant_id=tenants.ours, kind="chat_dm", name=BY, address=BY, lane=f"dm:{BY}")
        session.add_all([user, to])
        session.flush()
        names = {"rule_id": made.rule_id, "destination_id": to.id}
        session.add(RuleDestination(tenant_id=tenants.ours, **names))
        user_id = user.id
    mute(bench, tenants.ours, scope="user", user_id=user_id)
    bench.receive_deals(tenants.ours, 1)
    bench.clock.advance(3601)
    mutes.run()
    bench.send_all(5)

    assert bench.titles() == ["Deal 1"]
    assert bench.titles("spaces/DM1001") == ["1 card while muted"]


def test_what_waited_when_the_mute_began_is_skipped_in_batches(
    bench: Bench, tenants: TwoTenants, mutes: Mutes, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert AT_ONCE > 2
    monkeypatch.setattr("jobs.scheduled.mutes.AT_ONCE", 2)
    monkeypatch.setattr("models.attention.mutes.AT_ONCE", 2)
    link(bench.database, tenants.ours)
    bench.receive_deals(tenants.ours, 5)
    mute(bench, tenants.ours)
    mutes.run()

    assert states(bench, tenants.ours) == [DeliveryState.SKIPPED] * 5
    assert bench.send_due() == []


def test_quiet_hours_hold_the_card_of_missed_ones(bench: Bench, tenants: TwoTenants, mutes: Mutes) -> None:
    link(bench.database, tenants.ours)
    mute(bench, tenants.ours)
    bench.receive_deals(tenants.ours, 1)
    days = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"]
    window: dict[str, Any] = {"scope": "tenant", "starts": "12:30", "ends": "15:00", "days": days}
    with bench.database.writing(tenants.ours) as session:
        session.add(QuietHours(tenant_id=tenants.ours, timezone="UTC", **window))
    bench.clock.advance(3601)
    mutes.run()

    assert states(bench, tenants.ours) == [DeliveryState.SKIPPED, DeliveryState.HELD]
    assert bench.send_due() == []
    bench.clock.advance(2 * 3600)
    bench.send_due()
    assert bench.titles() == ["1 card while muted"]


def test_the_card_of_missed_ones_names_no_restricted_object(
    bench: Bench, tenants: TwoTenants, mutes: Mutes
) -> None:
    link(bench.database, tenants.ours)
    people(bench.database, tenants.ours, "1", "2")
    mute(bench, tenants.ours)
    bench.receive(tenants.ours, restricted(to=["1"]))
    bench.spread()
    bench.clock.advance(3601)
    mutes.run()
    bench.send_all(5)

    assert bench.titles() == ["1 card while muted"]
    assert SECRET not in cards(bench)[0]
