"""Pipedrive's REST: what the product reads and writes, and what is refused."""

from typing import Any

import httpx
import pytest

from tests.web.playground.app_stub import AppStub
from tests.web.playground.crm_talk import heard
from web.playground.fake_pipedrive import FakePipedrive


def test_lists_of_v2_go_by_cursor(pipedrive_api: httpx.Client) -> None:
    seen, cursor = [], None
    while True:
        query = {"limit": "2"} | ({"cursor": cursor} if cursor else {})
        page = pipedrive_api.get("/api/v2/deals", params=query).json()
        seen += [deal["id"] for deal in page["data"]]
        cursor = page["additional_data"]["next_cursor"]
        if cursor is None:
            break
    assert seen == [1, 2, 3, 4, 5]


@pytest.mark.parametrize(
    ("path", "count"),
    [
        ("/api/v1/users", 2),
        ("/api/v1/currencies", 5),
        ("/api/v1/leadLabels", 2),
        ("/v1/leads", 0),
        ("/api/v1/webhooks", 0),
        ("/api/v2/pipelines", 2),
        ("/api/v2/stages", 8),
        ("/api/v2/stages?pipeline_id=2", 3),
        ("/api/v2/persons?ids=1,3,99", 2),
        ("/api/v2/organizations", 5),
        ("/api/v2/deals?status=won", 0),
        ("/api/v2/deals?owner_id=1", 3),
        ("/api/v2/deals?updated_since=2999-01-01T00:00:00Z", 0),
        ("/api/v2/dealFields", 9),
        ("/api/v2/personFields", 4),
        ("/api/v2/organizationFields", 4),
        ("/api/v2/activities", 0),
    ],
)
def test_what_the_product_reads_is_there(pipedrive_api: httpx.Client, path: str, count: int) -> None:
    answer = pipedrive_api.get(path).json()
    assert answer["success"] is True
    assert len(answer["data"]) == count


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/api/v2/deals/999", 404),
        ("GET", "/api/v2/nonsense", 404),
        ("GET", "/v2/deals", 404),
        ("GET", "/api/v2/deals?limit=501", 400),
        ("GET", "/api/v2/deals/search?term=x", 400),
        ("PATCH", "/api/v2/pipelines/1", 404),
        ("DELETE", "/api/v1/webhooks/5", 404),
    ],
)
def test_wrong_requests_are_refused(pipedrive_api: httpx.Client, method: str, path: str, status: int) -> None:
    answer = pipedrive_api.request(method, path, json={} if method == "PATCH" else None)
    assert (answer.status_code, answer.json()["success"]) == (status, False)


def test_a_search_names_what_it_finds(pipedrive_api: httpx.Client) -> None:
    (found,) = pipedrive_api.get("/api/v2/deals/search", params={"term": "GLOBEX"}).json()["data"]["items"]
    assert found["item"]["organization"]["name"] == "Globex"


def test_a_write_through_the_api_is_told_as_the_tokens_user(
    pipedrive: FakePipedrive, pipedrive_api: httpx.Client, subscriber: AppStub
) -> None:
    assert pipedrive_api.patch("/api/v2/deals/1", json={"stage_id": 3}).json()["data"]["stage_id"] == 3
    (body,) = heard(pipedrive, subscriber)
    assert body["previous"] == {"stage_id": 2}
    assert (body["meta"]["change_source"], body["meta"]["user_id"]) == ("api", "1")


@pytest.mark.parametrize(
    "wrong", [{"stage_id": 99}, {"nonsense": 1}, {"status": "maybe"}, {"title": " "}, []]
)
def test_a_wrong_write_changes_and_tells_nothing(
    pipedrive: FakePipedrive, pipedrive_api: httpx.Client, subscriber: AppStub, wrong: Any
) -> None:
    before = pipedrive_api.get("/api/v2/deals/1").json()
    assert pipedrive_api.patch("/api/v2/deals/1", json=wrong).status_code == 400
    assert pipedrive_api.get("/api/v2/deals/1").json() == before
    assert heard(pipedrive, subscriber) == []


def test_webhooks_are_made_listed_and_removed_by_rest(
    pipedrive: FakePipedrive, pipedrive_api: httpx.Client, subscriber: AppStub
) -> None:
    wish = {
        "subscription_url": subscriber.url,
        "event_action": "create",
        "event_object": "lead",
        "name": "Leads",
    }
    secret = {"http_auth_user": "pd", "http_auth_password": "s3cret", "version": "2.0"}
    made = pipedrive_api.post("/api/v1/webhooks", json=wish | secret)
    number = made.json()["data"]["id"]
    assert made.status_code == 201
    assert "s3cret" not in made.text
    assert number in [one["id"] for one in pipedrive_api.get("/api/v1/webhooks").json()["data"]]
    assert pipedrive_api.delete(f"/api/v1/webhooks/{number}").json() == {"status": "ok", "success": True}
    assert number not in pipedrive.subscriptions.all
