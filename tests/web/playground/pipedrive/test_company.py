"""Two companies at one Pipedrive share nothing."""

import httpx
import pytest

from tests.web.playground.app_stub import app_stub
from tests.web.playground.crm_talk import Api, heard
from web.playground.pipedrive.company import CrmCompany
from web.playground.pipedrive.server import FakePipedrive


@pytest.fixture
def umbrella(pipedrive: FakePipedrive) -> CrmCompany:
    return pipedrive.add_company(777, "Umbrella Labs")


def test_the_token_decides_whose_records_are_read_and_written(
    pipedrive: FakePipedrive, umbrella: CrmCompany
) -> None:
    ours, theirs = Api(pipedrive), Api(pipedrive, company_id=777)
    assert theirs.patch("/api/v2/deals/1", title="Theirs").status_code == 200
    assert ours.get("/api/v2/deals/1").json()["data"]["title"] == "Globex renewal"
    assert theirs.get("/v1/users/me").json()["data"]["company_domain"] == "umbrella-labs"
    assert [one["email"] for one in theirs.get("/v1/users").json()["data"]] == ["una@example.org"]
    assert umbrella.store.get("deal", 1)["title"] == "Theirs"


def test_a_webhook_hears_its_own_company_only(pipedrive: FakePipedrive, umbrella: CrmCompany) -> None:
    with app_stub() as app:
        umbrella.register(app.url)
        pipedrive.do("win_deal", id=1)
        umbrella.do("win_deal", id=2)
        (body,) = heard(pipedrive, app)
    assert (body["meta"]["company_id"], body["meta"]["entity_id"]) == ("777", "2")
    assert body["meta"]["host"] == "umbrella-labs.pipedrive.com"


def test_each_sees_and_pays_its_own(pipedrive: FakePipedrive, umbrella: CrmCompany) -> None:
    ours, theirs = Api(pipedrive), Api(pipedrive, company_id=777)
    wish = {"subscription_url": "http://127.0.0.1/x", "event_action": "*", "event_object": "*", "name": "n"}
    number = ours.post("/v1/webhooks", wish).json()["data"]["id"]
    assert theirs.get("/v1/webhooks").json()["data"] == []
    assert theirs.delete(f"/v1/webhooks/{number}").status_code == 404
    assert umbrella.budget.spent == 16  # a list, and a deletion that found nothing
    assert pipedrive.companies[12345].budget.spent == 10


def test_an_empty_budget_is_the_companys_own(pipedrive: FakePipedrive, umbrella: CrmCompany) -> None:
    pipedrive.clock.stop()
    umbrella.budget.most = 12
    theirs = Api(pipedrive, company_id=777)
    answers = [theirs.get("/api/v2/deals"), theirs.get("/api/v2/deals"), theirs.get("/v1/users/me")]
    assert [answer.status_code for answer in answers] == [200, 429, 200]
    assert Api(pipedrive).get("/api/v2/deals").status_code == 200
    pipedrive.clock.forward(24 * 3600)
    assert Api(pipedrive, company_id=777).get("/api/v2/deals").status_code == 200


def test_an_uninstall_ends_one_users_install_alone(pipedrive: FakePipedrive, umbrella: CrmCompany) -> None:
    umbrella.do("create", entity="user", name="Vic", email="vic@example.org")
    clients = [Api(pipedrive), Api(pipedrive, company_id=777), Api(pipedrive, 2, company_id=777)]
    with app_stub() as app:
        assert pipedrive.uninstall(app.url, company_id=777, user_id=1) == 200
        (told,) = app.events
    assert (told["company_id"], told["user_id"]) == (777, 1)
    assert [client.get("/v1/users/me").status_code for client in clients] == [200, 401, 200]


def test_the_state_names_all_companies(pipedrive: FakePipedrive, umbrella: CrmCompany) -> None:
    state = httpx.get(f"{pipedrive.url}/_state").json()
    assert [one["id"] for one in state["companies"]] == [12345, umbrella.id]
    assert umbrella.state()["company"]["name"] == "Umbrella Labs"
