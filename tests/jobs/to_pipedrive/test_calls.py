"""One call at a time: its cost recorded, its token renewed once, its pages joined."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import httpx
import pytest

from jobs.to_pipedrive.calls import MOST_PAGES
from jobs.to_pipedrive.errors import CallsPaused, Unauthorized
from models.errors import NotAllowed, RateLimited, TemporaryFailure
from tests.jobs.pipedrive_talk import talking


class Purse:
    """An account that notes what it paid for, and gives `fresh` for any token."""

    def __init__(self) -> None:
        self.paid: list[tuple[str, int]] = []
        self.renewals: list[str] = []

    @contextmanager
    def paying(self, method: str, cost: int) -> Iterator[None]:
        self.paid.append((method, cost))
        yield

    def renewed(self, refused: str) -> str:
        self.renewals.append(refused)
        return "fresh"


def of_fresh(request: httpx.Request) -> Any:
    """Take the token `fresh` only."""
    is_fresh = request.headers["authorization"] == "Bearer fresh"
    return {"data": {"id": 1}} if is_fresh else httpx.Response(401, json={"success": False})


def test_a_token_that_died_is_renewed_and_the_call_made_once_more() -> None:
    purse = Purse()
    with talking(of_fresh, purse) as (api, asked):
        api.add_note("Hello", deal_id=1)
        api.deal(1)

    assert [request.method for request in asked] == ["POST", "POST", "GET"]
    assert purse.renewals == ["secret"]
    assert purse.paid == [("POST", 10), ("POST", 10), ("GET", 1)]


def test_a_fresh_token_that_is_refused_too_is_the_end_of_it() -> None:
    with (
        talking(lambda _: httpx.Response(401, json={}), Purse()) as (api, asked),
        pytest.raises(Unauthorized),
    ):
        api.users()
    assert len(asked) == 2


def test_without_an_account_a_dead_token_stays_dead() -> None:
    with talking(of_fresh) as (api, asked), pytest.raises(Unauthorized):
        api.me()
    assert len(asked) == 1


@pytest.mark.parametrize("headers", [{}, {"x-ratelimit-reset": "2"}, {"Retry-After": "1"}])
def test_a_read_in_a_burst_is_asked_once_more_when_the_moment_is_over(headers: dict[str, str]) -> None:
    answers = [httpx.Response(429, json={}, headers=headers), {"data": {"id": 1}}]
    with talking(lambda _: answers.pop(0)) as (api, asked):
        assert api.deal(1) == {"id": 1}
    assert len(asked) == 2


def test_a_read_is_asked_twice_at_the_most() -> None:
    with talking(lambda _: httpx.Response(429, json={})) as (api, asked), pytest.raises(RateLimited):
        api.deal(1)
    assert len(asked) == 2


@pytest.mark.parametrize(
    "answer",
    [
        httpx.Response(429, json={}, headers={"Retry-After": "3600"}),
        httpx.Response(403, text="<html>", headers={"Content-Type": "text/html"}),
    ],
    ids=["for an hour", "the guard"],
)
def test_who_asks_for_a_longer_rest_gets_it(answer: httpx.Response) -> None:
    with talking(lambda _: answer) as (api, asked), pytest.raises(RateLimited):
        api.deal(1)
    assert len(asked) == 1


@pytest.mark.parametrize("status", [429, 500, 503])
def test_a_write_is_never_made_again(status: int) -> None:
    with (
        talking(lambda _: httpx.Response(status, json={}), Purse()) as (api, asked),
        pytest.raises(TemporaryFailure),
    ):
        api.add_activity(subject="Call", deal_id=1)
    assert len(asked) == 1


def test_who_may_not_pay_does_not_ask() -> None:
    class Poor(Purse):
        @contextmanager
        def paying(self, method: str, cost: int) -> Iterator[None]:
            raise CallsPaused(f"no money for {method} at {cost}")
            yield

    with talking(lambda _: pytest.fail("it asked"), Poor()) as (api, _), pytest.raises(CallsPaused):
        api.users()


def test_pages_of_v2_follow_the_cursor() -> None:
    pages = {None: ([1, 2], "b"), "b": ([3], "c&?"), "c&?": ([4], None)}

    def handle(request: httpx.Request) -> Any:
        ids, cursor = pages[request.url.params.get("cursor")]
        return {"data": [{"id": each} for each in ids], "additional_data": {"next_cursor": cursor}}

    with talking(handle) as (api, _):
        assert [each["id"] for each in api.stages()] == [1, 2, 3, 4]


def test_pages_without_an_end_end() -> None:
    endless = {"data": [{"id": 1}], "additional_data": {"next_cursor": "again"}}
    with talking(lambda _: endless) as (api, _):
        assert len(api.stages()) == MOST_PAGES


def test_ids_go_a_hundred_at_a_time() -> None:
    batches: list[list[str]] = []

    def handle(request: httpx.Request) -> Any:
        batches.append(request.url.params["ids"].split(","))
        return {"data": [{"id": batches[-1][0]}]}

    with talking(handle) as (api, _):
        found = api.persons({str(number) for number in range(250)})
    assert [len(batch) for batch in batches] == [100, 100, 50]
    assert {key for batch in batches for key in batch} == {str(number) for number in range(250)}
    assert len(found) == 3


def test_a_single_id_is_asked_for_in_the_cheap_way() -> None:
    purse = Purse()
    with talking(lambda _: {"data": {"id": 5}}, purse) as (api, asked):
        assert api.organizations(["5"]) == [{"id": 5}]
    assert [request.url.path for request in asked] == ["/api/v2/organizations/5"]
    assert purse.paid == [("GET", 1)]


def test_a_few_ids_are_asked_for_one_by_one_whatever_one_of_them_is() -> None:
    def handle(request: httpx.Request) -> Any:
        number = int(request.url.path.rpartition("/")[2])
        return httpx.Response(404, json={}) if number == 2 else {"data": {"id": number}}

    purse = Purse()
    with talking(handle, purse) as (api, _):
        assert api.persons(["1", "2", "3"]) == [{"id": 1}, {"id": 3}]
    assert sum(cost for _, cost in purse.paid) == 3


def test_a_hidden_one_of_a_few_ids_lets_the_rest_be_listed() -> None:
    def handle(request: httpx.Request) -> Any:
        last = request.url.path.rpartition("/")[2]
        found = {"persons": [{"id": 3}], "1": {"id": 1}}.get(last)
        return {"data": found} if found else httpx.Response(403, json={})

    with talking(handle) as (api, asked):
        assert api.persons(["1", "2", "3"]) == [{"id": 1}, {"id": 3}]
    assert asked[-1].url.params["ids"] == "2,3"


def test_a_single_id_that_is_nobodys_is_no_failure() -> None:
    with talking(lambda _: httpx.Response(404, json={})) as (api, asked):
        assert api.persons(["5"]) == []
    assert len(asked) == 1


def test_one_hidden_thing_does_not_say_that_all_are() -> None:
    def handle(request: httpx.Request) -> Any:
        hidden = request.url.path.endswith("/5")
        return httpx.Response(403, json={}) if hidden else {"data": []}

    with talking(handle) as (api, asked):
        assert api.persons(["5"]) == []
    assert [request.url.path for request in asked] == ["/api/v2/persons/5", "/api/v2/persons"]


def test_a_kind_that_may_not_be_read_says_so() -> None:
    with talking(lambda _: httpx.Response(403, json={})) as (api, _), pytest.raises(NotAllowed) as told:
        api.persons(["5"])
    assert "rights" in told.value.user_message


def test_no_ids_ask_nothing() -> None:
    with talking(lambda _: pytest.fail("it asked")) as (api, _):
        assert api.deals([]) == []


@pytest.mark.parametrize("page", [{}, {"data": None}, {"data": []}, {"data": [], "additional_data": []}])
def test_an_empty_list_has_many_shapes(page: dict[str, Any]) -> None:
    with talking(lambda _: page) as (api, _):
        assert api.stages() == []


def test_data_that_is_no_list_is_a_failure() -> None:
    with talking(lambda _: {"data": {"id": 1}}) as (api, _), pytest.raises(TemporaryFailure):
        api.stages()
