"""Subscriptions and the bodies they receive."""

import base64

import httpx
import pytest

from tests.web.playground.app_stub import AppStub, app_stub
from tests.web.playground.crm_talk import heard
from web.playground.fake_pipedrive import FakePipedrive


def test_a_new_deal_is_told_in_full_with_basic_auth(pipedrive: FakePipedrive, subscriber: AppStub) -> None:
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
