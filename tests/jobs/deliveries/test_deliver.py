"""Sending and finishing: what the contract promises about deliveries, on both databases."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import pytest
from sqlalchemy import update

from jobs.deliveries.results import SendResult
from jobs.deliveries.retry import LEASE
from models.database.engine import Session
from models.deliveries import lanes
from models.deliveries import store as delivery_store
from models.destinations.linking import add_incoming_webhook, set_webhook_address
from models.errors import BadMessage
from models.tables import Delivery, Destination
from tests.conftest import TwoTenants
from tests.engine import OTHER_SPACE, SPACE, Bench, link, link_webhook
from web.playground.chat.server import FakeChat
from web.playground.faults import Fault


def _ids(chat: FakeChat) -> set[tuple[str, str]]:
    return {(seen.query["messageId"], seen.query["requestId"]) for seen in chat.writes()}


def test_a_deal_becomes_one_card_in_its_space(bench: Bench, tenants: TwoTenants) -> None:
    link(bench.database, tenants.ours)
    bench.receive_deals(tenants.ours, 1)

    bench.send_due()

    assert bench.titles() == ["Deal 1"]
    delivery = bench.only(tenants.ours)
    assert (delivery.state, delivery.attempts, delivery.lease_token) == ("delivered", 1, None)
    assert delivery.message_name == bench.chat.cards(SPACE)[0]["name"]
    assert bench.send_due() == []


def test_the_ids_are_committed_before_the_first_attempt(bench: Bench, tenants: TwoTenants) -> None:
    link(bench.database, tenants.ours)
    bench.receive_deals(tenants.ours, 1)

    (message,) = bench.deliver.claim(10)

    kept = bench.only(tenants.ours)
    assert bench.chat.writes() == []
    assert (kept.state, kept.message_key) == ("sending", f"client-{kept.request_id}")
    bench.deliver.send(message)
    assert _ids(bench.chat) == {(kept.message_key, kept.request_id)}


def test_every_attempt_has_the_same_ids(bench: Bench, tenants: TwoTenants) -> None:
    link(bench.database, tenants.ours)
    bench.chat.faults.order(Fault(times=3, status=503))
    bench.receive_deals(tenants.ours, 1)

    bench.send_all()

    assert [seen.status for seen in bench.chat.writes()] == [503, 503, 503, 200]
    assert len(_ids(bench.chat)) == 1
    assert bench.titles() == ["Deal 1"]


def test_a_lost_reply_never_becomes_a_second_message(bench: Bench, tenants: TwoTenants) -> None:
    link(bench.database, tenants.ours)
    bench.chat.faults.order(Fault(times=4, drop=True))
    bench.receive_deals(tenants.ours, 1)

    bench.send_all()

    assert len(bench.chat.writes()) > 4
    assert bench.titles() == ["Deal 1"]
    assert bench.only(tenants.ours).state == "delivered"


def test_a_replayed_message_that_chat_has_is_found_and_not_doubled(bench: Bench, tenants: TwoTenants) -> None:
    link(bench.database, tenants.ours)
    bench.receive_deals(tenants.ours, 5)
    (message,) = bench.deliver.claim(10)
    assert (message.count, bench.deliver.send(message).error) == (5, None)
    with bench.database.writing(tenants.ours) as session:  # its result was lost, and it was given up
        given_up = update(Delivery).where(Delivery.tenant_id == tenants.ours)
        session.execute(given_up.values(state="dead", lease_token=None, lease_until=None))
    bench.change_lane(tenants.ours, due_at=None, lease_token=None, lease_until=None)
    last = bench.deliveries(tenants.ours)[-1]

    with bench.database.writing(tenants.ours) as session:
        assert len(delivery_store.replay(session, tenants.ours, [last.id], bench.clock.at)) == 5
    bench.clock.advance(1)
    results = bench.send_due()

    assert [result.message.count for result in results] == [5]
    assert [each.state for each in bench.deliveries(tenants.ours)] == ["delivered"] * 5
    assert len(bench.chat.cards(SPACE)) == 1


def test_a_409_of_our_own_message_counts_as_delivered(bench: Bench, tenants: TwoTenants) -> None:
    link(bench.database, tenants.ours)
    bench.receive_deals(tenants.ours, 1)
    (message,) = bench.deliver.claim(10)
    bench.deliver.send(message)
    bench.chat.store.requests.clear()  # Chat forgets the request id, not the message id
    bench.clock.advance(31)

    bench.send_due()

    assert [seen.status for seen in bench.chat.writes()] == [200, 409]
    assert bench.titles() == ["Deal 1"]
    assert bench.only(tenants.ours).state == "delivered"


@pytest.mark.parametrize("body", [None, {"error": {"code": 409, "message": "again", "status": "ABORTED"}}])
def test_a_409_that_is_no_message_of_ours_is_tried_again(
    bench: Bench, tenants: TwoTenants, body: Any
) -> None:
    link(bench.database, tenants.ours)
    link_webhook(
        bench.database, bench.vault, tenants.theirs, bench.chat.webhook_url(OTHER_SPACE), OTHER_SPACE
    )
    bench.chat.faults.order(Fault(times=2, status=409, body=body))
    for tenant_id in tenants:
        bench.receive_deals(tenant_id, 1)

    bench.send_due()

    assert [bench.only(tenant_id).state for tenant_id in tenants] == ["pending", "pending"]
    bench.send_all()
    assert [bench.only(tenant_id).state for tenant_id in tenants] == ["delivered", "delivered"]
    assert (bench.titles(), bench.titles(OTHER_SPACE)) == (["Deal 1"], ["Deal 1"])


def test_a_finish_under_a_lost_lease_changes_nothing(bench: Bench, tenants: TwoTenants) -> None:
    link(bench.database, tenants.ours)
    bench.receive_deals(tenants.ours, 2)
    stalled = bench.deliver.claim(10)
    late = bench.deliver.send(stalled[0])
    bench.clock.advance(LEASE.total_seconds() + 1)
    other = bench.another()
    (message,) = other.deliver.claim(10)

    bench.deliver.finish([late])

    held = bench.deliveries(tenants.ours)[0]
    assert (held.state, held.lease_token, held.attempts) == ("sending", message.lease_token, 0)
    assert bench.lane(tenants.ours).lease_token == message.lease_token
    other.deliver.finish([other.deliver.send(message)])
    bench.deliver.finish([late])
    assert bench.deliveries(tenants.ours)[0].attempts == 1
    assert bench.titles() == ["Deal 1"]


def test_a_renewed_lease_holds(bench: Bench, tenants: TwoTenants, monkeypatch: pytest.MonkeyPatch) -> None:
    link(bench.database, tenants.ours)
    bench.receive_deals(tenants.ours, 1)
    (message,) = bench.deliver.claim(10)
    bench.clock.advance(20)
    bench.deliver.renew([message.lease_token])
    bench.clock.advance(20)

    assert bench.another().deliver.claim(10) == []


def test_a_dead_workers_cards_go_on_within_its_lease(bench: Bench, tenants: TwoTenants) -> None:
    link(bench.database, tenants.ours)
    bench.receive_deals(tenants.ours, 5)
    bench.deliver.claim(10)

    bench.another().send_all(seconds=45)

    assert bench.titles() == ["5 events in Pipedrive"]


def test_an_unforeseen_failure_is_tried_again(
    bench: Bench, tenants: TwoTenants, monkeypatch: pytest.MonkeyPatch
) -> None:
    link(bench.database, tenants.ours)
    bench.receive_deals(tenants.ours, 1)
    with monkeypatch.context() as broken:
        broken.setattr("jobs.deliveries.send.render_message", lambda _message: 1 / 0)
        bench.send_due()
    kept = bench.only(tenants.ours)
    assert (kept.state, kept.reason) == ("pending", "ZeroDivisionError: division by zero")

    bench.send_all()

    assert bench.titles() == ["Deal 1"]


def test_two_tenants_that_share_a_space_share_its_pace(bench: Bench, tenants: TwoTenants) -> None:
    url = bench.chat.webhook_url(SPACE)
    link_webhook(bench.database, bench.vault, tenants.ours, url)
    link_webhook(bench.database, bench.vault, tenants.theirs, url)
    bench.receive_deals(tenants.ours, 2)
    bench.receive_deals(tenants.theirs, 2)
    at = []
    for _ in range(60):
        at += [bench.clock.at] * len(bench.send_due())
        bench.clock.advance(0.1)

    assert len(at) == 4
    assert all((later - earlier).total_seconds() >= 1 for earlier, later in pairwise(at))


def test_a_space_that_one_tenant_writes_is_not_written_by_another(bench: Bench, tenants: TwoTenants) -> None:
    url = bench.chat.webhook_url(SPACE)
    link_webhook(bench.database, bench.vault, tenants.ours, url)
    link_webhook(bench.database, bench.vault, tenants.theirs, url)
    bench.receive_deals(tenants.ours, 1)
    held = bench.deliver.claim(10)
    bench.receive_deals(tenants.theirs, 1)

    assert len(held) == 1
    assert bench.another().deliver.claim(10) == []


def test_a_space_that_is_only_named_in_an_address_is_not_slowed(bench: Bench, tenants: TwoTenants) -> None:
    """Anybody can name a space; the first message that Chat accepts proves the right to write there."""
    link(bench.database, tenants.ours)
    with bench.database.writing(tenants.theirs) as session:
        url = f"https://chat.googleapis.com/v1/{SPACE}/messages?key=k&token=made-up"
        made = add_incoming_webhook(session, bench.vault, tenants.theirs, "wall", url)
        row = {"tenant_id": tenants.theirs, "lane": SPACE, "destination_id": made.id, "is_test": True}
        session.add_all([Delivery(**row, next_attempt_at=bench.clock.at) for _ in range(2)])
        lanes.mark_due(session, [(tenants.theirs, SPACE, bench.clock.at)])
    bench.receive_deals(tenants.ours, 1)

    claimed = bench.deliver.claim(50)

    assert {each.head.tenant_id for each in claimed} == set(tenants)
    (theirs,) = [each for each in claimed if each.head.tenant_id == tenants.theirs]
    bench.deliver.finish([SendResult(theirs, BadMessage("no such key"), "", 1, bench.clock.at)])
    assert not bench.lane(tenants.theirs).is_shared
    assert bench.lane(tenants.ours).free_at is None

    bench.clock.advance(60)
    (again,) = [each for each in bench.deliver.claim(50) if each.head.tenant_id == tenants.theirs]
    bench.deliver.finish([SendResult(again, None, f"{SPACE}/messages/1", 1, bench.clock.at)])
    assert bench.lane(tenants.theirs).is_shared


def _wall(bench: Bench, tenant_id: int, url: str) -> Destination:
    """Add an incoming webhook with a waiting test card."""
    with bench.database.writing(tenant_id) as session:
        made = add_incoming_webhook(session, bench.vault, tenant_id, "wall", url)
        _test_card(bench, session, made)
        return made


def _test_card(bench: Bench, session: Session, to: Destination) -> None:
    row = {"tenant_id": to.tenant_id, "lane": to.lane, "destination_id": to.id, "is_test": True}
    session.add(Delivery(**row, next_attempt_at=bench.clock.at))
    lanes.mark_due(session, [(to.tenant_id, to.lane, bench.clock.at)])


def test_a_new_address_that_only_names_a_space_does_not_slow_it(bench: Bench, tenants: TwoTenants) -> None:
    link(bench.database, tenants.ours)
    wall = _wall(bench, tenants.theirs, bench.chat.webhook_url(OTHER_SPACE))
    bench.send_due()
    with bench.database.writing(tenants.theirs) as session:
        wall = session.get_one(Destination, (tenants.theirs, wall.id))
        named = f"https://chat.googleapis.com/v1/{SPACE}/messages?key=k&token=made-up"
        set_webhook_address(session, bench.vault, wall, named)
        _test_card(bench, session, wall)
    bench.receive_deals(tenants.ours, 1)
    bench.clock.advance(2)

    assert {each.head.tenant_id for each in bench.deliver.claim(50)} == set(tenants)
    assert not bench.lane(tenants.theirs).is_shared


def test_a_message_to_a_new_address_proves_nothing_about_the_old_space(
    bench: Bench, tenants: TwoTenants
) -> None:
    link(bench.database, tenants.ours)
    wall = _wall(
        bench, tenants.theirs, f"https://chat.googleapis.com/v1/{SPACE}/messages?key=k&token=made-up"
    )
    with bench.database.writing(tenants.theirs) as session:
        wall = session.get_one(Destination, (tenants.theirs, wall.id))
        set_webhook_address(session, bench.vault, wall, bench.chat.webhook_url(OTHER_SPACE))

    bench.send_due()

    assert len(bench.chat.cards(OTHER_SPACE)) == 1
    assert not bench.lane(tenants.theirs).is_shared
