"""Our webhooks: created with their own credentials, listed, deleted."""

import json

import httpx
import pytest

from jobs.to_pipedrive.api import PipedriveApi
from jobs.to_pipedrive.errors import PipedriveRefused
from jobs.to_pipedrive.http import PipedriveWire
from models.errors import NotAllowed, TemporaryFailure
from tests.jobs.pipedrive_talk import talking
from web.playground.pipedrive.server import FakePipedrive

OURS = "https://us.example/api/v1/webhook/pipedrive/k"


def test_a_webhook_takes_every_action_of_an_entity_in_version_2() -> None:
    made = {"status": "ok", "success": True, "data": {"id": 5}}
    with talking(lambda _: httpx.Response(201, json=made)) as (api, asked):
        assert api.add_webhook(OURS, "deal", "N" * 300, "user", "password") == {"id": 5}

    assert (asked[0].method, asked[0].url.path) == ("POST", "/v1/webhooks")
    assert json.loads(asked[0].content) == {
        "subscription_url": OURS,
        "event_action": "*",
        "event_object": "deal",
        "name": "N" * 255,
        "version": "2.0",
        "http_auth_user": "user",
        "http_auth_password": "password",
    }


@pytest.mark.parametrize("status", [400, 422])
def test_a_webhook_that_pipedrive_does_not_want_is_refused(status: int) -> None:
    said = {"status": "error", "success": False, "errors": {"subscription_url": ["not reachable"]}}
    with (
        talking(lambda _: httpx.Response(status, json=said)) as (api, asked),
        pytest.raises(PipedriveRefused) as told,
    ):
        api.add_webhook(OURS, "deal", "Ours", "user", "password")
    assert len(asked) == 1
    assert "password" not in str(told.value)


def test_a_webhook_made_without_a_word_is_looked_for_later() -> None:
    with talking(lambda _: httpx.Response(201)) as (api, _), pytest.raises(TemporaryFailure):
        api.add_webhook(OURS, "deal", "Ours", "user", "password")


def test_a_webhook_that_is_gone_is_gone() -> None:
    with talking(lambda _: httpx.Response(404, json={"success": False})) as (api, asked):
        api.remove_webhook(5)
    assert (asked[0].method, asked[0].url.path) == ("DELETE", "/v1/webhooks/5")


def test_a_webhook_of_somebody_else_stays() -> None:
    refusal = httpx.Response(403, json={"success": False, "message": "Forbidden"})
    with talking(lambda _: refusal) as (api, _), pytest.raises(NotAllowed):
        api.remove_webhook(5)


def test_the_playground_keeps_our_webhooks() -> None:
    wire = PipedriveWire()
    with FakePipedrive() as pipedrive:
        api = PipedriveApi(pipedrive.url, pipedrive.oauth.grant(1)["access_token"], wire)
        made = api.add_webhook(f"{pipedrive.url}/hook", "deal", "Ours", "user", "password")
        listed = [(each["id"], each["event_object"]) for each in api.webhooks()]
        api.remove_webhook(made["id"])
        api.remove_webhook(made["id"])
        left = api.webhooks()
    wire.close()

    assert listed == [(made["id"], "deal")]
    assert left == []
