"""Answers to GET are kept by who asked, and asked for anew; lists have a bound, and the keys one chose."""

from __future__ import annotations

from typing import Any, Final

import pytest
import time_machine

from models.clock import now
from tests.web.api.conftest import ACME, Api
from tests.web.api.objects import add_objects, body_of
from web.api.blueprint import all_routes
from web.api.envelope import KEPT
from web.api.schemas import MOST_PER_PAGE, ListParams

CLOSED: Final = [route for route in all_routes() if not route.is_open]
READING: Final = [route for route in CLOSED if route.method == "GET"]
PAGED: Final = [route for route in READING if issubclass(route.params, ListParams)]
NOT_KEPT: Final = "no-store"

pytestmark = pytest.mark.usefixtures("unlimited")


@time_machine.travel(now(), tick=False)  # some answers say since when they count
def test_what_did_not_change_is_not_sent_again(api: Api) -> None:
    own = add_objects(api, ACME)
    for route in READING:
        path = own.path(route.path)
        first = api.call("GET", path)
        assert first.status_code == 200, route.path
        assert first.headers["Cache-Control"] == KEPT, route.path
        again = api.call("GET", path, headers={"If-None-Match": first.headers["ETag"]})
        assert (again.status_code, again.data) == (304, b""), route.path
        assert again.headers["Cache-Control"] == KEPT, route.path
        assert again.headers["ETag"], route.path


def test_what_is_no_answer_to_a_question_is_kept_nowhere(api: Api) -> None:
    own = add_objects(api, ACME)
    for route in CLOSED:
        path, body = own.path(route.path), body_of(route.method, route.path)
        refused = api.call(route.method, path, body, token="pn_nope")
        assert (refused.status_code, refused.headers["Cache-Control"]) == (401, NOT_KEPT), route.path
    assert api.call("GET", "/admin/rules?nope=1").headers["Cache-Control"] == NOT_KEPT
    assert api.call("GET", "/analytics/rules/me?format=csv").headers["Cache-Control"] == NOT_KEPT


def test_a_page_has_at_most_a_hundred(api: Api) -> None:
    own = add_objects(api, ACME)
    for route in PAGED:
        meta: Any = api.call("GET", f"{own.path(route.path)}?limit=1000000").get_json()["meta"]
        assert meta["limit"] == MOST_PER_PAGE, route.path
    assert len(PAGED) > 15


def test_a_list_has_the_keys_that_were_asked_for(api: Api) -> None:
    own = add_objects(api, ACME)
    with_rows = 0
    for route in PAGED:
        first, *_, last = route.data.model_json_schema(mode="serialization")["properties"]
        rows = api.data("GET", f"{own.path(route.path)}?fields={last},{first}")
        assert all(list(row) == [last, first] for row in rows), route.path
        with_rows += bool(rows)
    assert with_rows > 10
