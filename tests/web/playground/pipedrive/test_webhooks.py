"""Subscriptions and the bodies they receive."""

import base64

import httpx
import pytest

from tests.web.playground.app_stub import AppStub, app_stub
from tests.web.playground.crm_talk import Api, heard
from web.playground.pipedrive.server import FakePipedrive


def test_a_new_deal_needs_notice_in_full_with_basic_auth(
    pipedrive: FakePipedrive, subscriber: AppStub
) -> None:
    made = pipedrive.do("create_deal", title="Big one", value=5000, org_name="Globex", user_id=2)
    (body,) = heard(pipedrive, subscriber)
    meta = body["meta"]
    assert list(body) == ["data", "previous", "meta"]
    assert body["previous"] is None
    assert (body["data"]["title"], body["data"]["org_id"], body["data"]["owner_id"]) == ("Big one", 1, 2)
    assert (meta["entity"], meta["action"], meta["entity_id"]) == ("deal", "create", str(made["id"]))
    assert (meta["company_id"], meta["user_id"], meta["attempt"]) == ("12345", "2", 1)
    assert meta["permitted_user_ids"] == ["1", "2"]
    assert subscriber.seen[0].headers["authorization"] == f"Basic {base64.b64encode(b'pd:s3cret').decode()}"
    assert subscriber.seen[0].headers["user-agent"] == "Pipedrive Webhooks"


def test_a_webhook_hears_only_what_it_asked_for(pipedrive: FakePipedrive) -> None:
    with app_stub() as app:
        pipedrive.register(app.url, entity="lead", action="create")
        pipedrive.do("create_lead", title="Inbound", amount=300, person_name="Ada's friend")
        pipedrive.do("win_deal", id=1)
        (body,) = heard(pipedrive, app)
    assert body["data"]["value"] == {"amount": 300, "currency": "EUR"}
    assert len(body["meta"]["entity_id"]) == 36


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"subscription_url": "nowhere"}, "subscription_url"),
        ({"event_action": "added"}, "event_action"),
        ({"event_object": "cat"}, "event_object"),
        ({"name": ""}, "name"),
        ({"version": "1.0"}, "version"),
    ],
)
def test_a_wrong_subscription_is_refused_by_field(
    pipedrive_api: httpx.Client, wrong: dict[str, str], field: str
) -> None:
    wish = {"subscription_url": "http://127.0.0.1/x", "event_action": "*", "event_object": "*", "name": "n"}
    answer = pipedrive_api.post("/api/v1/webhooks", json=wish | wrong)
    assert (answer.status_code, list(answer.json()["errors"])) == (400, [field])


def test_forty_webhooks_are_the_limit(pipedrive_api: httpx.Client) -> None:
    wish = {"subscription_url": "http://127.0.0.1/x", "event_action": "*", "event_object": "*", "name": "n"}
    answers = [pipedrive_api.post("/api/v1/webhooks", json=wish).status_code for _ in range(41)]
    assert answers == [201] * 40 + [422]


def test_a_webhook_hears_what_its_user_may_see(pipedrive: FakePipedrive) -> None:
    wish = {"event_action": "*", "event_object": "deal", "name": "n"}
    with app_stub() as bens, app_stub() as adas:
        pipedrive.subscriptions.add(wish | {"subscription_url": bens.url}, 2)
        pipedrive.subscriptions.add(wish | {"subscription_url": adas.url, "user_id": 1}, 2)
        pipedrive.do("edit_deal", id=1, visible_to="1")
        pipedrive.do("win_deal", id=2)
        assert [body["meta"]["entity_id"] for body in heard(pipedrive, bens)] == ["2"]
        hidden = next(body for body in adas.events if body["meta"]["entity_id"] == "1")
    assert hidden["meta"]["permitted_user_ids"] == ["1"]


def test_three_days_without_a_success_end_a_webhook(pipedrive: FakePipedrive) -> None:
    with app_stub() as app:
        failing = pipedrive.register(app.url)
        idle = pipedrive.register("http://127.0.0.1/idle", entity="lead")
        pipedrive.do("change_value", id=1, value=1)
        assert pipedrive.sender.settle()
        app.replies = [500]
        pipedrive.clock.forward(2 * 24 * 3600)
        pipedrive.do("change_value", id=1, value=2)
        assert pipedrive.sender.settle()
        assert failing.id in pipedrive.subscriptions.all
        pipedrive.clock.forward(24 * 3600)
        assert list(pipedrive.subscriptions.all) == [idle.id]
    assert failing.remove_reason == "no successful delivery in 3 days"
    assert failing.resource(12345)["is_active"] == 0


def test_the_list_tells_how_deliveries_went(pipedrive: FakePipedrive) -> None:
    api = Api(pipedrive)
    with app_stub() as app:
        wish = {"subscription_url": app.url, "event_action": "*", "event_object": "deal", "name": "Deals"}
        made = api.post("/v1/webhooks", wish).json()["data"]
        assert (made["is_active"], made["last_http_status"], made["last_delivery_time"]) == (1, None, None)
        pipedrive.do("win_deal", id=1)
        assert pipedrive.sender.settle()
    (listed,) = api.get("/v1/webhooks").json()["data"]
    assert (listed["last_http_status"], listed["type"], listed["admin_id"]) == (200, "application", 1)
    assert listed["last_delivery_time"] is not None


@pytest.mark.parametrize(("user", "status"), [(1, 200), (2, 403)])
def test_only_an_administrator_removes_what_another_users_install_made(
    pipedrive: FakePipedrive, user: int, status: int
) -> None:
    pipedrive.do("create", entity="user", name="Cy", email="cy@example.com")
    wish = {"subscription_url": "http://127.0.0.1/x", "event_action": "*", "event_object": "*", "name": "n"}
    number = pipedrive.subscriptions.add(wish, 3).id
    assert Api(pipedrive, user).delete(f"/v1/webhooks/{number}").status_code == status
