"""Pipedrive's REST: the product's reads and writes, and refusals."""

from typing import Any

import httpx
import pytest

from tests.web.playground.app_stub import AppStub
from tests.web.playground.crm_talk import Api, heard
from web.playground.pipedrive.server import FakePipedrive


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
        ("/api/v2/dealFields", 10),
        ("/api/v2/personFields", 4),
        ("/api/v2/organizationFields", 4),
        ("/api/v2/activities", 0),
        ("/api/v2/products", 2),
        ("/api/v2/productFields", 2),
        ("/api/v2/deals?updated_until=2999-01-01T00:00:00Z", 5),
        ("/api/v2/deals?status=open,won", 5),
        ("/api/v2/deals/archived", 0),
        ("/v1/leads/archived", 0),
        ("/v1/notes", 0),
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
        ("GET", "/v1/deals", 404),
        ("GET", "/v1/persons/1", 404),
        ("GET", "/api/v2/deals?status=maybe", 400),
        ("GET", "/v1/leads?start=-1", 400),
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


def test_a_write_through_the_api_needs_notice_as_the_tokens_user(
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


def test_an_app_neither_sees_nor_removes_what_people_subscribed(
    pipedrive: FakePipedrive, pipedrive_api: httpx.Client, subscriber: AppStub
) -> None:
    (by_hand,) = pipedrive.subscriptions.all
    assert subscriber.events == []
    assert pipedrive_api.get("/api/v1/webhooks").json()["data"] == []
    answer = pipedrive_api.delete(f"/api/v1/webhooks/{by_hand}")
    assert (answer.status_code, answer.json()) == (403, {"success": False, "message": "Forbidden"})


def test_a_deal_that_is_deleted_or_archived_is_in_a_list_of_its_own(
    pipedrive: FakePipedrive, pipedrive_api: httpx.Client
) -> None:
    def ids(path: str) -> list[int]:
        return [one["id"] for one in pipedrive_api.get(path).json()["data"]]

    pipedrive.do("delete_deal", id=1)
    pipedrive.do("archive_deal", id=2)
    assert ids("/api/v2/deals") == [3, 4, 5]
    assert ids("/api/v2/deals?status=deleted") == [1]
    assert ids("/api/v2/deals/archived") == [2]
    assert pipedrive_api.get("/api/v2/deals/1").status_code == 404
    assert pipedrive_api.get("/api/v2/deals/2").json()["data"]["is_archived"] is True


def test_missed_changes_are_found_by_their_time(
    pipedrive: FakePipedrive, pipedrive_api: httpx.Client
) -> None:
    pipedrive.clock.forward(1800)
    since = pipedrive.clock.text()
    pipedrive.do("win_deal", id=4)
    pipedrive.clock.forward(60)
    pipedrive.do("change_value", id=2, value=1)
    query = {"updated_since": since, "sort_by": "update_time", "sort_direction": "asc"}
    found = pipedrive_api.get("/api/v2/deals", params=query).json()["data"]
    assert [one["id"] for one in found] == [4, 2]


def test_followers_come_page_by_page(pipedrive: FakePipedrive) -> None:
    for user_id in (2, 1, 2):
        pipedrive.do("follow_deal", id=1, follower_id=user_id)
    first = Api(pipedrive).get("/api/v2/deals/1/followers", limit=1).json()
    cursor = first["additional_data"]["next_cursor"]
    second = Api(pipedrive).get("/api/v2/deals/1/followers", limit=1, cursor=cursor).json()

    assert [each["user_id"] for each in (*first["data"], *second["data"])] == [1, 2]
    assert second["additional_data"]["next_cursor"] is None
    assert Api(pipedrive).get("/api/v2/deals/2/followers").json()["data"] == []
    assert Api(pipedrive).get("/api/v2/deals/999/followers").status_code == 404


@pytest.mark.parametrize(("user", "status"), [(1, 200), (2, 404)])
def test_what_a_user_may_not_see_is_not_there_for_their_token(
    pipedrive: FakePipedrive, user: int, status: int
) -> None:
    pipedrive.do("edit_deal", id=1, visible_to="1")
    api = Api(pipedrive, user)
    assert api.get("/api/v2/deals/1").status_code == status
    assert (1 in [one["id"] for one in api.get("/api/v2/deals").json()["data"]]) is (status == 200)
    assert api.patch("/api/v2/deals/1", value=1).status_code == status
    assert api.get("/v1/deals/1/permittedUsers").status_code == status
    assert api.get("/api/v2/deals/1/followers").status_code == status
    assert api.get("/v1/deals/2/permittedUsers").json()["data"] == [1, 2]


def test_a_token_says_whose_it_is(pipedrive: FakePipedrive) -> None:
    me = Api(pipedrive, 2).get("/v1/users/me").json()["data"]
    assert (me["id"], me["email"], me["is_admin"], me["is_you"]) == (2, "ben@example.com", 0, True)
    assert (me["company_id"], me["company_name"], me["company_domain"]) == (12345, "Acme", "acme")
    assert (me["timezone_name"], me["default_currency"]) == ("Europe/Prague", "EUR")
    assert {one["admin"] for one in me["access"]} == {False}
    users = Api(pipedrive, 2).get("/v1/users").json()["data"]
    assert [one["is_you"] for one in users] == [False, True]


def test_an_activity_keeps_its_time_of_day(pipedrive: FakePipedrive) -> None:
    api = Api(pipedrive)
    made = api.post(
        "/api/v2/activities", {"subject": "Call", "due_time": "10:00", "duration": "00:30", "busy": True}
    )
    data = made.json()["data"]
    assert (data["due_time"], data["duration"], data["busy"]) == ("10:00:00", "00:30:00", True)
    record = pipedrive.store.get("activity", data["id"])
    assert record["due_time"] == {"timezone_id": "Europe/Prague", "value": "10:00"}
    assert api.patch(f"/api/v2/activities/{data['id']}", done=True).json()["data"]["done"] is True


def test_a_note_hangs_on_something(pipedrive: FakePipedrive) -> None:
    api = Api(pipedrive)
    assert api.post("/v1/notes", {"content": "alone"}).status_code == 400
    note = api.post("/v1/notes", {"content": "<b>Called</b>", "deal_id": 1}).json()["data"]
    assert (note["deal"], note["user_id"]) == ({"title": "Globex renewal"}, 1)
    changed = api.ask("PUT", f"/v1/notes/{note['id']}", json={"content": "Called twice"})
    assert changed.json()["data"]["content"] == "Called twice"
    assert api.delete(f"/v1/notes/{note['id']}").json()["data"] is True


def test_a_lead_becomes_a_deal(pipedrive: FakePipedrive, subscriber: AppStub) -> None:
    lead = pipedrive.do("create_lead", title="Inbound", amount=300, org_name="Globex")
    api = Api(pipedrive)
    number = api.post(f"/api/v2/leads/{lead['id']}/convert/deal", {"stage_id": 3}).json()["data"]
    path = f"/api/v2/leads/{lead['id']}/convert/status/{number['conversion_id']}"
    assert api.get(path).json()["data"]["status"] == "running"
    done = api.get(path).json()["data"]
    deal = api.get(f"/api/v2/deals/{done['deal_id']}").json()["data"]
    assert (done["status"], deal["value"], deal["source_lead_id"]) == ("completed", 300, lead["id"])
    assert api.get("/v1/leads").json()["data"] == []
    assert len(api.get("/v1/leads/archived").json()["data"]) == 1
    told = [(body["meta"]["action"], body["meta"]["entity"]) for body in heard(pipedrive, subscriber)]
    assert sorted(told) == [("change", "lead"), ("create", "deal"), ("create", "lead")]
    other = path.replace(lead["id"], "b1810230-6c0d-11ed-9826-a53d0eb706a5")
    assert api.get(other).status_code == 404


def test_a_lead_that_became_a_deal_does_not_become_another(pipedrive: FakePipedrive) -> None:
    lead = pipedrive.do("create_lead", title="Inbound", org_name="Globex")
    api = Api(pipedrive)
    paths = []
    for _ in range(2):
        begun = api.post(f"/api/v2/leads/{lead['id']}/convert/deal", {}).json()["data"]
        paths.append(f"/api/v2/leads/{lead['id']}/convert/status/{begun['conversion_id']}")
    assert [api.get(each).json()["data"]["status"] for each in paths] == ["running", "running"]
    assert [api.get(each).json()["data"]["status"] for each in paths] == ["completed", "rejected"]


def test_people_and_organizations_are_found_by_the_whole_value(pipedrive: FakePipedrive) -> None:
    pipedrive.do("create_person", name="Jana Nova", email="jana@globex.test")
    api = Api(pipedrive)
    exact = {"fields": "email", "exact_match": "true"}
    found = api.get("/api/v2/persons/search", term="jana@globex.test", **exact).json()
    assert [each["item"]["name"] for each in found["data"]["items"]] == ["Jana Nova"]
    part = api.get("/api/v2/persons/search", term="jana@", **exact).json()
    assert part["data"]["items"] == []
