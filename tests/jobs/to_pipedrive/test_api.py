"""The requests to Pipedrive's API, and how its responses are read."""

from collections.abc import Callable
from typing import Any

import pytest

from jobs.to_pipedrive.api import FIELD_LISTS, PipedriveApi
from jobs.to_pipedrive.calls import PAGE
from jobs.to_pipedrive.errors import Unauthorized
from jobs.to_pipedrive.http import PipedriveWire
from models.errors import NotFound, TemporaryFailure
from tests.jobs.pipedrive_talk import talking
from web.playground.pipedrive.server import FakePipedrive

Ask = Callable[[PipedriveApi], Any]


@pytest.mark.parametrize(
    ("ask", "path"),
    [
        (lambda api: api.pipelines(), "/api/v2/pipelines"),
        (lambda api: api.stages(), "/api/v2/stages"),
        (lambda api: api.fields("organization"), "/api/v2/organizationFields"),
        (lambda api: api.persons("12345"), "/api/v2/persons"),
        (lambda api: api.organizations("12345"), "/api/v2/organizations"),
        (lambda api: api.deals("12345"), "/api/v2/deals"),
        (lambda api: api.activities(), "/api/v2/activities"),
        (lambda api: api.leads(), "/v1/leads"),
    ],
)
def test_every_list_with_pages_asks_one_path_for_all_it_may(ask: Ask, path: str) -> None:
    with talking(lambda _: {"data": [{"id": 1}, "not an item"]}) as (api, asked):
        assert ask(api) == [{"id": 1}]

    assert [request.url.path for request in asked] == [path]
    assert asked[0].url.host == "acme.pipedrive.com"
    assert asked[0].headers["authorization"] == "Bearer secret"
    assert asked[0].url.params["limit"] == str(PAGE)


@pytest.mark.parametrize(
    ("ask", "path"),
    [
        (lambda api: api.users(), "/v1/users"),
        (lambda api: api.lead_labels(), "/v1/leadLabels"),
        (lambda api: api.currencies(), "/v1/currencies"),
        (lambda api: api.webhooks(), "/v1/webhooks"),
    ],
)
def test_a_list_without_pages_is_asked_for_plainly(ask: Ask, path: str) -> None:
    with talking(lambda _: {"data": [{"id": 1}]}) as (api, asked):
        assert ask(api) == [{"id": 1}]

    assert [(request.url.path, request.url.query) for request in asked] == [(path, b"")]


@pytest.mark.parametrize(
    ("ask", "path"),
    [(lambda api: api.me(), "/v1/users/me"), (lambda api: api.deal(7), "/api/v2/deals/7")],
)
def test_one_thing_is_asked_for_by_its_path(ask: Ask, path: str) -> None:
    with talking(lambda _: {"data": {"id": 7}}) as (api, asked):
        assert ask(api) == {"id": 7}

    assert [request.url.path for request in asked] == [path]


@pytest.mark.parametrize("said", [{}, {"data": None}, {"data": []}, {"data": "7"}])
def test_one_thing_that_does_not_come_is_a_failure(said: dict[str, Any]) -> None:
    with talking(lambda _: said) as (api, _), pytest.raises(TemporaryFailure):
        api.deal(7)


def test_an_id_cannot_lead_to_another_path() -> None:
    with talking(lambda _: {"data": {"id": 7}}) as (api, asked):
        api.deal("../users?x=1#")

    assert asked[0].url.raw_path == b"/api/v2/deals/..%2Fusers%3Fx%3D1%23"


def test_activities_are_filtered_in_pipedrives_words() -> None:
    with talking(lambda _: {"data": []}) as (api, asked):
        api.activities(owner_id=3, done=False, sort_by="due_date")

    params = dict(asked[0].url.params)
    assert params == {"limit": str(PAGE), "owner_id": "3", "done": "false", "sort_by": "due_date"}


def test_leads_are_paged_by_position() -> None:
    def handle(request: Any) -> dict[str, Any]:
        start = int(request.url.params["start"])
        paging = {"more_items_in_collection": start < 2 * PAGE}
        return {"data": [{"id": start}], "additional_data": {"pagination": paging}}

    with talking(handle) as (api, _):
        assert [each["id"] for each in api.leads()] == [0, PAGE, 2 * PAGE]


def test_who_may_see_a_deal_is_named_as_webhooks_name_them() -> None:
    with talking(lambda _: {"data": [123, "456", None, {}]}) as (api, asked):
        assert api.permitted_users(9) == {"123", "456"}

    assert asked[0].url.path == "/v1/deals/9/permittedUsers"


def test_followers_are_those_of_their_kind_of_object() -> None:
    with talking(lambda _: {"data": [{"user_id": 7, "add_time": "x"}, {"user_id": None}, {}]}) as (
        api,
        asked,
    ):
        assert api.followers("9", "person") == ["7"]

    assert asked[0].url.path == "/api/v2/persons/9/followers"


@pytest.mark.parametrize("said", [{}, {"data": None}, {"data": {"users": [1]}}])
def test_nobody_is_permitted_by_an_answer_that_cannot_be_read(said: dict[str, Any]) -> None:
    with talking(lambda _: said) as (api, _), pytest.raises(TemporaryFailure):
        api.permitted_users(9)


def test_the_playground_answers_every_read() -> None:
    wire = PipedriveWire()
    with FakePipedrive() as pipedrive:
        api = PipedriveApi(pipedrive.url, pipedrive.oauth.grant(1)["access_token"], wire)
        lists = {
            "users": api.users(),
            "labels": api.lead_labels(),
            "pipelines": api.pipelines(),
            "stages": api.stages(),
            "persons": api.persons(["1", "2", "999"]),
            "organizations": api.organizations(["1"]),
            "deals": api.deals(["1"]),
        }
        fields = [api.fields(entity) for entity in FIELD_LISTS if entity != "project"]
        assert api.me()["company_id"] == pipedrive.store.company.id
        assert api.deal(1)["title"] == "Globex renewal"
        assert {"EUR", "USD"} <= {each["code"] for each in api.currencies()}
        with pytest.raises(NotFound):
            api.deal(999)
    wire.close()

    sizes = {key: len(found) for key, found in lists.items()}
    assert sizes == {
        "users": 2,
        "labels": 2,
        "pipelines": 2,
        "stages": 8,
        "persons": 2,
        "organizations": 1,
        "deals": 1,
    }
    assert len(fields) == 5


def test_the_playground_refuses_a_stranger() -> None:
    wire = PipedriveWire()
    with FakePipedrive() as pipedrive, pytest.raises(Unauthorized):
        PipedriveApi(pipedrive.url, "stranger", wire).users()
    wire.close()


def test_a_flood_waits_for_the_next_moment_and_loses_nothing() -> None:
    wire = PipedriveWire()
    with FakePipedrive(burst=3) as pipedrive:
        api = PipedriveApi(pipedrive.url, pipedrive.oauth.grant(1)["access_token"], wire)
        answers = [api.pipelines() for _ in range(7)]
        statuses = [status for _, path, status in pipedrive.requests if path.endswith("pipelines")]
    wire.close()

    assert all(len(answer) == 2 for answer in answers)
    assert statuses == [200] * 7
