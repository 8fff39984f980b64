"""The whole simulated Pipedrive: authentication, limits, and its start and stop."""

import httpx
import pytest

from tests.web.playground.app_stub import app_stub
from tests.web.playground.crm_talk import Api, heard
from web.playground.pipedrive.server import FakePipedrive


def test_without_a_good_bearer_the_api_is_closed(
    pipedrive: FakePipedrive, pipedrive_api: httpx.Client
) -> None:
    refused = {"success": False, "error": "unauthorized access", "errorCode": 401}
    assert httpx.get(f"{pipedrive.url}/api/v2/deals").json() == refused
    assert pipedrive_api.get("/api/v2/deals").status_code == 200
    pipedrive.oauth.skew_s = 3600
    assert pipedrive_api.get("/api/v2/deals").json() == refused


def test_a_header_that_is_no_bearer_is_said(pipedrive: FakePipedrive) -> None:
    answer = httpx.get(f"{pipedrive.url}/api/v2/deals", headers={"Authorization": "Token x"})
    assert (answer.status_code, answer.json()["errorCode"]) == (400, 400)


@pytest.mark.parametrize(
    ("scope", "path", "status"),
    [
        ("base,deals:read", "/api/v2/deals", 200),
        ("base,deals:read", "/v1/users", 403),
        ("base", "/v1/users/me", 200),
        ("base", "/api/v2/deals", 403),
        ("base,contacts:read", "/api/v2/dealFields", 403),
        ("base,admin", "/v1/webhooks", 200),
        ("base", "/v1/webhooks", 403),
    ],
)
def test_a_token_opens_the_doors_of_its_scopes(
    pipedrive: FakePipedrive, scope: str, path: str, status: int
) -> None:
    pipedrive.oauth.scope = scope
    answer = Api(pipedrive).get(path)
    assert answer.status_code == status
    if status == 403:
        assert answer.json()["error"] == "Scope and URL mismatch"
        assert pipedrive.companies[12345].budget.spent == 0


def test_reading_does_not_allow_writing(pipedrive: FakePipedrive) -> None:
    pipedrive.oauth.scope = "base,deals:read"
    assert Api(pipedrive).patch("/api/v2/deals/1", value=1).status_code == 403


def test_who_was_deactivated_has_no_say(pipedrive: FakePipedrive) -> None:
    bens = Api(pipedrive, 2)
    assert bens.get("/v1/users/me").status_code == 200
    pipedrive.do("delete", entity="user", id=2)
    assert bens.get("/v1/users/me").status_code == 401


def test_who_ignores_the_limit_gets_the_guards_html(pipedrive: FakePipedrive) -> None:
    pipedrive.clock.stop()
    pipedrive.burst, pipedrive.burst_limit.patience = 1, 2
    api = Api(pipedrive)
    answers = [api.get("/api/v2/deals/1") for _ in range(4)]
    assert [answer.status_code for answer in answers] == [200, 429, 429, 403]
    assert answers[3].text.startswith("<!DOCTYPE html>")
    pipedrive.clock.forward(61)
    assert api.get("/api/v2/deals/1").status_code == 200


def test_a_watcher_sees_requests_with_their_answers(pipedrive: FakePipedrive) -> None:
    seen: list[tuple[str, int]] = []
    pipedrive.watchers.append(lambda request, answer: seen.append((request.path, answer.status)))
    Api(pipedrive).get("/v1/users/me")
    assert seen == [("/v1/users/me", 200)]


def test_time_can_be_moved_from_outside(pipedrive: FakePipedrive) -> None:
    token = pipedrive.oauth.grant(1)["access_token"]
    assert httpx.post(f"{pipedrive.url}/_control", json={"forward": 3600}).status_code == 200
    assert pipedrive.oauth.user_of(token) is None


def test_a_token_has_a_burst_of_its_own(pipedrive: FakePipedrive, pipedrive_api: httpx.Client) -> None:
    pipedrive.clock.stop()
    pipedrive.burst = 3
    answers = [pipedrive_api.get("/api/v2/deals/1") for _ in range(4)]
    assert [answer.status_code for answer in answers] == [200, 200, 200, 429]
    assert [answer.headers["x-ratelimit-remaining"] for answer in answers] == ["2", "1", "0", "0"]
    assert answers[0].headers["x-ratelimit-limit"] == "3"


def test_an_uninstall_needs_notice_and_ends_every_grant(
    pipedrive: FakePipedrive, pipedrive_api: httpx.Client
) -> None:
    with app_stub() as app:
        assert pipedrive.uninstall(app.url) == 200
        told = app.events[0]
    assert app.seen[0].method == "DELETE"
    assert (told["client_id"], told["company_id"]) == ("playground-client", 12345)
    assert pipedrive_api.get("/api/v1/users/me").status_code == 401


def test_other_processes_may_act_through_the_control_door(pipedrive: FakePipedrive) -> None:
    with app_stub() as app:
        wish = {"register": {"url": app.url}, "do": {"action": "win_deal", "id": 2}}
        assert httpx.post(f"{pipedrive.url}/_control", json=wish).json()["done"]["status"] == "won"
        assert len(heard(pipedrive, app)) == 1
    state = httpx.get(f"{pipedrive.url}/_state").json()
    assert [deal["status"] for deal in state["deals"] if deal["id"] == 2] == ["won"]
