"""What Chat refuses as it is goes once more in another form, as a write of its own that nobody loses."""

from __future__ import annotations

from datetime import timedelta

import pytest

from jobs.deliveries.chat_quota.share import QuotaShare
from jobs.deliveries.retry import LEASE
from models.deliveries.chat_quota import project
from models.tables.deliveries import ProjectQuota
from tests.conftest import TwoTenants
from tests.engine import OTHER_SPACE, SPACE, Bench, deal, link, link_webhook
from web.playground.faults import Fault


def test_a_refused_card_goes_once_more_as_plain_text(bench: Bench, tenants: TwoTenants) -> None:
    link(bench.database, tenants.ours)
    bench.chat.faults.order(Fault(status=400))
    bench.receive_deals(tenants.ours, 1)

    bench.send_all()

    first, second = bench.chat.writes()
    assert b"cardsV2" in first.body
    assert b"cardsV2" not in second.body
    assert "Deal 1" in bench.chat.cards(SPACE)[0]["text"]
    sent = bench.only(tenants.ours)
    assert (sent.state, sent.reason, sent.attempts, sent.resent_as) == ("delivered", "", 1, "plain")
    tried = [(each.outcome, each.http_status) for each in bench.attempts(tenants.ours)]
    assert tried == [("refused", 400), ("delivered", 200)]


def test_refused_plain_text_is_the_end(bench: Bench, tenants: TwoTenants) -> None:
    link(bench.database, tenants.ours)
    bench.chat.faults.order(Fault(times=9, status=400))
    bench.receive_deals(tenants.ours, 1)

    bench.send_all(seconds=100)

    assert len(bench.chat.writes()) == 2
    assert bench.only(tenants.ours).state == "dead"


def test_the_space_rests_before_the_plain_text_and_keeps_its_order(bench: Bench, tenants: TwoTenants) -> None:
    link(bench.database, tenants.ours)
    bench.chat.faults.order(Fault(status=400))
    bench.receive_deals(tenants.ours, 2)

    bench.send_due()
    assert bench.send_due() == []
    bench.clock.advance(1)
    bench.send_due()

    (shown,) = bench.chat.cards(SPACE)
    assert "Deal 1" in shown["text"]
    bench.send_all()
    assert [each.state for each in bench.deliveries(tenants.ours)] == ["delivered"] * 2


def test_the_quota_of_the_project_counts_the_plain_text(
    bench: Bench, tenants: TwoTenants, monkeypatch: pytest.MonkeyPatch
) -> None:
    link(bench.database, tenants.ours)
    link(bench.database, tenants.theirs, OTHER_SPACE)
    bench.deliver._quota_share = QuotaShare(10)  # one write, and the next in less than seven seconds
    monkeypatch.setattr("jobs.deliveries.chat_quota.share.KEEP", timedelta(0))
    bench.chat.faults.order(Fault(times=2, status=400))
    bench.receive_deals(tenants.ours, 1)
    bench.receive_deals(tenants.theirs, 1)

    bench.send_all(seconds=19)
    assert len(bench.chat.writes()) == 3
    bench.send_all(seconds=8)

    assert len(bench.chat.writes()) == 4
    with bench.database.reading_all() as session:
        assert session.get_one(ProjectQuota, project.PROJECT).tokens < 1
    for owner in (tenants.ours, tenants.theirs):
        assert bench.only(owner).state == "delivered"


def test_a_worker_that_dies_before_the_plain_text_costs_one_more_write(
    bench: Bench, tenants: TwoTenants
) -> None:
    link(bench.database, tenants.ours)
    bench.chat.faults.order(Fault(times=2, status=400))
    bench.receive_deals(tenants.ours, 1)
    (claimed,) = bench.deliver.claim(1)
    bench.deliver.send(claimed)  # and its result is never stored
    bench.clock.advance(LEASE.total_seconds() + 1)

    bench.another().send_all()

    (shown,) = bench.chat.cards(SPACE)
    assert "Deal 1" in shown["text"]
    assert len(bench.chat.writes()) == 3
    assert bench.only(tenants.ours).state == "delivered"


def test_a_plain_text_whose_answer_is_lost_is_shown_once(bench: Bench, tenants: TwoTenants) -> None:
    link(bench.database, tenants.ours)
    bench.chat.faults.order(Fault(status=400))
    bench.receive_deals(tenants.ours, 1)
    bench.send_due()
    bench.clock.advance(1)
    (claimed,) = bench.deliver.claim(1)
    bench.deliver.send(claimed)
    bench.clock.advance(LEASE.total_seconds() + 1)

    bench.another().send_all()

    assert len(bench.chat.cards(SPACE)) == 1
    assert bench.only(tenants.ours).state == "delivered"


def test_a_refused_summary_goes_as_plain_text_with_all_it_folds(bench: Bench, tenants: TwoTenants) -> None:
    link(bench.database, tenants.ours)
    bench.receive_deals(tenants.ours, 1)
    bench.send_due()
    bench.receive_deals(tenants.ours, 6, first=2)
    bench.chat.faults.order(Fault(status=400))

    bench.send_all()

    _, summary = bench.chat.cards(SPACE)
    assert "6" in summary["text"]
    assert "cardsV2" not in summary
    assert [each.state for each in bench.deliveries(tenants.ours)] == ["delivered"] * 7


def test_an_incoming_webhook_gets_the_plain_text_too(bench: Bench, tenants: TwoTenants) -> None:
    link_webhook(bench.database, bench.vault, tenants.ours, bench.chat.webhook_url(SPACE))
    bench.chat.faults.order(Fault(status=400))
    bench.receive_deals(tenants.ours, 1)

    bench.send_all()

    (shown,) = bench.chat.cards(SPACE)
    assert "Deal 1" in shown["text"]
    assert bench.only(tenants.ours).state == "delivered"


def test_a_change_of_a_card_that_is_gone_and_the_new_one_are_two_writes(
    bench: Bench, tenants: TwoTenants
) -> None:
    link(bench.database, tenants.ours, update_mode="card")
    bench.receive(tenants.ours, deal(7))
    bench.spread()
    bench.send_all()
    gone = bench.chat.store.find(bench.chat.cards(SPACE)[0]["name"])
    assert gone is not None
    bench.chat.store.delete(gone)
    bench.receive(tenants.ours, deal(7, action="change", value=500) | {"previous": {"value": 1}})
    bench.spread()

    (result,) = bench.send_due()
    assert type(result.error).__name__ == "LastCardGone"
    bench.clock.advance(1)
    (result,) = bench.send_due()

    assert result.error is None
    assert "500" in str(bench.chat.cards(SPACE))
    assert [each.state for each in bench.deliveries(tenants.ours)] == ["delivered"] * 2
