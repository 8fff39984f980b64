"""Every field of every body with values that do not fit: the answer names a field of that body."""

from __future__ import annotations

from typing import Any, Final

import pytest

from tests.web.api.conftest import ACME, Api
from tests.web.api.objects import add_objects, body_of
from web.api.blueprint import all_routes
from web.api.incoming import _keys

TAKING: Final = [route for route in all_routes() if route.body is not None and not route.is_open]
NOUNS: Final = sorted({route.noun for route in TAKING})
BAD: Final[list[Any]] = [
    *(
        None,
        "",
        "nope",
        "\x00a",
        -1,
        10**12,
        True,
        [],
        ["nope"],
        [-1],
        {"nope": 1},
        {"DEAL_WON": {"chat": 1}},
    ),
    *({"DEAL_WON": {"chat": 1}}, "2020-01-01T00:00:00Z", "2020-01-01"),
]
ABOUT_NO_FIELD: Final = {
    "Another replay is running. Wait for its end, or cancel it.": "of what is there already",
    "Say what shall change.": "the body is empty",
}
OF_A_DOCUMENT: Final = "/admin/rules/import"  # its fields are paths in the document

pytestmark = pytest.mark.usefixtures("unlimited")


@pytest.mark.parametrize("noun", NOUNS)
def test_what_does_not_fit_is_named_by_a_field_of_the_body(api: Api, noun: str) -> None:
    api.connect_admin()
    wrong = set[str]()
    refused = 0
    for route in (each for each in TAKING if each.noun == noun):
        path = add_objects(api, ACME).path(route.path)
        assert route.body is not None
        names = _keys(route.body)
        for name in sorted(names):
            for value in BAD:
                body = body_of(route.method, route.path) or {}
                answer = api.call(route.method, path, {**body, name: value})
                if answer.status_code == 404:  # what it is about is gone by what was taken before
                    path = add_objects(api, ACME).path(route.path)
                    answer = api.call(route.method, path, {**body, name: value})
                found = answer.get_json()
                assert answer.status_code < 500, f"{route.method} {route.path} {name} {value!r}"
                if answer.status_code == 400 and found["error"] not in ABOUT_NO_FIELD:
                    refused += 1
                    fields = [each["field"] for each in found["details"]]
                    roots = {each.split(".")[0].split("[")[0] for each in fields}
                    if not roots or "" in roots or not (roots <= names or route.path == OF_A_DOCUMENT):
                        wrong.add(f"{route.method} {route.path} {name}: {found['error'][:80]} {fields}")
    assert refused
    assert not wrong, "\n".join(sorted(wrong))
