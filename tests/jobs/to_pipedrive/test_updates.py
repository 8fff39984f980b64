"""What changed since a moment: complete, the oldest first, even if it changes while we read."""

from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest

from jobs.to_pipedrive.api import PipedriveApi
from jobs.to_pipedrive.calls import MOST_PAGES, PAGE
from jobs.to_pipedrive.http import PipedriveWire
from jobs.to_pipedrive.updates import CURSORED, PAGED, changed_at
from models.errors import TemporaryFailure
from tests.jobs.pipedrive_talk import talking
from web.playground.pipedrive.server import FakePipedrive

SINCE = datetime(2026, 11, 21, 10, 0, 0, 500_000, tzinfo=UTC)


@pytest.mark.parametrize(("entity", "path"), CURSORED.items())
def test_v2_is_asked_by_time_in_order(entity: str, path: str) -> None:
    with talking(lambda _: {"data": [{"id": 1}]}) as (api, asked):
        assert list(api.updated(entity, SINCE)) == [{"id": 1}]

    assert asked[0].url.path == path
    assert dict(asked[0].url.params) == {
        "limit": str(PAGE),
        "updated_since": "2026-11-21T10:00:00Z",
        "sort_by": "update_time",
        "sort_direction": "asc",
    }


def test_nothing_is_asked_before_somebody_reads() -> None:
    with talking(lambda _: pytest.fail("it asked")) as (api, _):
        api.updated("deal", SINCE)
        api.updated("lead", SINCE)


def test_a_long_outage_has_more_pages_than_a_list() -> None:
    pages = MOST_PAGES + 3

    def handle(request: httpx.Request) -> Any:
        page = int(request.url.params.get("cursor", "0"))
        following = str(page + 1) if page + 1 < pages else None
        return {"data": [{"id": page}], "additional_data": {"next_cursor": following}}

    with talking(handle) as (api, _):
        assert len(list(api.updated("deal", SINCE))) == pages


def test_a_cursor_that_goes_round_is_a_failure() -> None:
    endless = {"data": [{"id": 1}], "additional_data": {"next_cursor": "again"}}
    with talking(lambda _: endless) as (api, _), pytest.raises(TemporaryFailure):
        list(api.updated("deal", SINCE))


class Notes:
    """A list of v1: sorted by time, cut by position, `more_items_in_collection` beside it."""

    def __init__(self, times: dict[int, datetime]) -> None:
        self.times = times
        self.changes_after: dict[int, int] = {}

    def __call__(self, request: httpx.Request) -> Any:
        query = request.url.params
        since = datetime.fromisoformat(query["updated_since"])
        start, limit = int(query["start"]), int(query["limit"])
        rows = sorted((at, key) for key, at in self.times.items() if at >= since)
        page = rows[start : start + limit]
        if page and page[0][1] in self.changes_after:
            self.times[self.changes_after.pop(page[0][1])] = SINCE + timedelta(days=1)
        paging = {"more_items_in_collection": start + limit < len(rows)}
        data = [{"id": key, "update_time": f"{at:%Y-%m-%d %H:%M:%S}"} for at, key in page]
        return {"data": data, "additional_data": {"pagination": paging}}


@pytest.fixture
def small_pages(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("jobs.to_pipedrive.updates.PAGE", 10)


@pytest.mark.parametrize("entity", list(PAGED))
@pytest.mark.usefixtures("small_pages")
def test_v1_gives_each_change_once(entity: str) -> None:
    notes = Notes({key: SINCE + timedelta(seconds=key // 3 + 1) for key in range(95)})
    with talking(notes) as (api, asked):
        found = [each["id"] for each in api.updated(entity, SINCE)]

    assert found == list(range(95))
    assert {request.url.path for request in asked} == {PAGED[entity]}


@pytest.mark.usefixtures("small_pages")
def test_more_changes_in_one_second_than_fit_a_page_all_come() -> None:
    notes = Notes(dict.fromkeys(range(35), SINCE + timedelta(seconds=1)))
    with talking(notes) as (api, _):
        assert [each["id"] for each in api.updated("note", SINCE)] == list(range(35))


@pytest.mark.usefixtures("small_pages")
def test_what_changes_while_we_read_hides_nothing_else() -> None:
    notes = Notes({key: SINCE + timedelta(seconds=key + 1) for key in range(25)})
    notes.changes_after = {0: 3}  # with the first page read, number 3 moves to the end
    with talking(notes) as (api, _):
        found = [each["id"] for each in api.updated("note", SINCE)]

    assert set(found) == set(range(25))
    assert found.count(3) == 2


@pytest.mark.usefixtures("small_pages")
def test_a_list_in_another_order_is_read_by_position() -> None:
    ids = list(range(25))

    def handle(request: httpx.Request) -> Any:
        start = int(request.url.params["start"])
        data = [{"id": key, "update_time": f"2026-11-21 11:00:{59 - key}"} for key in ids[start : start + 10]]
        paging = {"more_items_in_collection": start + 10 < len(ids)}
        return {"data": data, "additional_data": {"pagination": paging}}

    with talking(handle) as (api, _):
        assert [each["id"] for each in api.updated("lead", SINCE)] == ids


@pytest.mark.parametrize(
    ("item", "expected"),
    [
        ({"update_time": "2026-11-21 10:00:00"}, datetime(2026, 11, 21, 10, tzinfo=UTC)),
        ({"update_time": "2026-11-21T10:00:00Z"}, datetime(2026, 11, 21, 10, tzinfo=UTC)),
        ({"update_time": "2026-11-21T10:00:00.500Z"}, SINCE),
        (
            {"update_time": None, "add_time": "2026-11-21T12:00:00+02:00"},
            datetime(2026, 11, 21, 10, tzinfo=UTC),
        ),
        ({"update_time": "yesterday"}, None),
        ({"update_time": "0001-01-01T00:00:00+14:00"}, None),
        ({"update_time": 7}, None),
        ({}, None),
    ],
)
def test_the_time_of_a_change_is_read_in_every_form(item: dict[str, Any], expected: datetime | None) -> None:
    assert changed_at(item) == expected


def test_the_playground_lists_what_was_changed() -> None:
    wire = PipedriveWire()
    with FakePipedrive() as pipedrive:
        api = PipedriveApi(pipedrive.url, pipedrive.oauth.grant(1)["access_token"], wire)
        deal = api.change_deal(2, title="Changed just now")
        since = changed_at(deal)
        assert since is not None
        found = {
            entity: list(api.updated(entity, since)) for entity in (*CURSORED, *PAGED) if entity != "product"
        }
    wire.close()

    assert "Changed just now" in {each["title"] for each in found["deal"]}
