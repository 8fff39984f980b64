"""Mutes lose and double nothing, whatever dies, comes late or fails; and are typed in Chat."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import pytest
from sqlalchemy import update

from jobs.scheduled.mutes import Mutes
from jobs.scheduled.summary_cards import SummaryCards
from models.tables import Mute, User
from tests.chat import ADA, Chat, bot_deps
from tests.conftest import TwoTenants
from tests.engine import OTHER_SPACE, SPACE, Bench, link
from tests.jobs.muting import BY, another, mute


def test_a_worker_that_dies_between_any_two_steps_loses_and_doubles_nothing(
    bench: Bench, tenants: TwoTenants, mutes: Mutes, monkeypatch: pytest.MonkeyPatch
) -> None:
    link(bench.database, tenants.ours)
    mute(bench, tenants.ours)
    bench.receive_deals(tenants.ours, 2)
    bench.clock.advance(3601)

    class Killed(BaseException):
        """The process is gone."""

    def die(*_: object) -> None:
        raise Killed

    for step in ("jobs.scheduled.summary_cards.SummaryCards.create", "jobs.scheduled.mutes.end_mute"):
        with monkeypatch.context() as patched:
            patched.setattr(step, die)
            with pytest.raises(Killed):
                another(bench).run()
        bench.clock.advance(11)  # the lease of the dead worker
    bench.receive_deals(tenants.ours, 1, first=3)  # by now nothing joins the closed mute
    another(bench).run()
    bench.send_all(10)

    assert sorted(bench.titles()) == ["2 cards while muted", "Deal 3"]


def test_a_worker_with_old_rules_sends_what_the_mute_no_longer_takes(
    bench: Bench, tenants: TwoTenants, mutes: Mutes, monkeypatch: pytest.MonkeyPatch
) -> None:
    link(bench.database, tenants.ours)
    mute_id = mute(bench, tenants.ours)
    slow = bench.another()
    slow.receive_deals(tenants.ours, 1)
    slow.rulesets.fresh_s = 3600.0
    with bench.database.writing(tenants.ours) as session:
        done = update(Mute).where(Mute.tenant_id == tenants.ours, Mute.id == mute_id)
        session.execute(done.values(until=bench.clock.at))
    mutes.run()
    slow.receive_deals(tenants.ours, 1, first=2)
    bench.send_all(10)

    assert sorted(bench.titles()) == ["1 card while muted", "Deal 2"]


def test_a_worker_that_stood_still_skips_nothing_for_a_mute_that_is_over(
    bench: Bench, tenants: TwoTenants, mutes: Mutes, monkeypatch: pytest.MonkeyPatch
) -> None:
    link(bench.database, tenants.ours)
    mute(bench, tenants.ours)
    bench.receive_deals(tenants.ours, 1)
    goes_on = Mutes._skip_waiting

    def stand_still(worker: Mutes, row: Mute, at: datetime) -> None:
        bench.clock.advance(11)  # its lease
        with bench.database.writing(tenants.ours) as session:
            ended = update(Mute).where(Mute.tenant_id == tenants.ours)
            session.execute(ended.values(until=bench.clock.at))
        another(bench).run()
        bench.receive_deals(tenants.ours, 1, first=2)
        goes_on(worker, row, at)

    monkeypatch.setattr(Mutes, "_skip_waiting", stand_still)
    mutes.run()
    bench.send_all(10)

    assert sorted(bench.titles()) == ["1 card while muted", "Deal 2"]


def test_only_the_worker_with_the_lease_carries_mutes_out(
    bench: Bench, tenants: TwoTenants, mutes: Mutes
) -> None:
    link(bench.database, tenants.ours)
    mute(bench, tenants.ours)
    mutes.run()
    bench.receive_deals(tenants.ours, 1)
    bench.clock.advance(3601)
    mutes.run()
    another(bench).run()
    bench.send_all(5)
    assert bench.titles() == ["1 card while muted"]


def test_a_mute_that_fails_keeps_no_other_waiting(
    bench: Bench, tenants: TwoTenants, mutes: Mutes, monkeypatch: pytest.MonkeyPatch
) -> None:
    for each, space in zip(tenants, (SPACE, OTHER_SPACE), strict=True):
        link(bench.database, each, space)
        mute(bench, each)
        bench.receive_deals(each, 1)
    bench.clock.advance(3601)
    create = SummaryCards.create

    def fail_for_ours(self: SummaryCards, tenant_id: int, *rest: Any) -> None:
        if tenant_id == tenants.ours:
            raise ValueError("broken")
        create(self, tenant_id, *rest)

    monkeypatch.setattr(SummaryCards, "create", fail_for_ours)
    for _ in tenants:  # a turn may end with the first one: the other then has the next
        mutes.run()
    bench.send_all(5)

    assert bench.titles(OTHER_SPACE) == ["1 card while muted"]
    assert bench.titles() == []


@pytest.mark.parametrize("dialect", ["classic", "addon"])
def test_from_the_typed_mute_to_the_card_of_what_was_missed(
    bench: Bench, tenants: TwoTenants, mutes: Mutes, monkeypatch: pytest.MonkeyPatch, dialect: str
) -> None:
    for module in ("show", "places"):
        monkeypatch.setattr(f"bot.attention.{module}.now", bench.clock)
    made = link(bench.database, tenants.ours)
    with bench.database.writing(tenants.ours) as session:
        session.add(User(tenant_id=tenants.ours, email=ADA["email"], role="admin"))
    here = {"name": SPACE, "displayName": "Deals", "spaceType": "SPACE", "type": "ROOM"}
    chat = Chat(bot_deps(bench.database), dialect, ADA, here)

    assert chat.say("mute 30m").title == "Muted until 12:30 PM"
    bench.receive_deals(tenants.ours, 2)
    mutes.run()
    assert chat.say("unmute").has("Unmuted: this space")
    mutes.run()
    chat.click("rule.mute", on_private=False, rule=str(made.rule_id), span="4h")
    bench.receive_deals(tenants.ours, 1, first=3)
    bench.send_all(5)

    assert bench.titles() == ["2 cards while muted"]
    assert [each.reason for each in bench.deliveries(tenants.ours) if each.event_id] == [f"muted by {BY}"] * 3
    bench.clock.advance(4 * 3600)
    mutes.run()
    bench.send_all(5)
    assert bench.titles() == ["2 cards while muted", "1 card while muted"]
