"""The whole Pipedrive stand-in: who may ask, how often, and its ends."""

import httpx

from tests.web.playground.app_stub import app_stub
from tests.web.playground.crm_talk import heard
from web.playground.fake_pipedrive import FakePipedrive


def test_without_a_good_bearer_the_api_is_closed(
    pipedrive: FakePipedrive, pipedrive_api: httpx.Client
) -> None:
    refused = {"success": False, "error": "unauthorized access", "errorCode": 401}
    assert httpx.get(f"{pipedrive.url}/api/v2/deals").json() == refused
    assert pipedrive_api.get("/api/v2/deals").status_code == 200
    pipedrive.oauth.skew_s = 3600
    assert pipedrive_api.get("/api/v2/deals").json() == refused


def test_a_token_has_a_burst_of_its_own(pipedrive: FakePipedrive, pipedrive_api: httpx.Client) -> None:
    pipedrive.burst = 3
    answers = [pipedrive_api.get("/api/v2/deals/1") for _ in range(4)]
    assert [answer.status_code for answer in answers] == [200, 200, 200, 429]
    assert [answer.headers["x-ratelimit-remaining"] for answer in answers] == ["2", "1", "0", "0"]
    assert answers[0].headers["x-ratelimit-limit"] == "3"


def test_an_uninstall_is_told_and_ends_every_grant(
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
