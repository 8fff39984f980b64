"""Followers are read when a rule needs them, seldom, and never while other cards wait for it."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from jobs.recipients.address import UNKNOWN_FOLLOWERS, RecordRecipients
from jobs.recipients.followers import AFTER_ERROR_S, KEEP_S, Followers
from jobs.to_pipedrive.oauth import NeedsReauth, NotConnected
from models.destinations.recipients import FOLLOWERS, OWNER
from models.errors import AppError, NotAllowed, NotFound, RateLimited, TemporaryFailure
from models.tables import Notification
from tests.clock import Clock
from tests.conftest import TwoTenants
from tests.engine import Bench, HandClock, deal
from tests.jobs.recipients.conftest import ADA, BEN, FakeFollowers
from tests.jobs.recipients.test_address import cards, rule


@pytest.fixture
def clock_s() -> Clock:
    return Clock()


def test_a_list_is_read_once_an_hour(followers: FakeFollowers, clock_s: Clock) -> None:
    lists = Followers(followers, clock_s)
    followers.lists["deal/1"] = ["7"]
    for tenant_id in (1, 1, 2):
        assert lists.of(tenant_id, "deal", "1") == ["7"]
    assert lists.of(1, "person", "1") == []
    assert followers.asked == [(1, "deal/1"), (2, "deal/1"), (1, "person/1")]

    clock_s.at += KEEP_S + 1
    lists.of(1, "deal", "1")
    assert len(followers.asked) == 4


@pytest.mark.parametrize(("error", "found"), [(NotFound(), []), (NotAllowed(), None), (NotConnected(), None)])
def test_what_cannot_be_read_for_good_is_known_at_once(
    followers: FakeFollowers, clock_s: Clock, error: AppError, found: list[str] | None
) -> None:
    followers.error = error
    assert Followers(followers, clock_s).of(1, "deal", "1") == found


@pytest.mark.parametrize(
    "error", [NeedsReauth(), RateLimited("slow"), TemporaryFailure("down", http_status=500)]
)
def test_a_tenant_whose_call_failed_is_left_alone_for_a_minute(
    followers: FakeFollowers, clock_s: Clock, error: AppError
) -> None:
    lists = Followers(followers, clock_s)
    followers.error = error
    for _ in range(3):
        with pytest.raises(TemporaryFailure):
            lists.of(1, "deal", "1")
    assert len(followers.asked) == 1

    followers.error = None
    assert lists.of(2, "deal", "1") == []
    clock_s.at += AFTER_ERROR_S + 1
    assert lists.of(1, "deal", "1") == []


def test_no_tenant_waits_for_a_pipedrive_that_does_not_answer(
    followers: FakeFollowers, clock_s: Clock
) -> None:
    lists = Followers(followers, clock_s)
    followers.error = TemporaryFailure("no answer")
    for tenant_id in (1, 2, 3):
        with pytest.raises(TemporaryFailure):
            lists.of(tenant_id, "deal", "1")
    assert len(followers.asked) == 1


def test_each_follower_gets_the_card(
    bench: Bench, tenants: TwoTenants, recipients: RecordRecipients, followers: FakeFollowers
) -> None:
    followers.lists["deal/1"] = ["1", "2"]
    rule(bench, tenants.ours, FOLLOWERS)
    body = deal(1, owner_id=1)
    bench.receive(tenants.ours, body, deal(2, owner_id=1))
    bench.spread()
    recipients.run()

    assert [card for card in cards(bench, tenants.ours) if card[1] == "pending"] == [
        (ADA, "pending"),
        (BEN, "pending"),
    ]
    assert {tenant_id for tenant_id, _ in followers.asked} == {tenants.ours}


def test_nothing_of_a_restricted_deal_reaches_a_follower_who_may_not_see_it(
    bench: Bench, tenants: TwoTenants, recipients: RecordRecipients, followers: FakeFollowers
) -> None:
    followers.lists["deal/1"] = ["1", "2"]
    rule(bench, tenants.ours, FOLLOWERS)
    body = deal(1, owner_id=1, title="Project Falcon")
    body["meta"]["permitted_user_ids"] = ["1"]
    bench.receive(tenants.ours, body)
    bench.spread()
    recipients.run()

    assert dict(cards(bench, tenants.ours)) == {ADA: "pending", BEN: "skipped"}


def test_cards_for_followers_wait_for_pipedrive_and_others_do_not(
    bench: Bench,
    clock: HandClock,
    tenants: TwoTenants,
    recipients: RecordRecipients,
    followers: FakeFollowers,
) -> None:
    followers.error, followers.lists["deal/1"] = TemporaryFailure("down"), ["2"]
    rule(bench, tenants.ours, FOLLOWERS)
    rule(bench, tenants.ours, OWNER, name="To its owner")
    bench.receive(tenants.ours, deal(1, owner_id=1))
    bench.spread()
    for _ in range(3):
        recipients.run()
    assert sorted(cards(bench, tenants.ours)) == [(ADA, "pending"), (FOLLOWERS, "digested")]
    assert len(followers.asked) == 1

    followers.error = None
    clock.advance(121)
    recipients.run()
    assert sorted(cards(bench, tenants.ours)) == [(ADA, "pending"), (BEN, "pending")]


def test_followers_who_stay_unknown_are_replaced_by_the_author_who_is_told(
    bench: Bench,
    clock: HandClock,
    tenants: TwoTenants,
    recipients: RecordRecipients,
    followers: FakeFollowers,
) -> None:
    followers.error = TemporaryFailure("down")
    rule(bench, tenants.ours, FOLLOWERS)
    bench.receive(tenants.ours, deal(1, owner_id=3))
    bench.spread()
    recipients.run()
    clock.advance(3700)
    recipients.run()

    (card,) = [each for each in bench.deliveries(tenants.ours) if each.event_id is not None]
    assert (card.destination_name, card.instead_of) == (BEN, "its followers")
    with bench.database.reading(tenants.ours) as session:
        (told,) = session.scalars(select(Notification).where(Notification.tenant_id == tenants.ours))
        assert told.body == UNKNOWN_FOLLOWERS
        assert "its followers" in told.title
