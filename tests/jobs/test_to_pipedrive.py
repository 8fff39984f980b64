"""What Pipedrive's API is asked, and how its pages are put together."""

from collections.abc import Callable, Iterator
from typing import Any

import httpx
import pytest

from jobs.pipedrive_answers import Unauthorized
from jobs.to_pipedrive import FIELD_LISTS, PAGE, PipedriveApi
from jobs.to_pipedrive_wire import PipedriveWire
from models.errors import Deliverable, RateLimited
from web.playground.fake_pipedrive import FakePipedrive

Make = Callable[[Callable[[httpx.Request], Any]], PipedriveApi]


@pytest.fixture
def api_of() -> Iterator[Make]:
    """Make clients whose every request a function answers with an object."""
    wires: list[PipedriveWire] = []

    def make(handle: Callable[[httpx.Request], Any]) -> PipedriveApi:
        transport = httpx.MockTransport(lambda request: httpx.Response(200, json=handle(request)))
        wires.append(PipedriveWire(transport))
        return PipedriveApi("https://acme.pipedrive.com/", "secret", wires[-1])

    yield make
    for wire in wires:
        wire.close()


@pytest.mark.parametrize(
    ("ask", "path"),
    [
        (lambda api: api.users(), "/v1/users"),
        (lambda api: api.lead_labels(), "/v1/leadLabels"),
        (lambda api: api.pipelines(), "/api/v2/pipelines"),
        (lambda api: api.stages(), "/api/v2/stages"),
        (lambda api: api.fields("organization"), "/api/v2/organizationFields"),
        (lambda api: api.persons(["1"]), "/api/v2/persons"),
        (lambda api: api.organizations(["1"]), "/api/v2/organizations"),
        (lambda api: api.deals(["1"]), "/api/v2/deals"),
    ],
)
def test_every_read_asks_one_path_with_the_token(
    api_of: Make, ask: Callable[[PipedriveApi], Any], path: str
) -> None:
    asked: list[httpx.Request] = []

    def handle(request: httpx.Request) -> Any:
        asked.append(request)
        return {"data": [{"id": 1}, "not an item"]}

    assert ask(api_of(handle)) == [{"id": 1}]
    assert [request.url.path for request in asked] == [path]
    assert asked[0].url.host == "acme.pipedrive.com"
    assert asked[0].headers["authorization"] == "Bearer secret"
    assert asked[0].url.params["limit"] == str(PAGE)


def test_pages_of_v2_follow_the_cursor(api_of: Make) -> None:
    pages = {None: ([1, 2], "b"), "b": ([3], "c&?"), "c&?": ([4], None)}

    def handle(request: httpx.Request) -> Any:
        ids, cursor = pages[request.url.params.get("cursor")]
        return {"data": [{"id": each} for each in ids], "additional_data": {"next_cursor": cursor}}

    assert [each["id"] for each in api_of(handle).stages()] == [1, 2, 3, 4]


def test_pages_of_v1_follow_the_start(api_of: Make) -> None:
    def handle(request: httpx.Request) -> Any:
        start = int(request.url.params["start"])
        paging = {"more_items_in_collection": start < 2 * PAGE}
        return {"data": [{"id": start}], "additional_data": {"pagination": paging}}

    assert [each["id"] for each in api_of(handle).users()] == [0, PAGE, 2 * PAGE]


def test_pages_without_an_end_end(api_of: Make) -> None:
    endless = {"data": [{"id": 1}], "additional_data": {"next_cursor": "again"}}
    assert len(api_of(lambda _: endless).stages()) == 40


def test_ids_go_a_hundred_at_a_time(api_of: Make) -> None:
    batches: list[list[str]] = []

    def handle(request: httpx.Request) -> Any:
        batches.append(request.url.params["ids"].split(","))
        return {"data": [{"id": batches[-1][0]}]}

    found = api_of(handle).persons({str(number) for number in range(250)})
    assert [len(batch) for batch in batches] == [100, 100, 50]
    assert {key for batch in batches for key in batch} == {str(number) for number in range(250)}
    assert len(found) == 3


def test_no_ids_ask_nothing(api_of: Make) -> None:
    assert api_of(lambda _: pytest.fail("it asked")).deals([]) == []


@pytest.mark.parametrize("page", [{}, {"data": None}, {"data": []}, {"data": [], "additional_data": []}])
def test_an_empty_list_has_many_shapes(api_of: Make, page: dict[str, Any]) -> None:
    assert api_of(lambda _: page).stages() == []


def test_data_that_is_no_list_is_a_failure(api_of: Make) -> None:
    with pytest.raises(Deliverable):
        api_of(lambda _: {"data": {"id": 1}}).stages()


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


def test_the_playground_refuses_a_stranger_and_a_flood() -> None:
    wire = PipedriveWire()
    with FakePipedrive(burst=1) as pipedrive:
        with pytest.raises(Unauthorized):
            PipedriveApi(pipedrive.url, "stranger", wire).users()
        api = PipedriveApi(pipedrive.url, pipedrive.oauth.grant(1)["access_token"], wire)
        api.users()
        with pytest.raises(RateLimited) as told:
            api.users()
    wire.close()

    assert told.value.retry_after == 2.0
