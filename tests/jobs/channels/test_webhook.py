"""An outgoing webhook tells a server what a card tells people, signed as Standard Webhooks has it."""

from __future__ import annotations

import base64
import hashlib
import hmac
import time
from collections.abc import Iterator
from datetime import timedelta
from ipaddress import ip_network

import orjson
import pytest

from models.destinations.outside import OutgoingWebhook, add_url, set_url, webhook_of
from models.tables import Destination
from tests.conftest import TwoTenants
from tests.engine import Bench
from tests.jobs.channels.outside import bench_with, rule_to, states
from tests.jobs.to_webhook.receiver import Receiver

SECRET = "whsec_" + base64.b64encode(b"k" * 32).decode()
NEW_SECRET = "whsec_" + base64.b64encode(b"n" * 32).decode()


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    made = Receiver()
    yield made
    made.close()


@pytest.fixture
def calling(bench: Bench) -> Bench:
    return bench_with(bench, webhook_allowed_ranges=(ip_network("127.0.0.0/8"),))


def _link(bench: Bench, tenant_id: int, url: str) -> int:
    with bench.database.writing(tenant_id) as session:
        made = add_url(session, bench.vault, tenant_id, "ERP", OutgoingWebhook(url, SECRET))
        rule_to(session, tenant_id, made)
        return made.id


def _signature(secret: str, call: object) -> str:
    headers, body = call.headers, call.body  # type: ignore[attr-defined]
    signed = f"{headers['webhook-id']}.{headers['webhook-timestamp']}.".encode() + body
    key = base64.b64decode(secret.removeprefix("whsec_"))
    return "v1," + base64.b64encode(hmac.digest(key, signed, hashlib.sha256)).decode()


def test_a_call_is_signed_and_tells_of_the_event(
    calling: Bench, tenants: TwoTenants, receiver: Receiver
) -> None:
    _link(calling, tenants.ours, receiver.url)
    calling.receive_deals(tenants.ours, 1)

    calling.send_due()

    (call,) = receiver.calls
    body = orjson.loads(call.body)
    assert call.headers["webhook-signature"] == _signature(SECRET, call)
    assert abs(int(call.headers["webhook-timestamp"]) - time.time()) < 60
    assert body["type"].startswith("deal.")
    assert body["data"]["id"] == call.headers["webhook-id"]
    assert body["data"]["events"][0]["entity"] == "deal"
    assert "Deal 1" in body["data"]["title"]


def test_a_repeat_has_the_same_id(calling: Bench, tenants: TwoTenants, receiver: Receiver) -> None:
    _link(calling, tenants.ours, receiver.url)
    calling.receive_deals(tenants.ours, 1)
    receiver.status = 503
    calling.send_due()
    receiver.status = 200

    calling.send_all()

    first, second = receiver.calls
    assert first.headers["webhook-id"] == second.headers["webhook-id"]
    assert states(calling, tenants.ours) == [("delivered", "")]


def test_old_and_new_secret_sign_side_by_side_for_a_day(
    calling: Bench, tenants: TwoTenants, receiver: Receiver
) -> None:
    linked = _link(calling, tenants.ours, receiver.url)
    with calling.database.writing(tenants.ours) as session:
        set_url(calling.vault, session.get_one(Destination, (tenants.ours, linked)), secret=NEW_SECRET)
    calling.receive_deals(tenants.ours, 1)
    calling.send_due()
    with calling.database.writing(tenants.ours) as session:
        webhook = webhook_of(calling.vault, session.get_one(Destination, (tenants.ours, linked)))

    (call,) = receiver.calls
    both = f"{_signature(NEW_SECRET, call)} {_signature(SECRET, call)}"
    assert call.headers["webhook-signature"] == both
    assert webhook.old_until is not None
    later = webhook.old_until + timedelta(seconds=1)
    assert len(webhook.signatures(b"x", later).split(" ")) == 1


def test_a_burst_is_one_call_that_names_its_events(
    calling: Bench, tenants: TwoTenants, receiver: Receiver
) -> None:
    _link(calling, tenants.ours, receiver.url)
    calling.receive_deals(tenants.ours, 30)

    calling.send_due()

    data = orjson.loads(receiver.calls[0].body)
    assert data["type"] == "burst"
    assert data["data"]["count"] == len(data["data"]["events"]) == 30


def test_a_receiver_that_is_gone_is_paused(calling: Bench, tenants: TwoTenants, receiver: Receiver) -> None:
    linked = _link(calling, tenants.ours, receiver.url)
    receiver.status = 410
    calling.receive_deals(tenants.ours, 1)

    calling.send_due()

    with calling.database.reading(tenants.ours) as session:
        row = session.get_one(Destination, (tenants.ours, linked))
        assert not row.is_active
        assert "410" in str(row.paused_because)
    ((state, reason),) = states(calling, tenants.ours)
    assert (state, "410" in reason) == ("dead", True)
