"""Every field of every body with values that do not fit: the answer names that field."""

from __future__ import annotations

import zlib
from typing import Any, Final

import pytest

from tests.suites import few_of
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
    "There is nothing to send again.": "of what is there already",
    "Say what shall change.": "the body is empty",
}
ONE_OF_THREE: Final = "exactly one address may be given, and the body has another one"
OTHER_NAME: Final = "an address of Chat has three names, and the answer says another one"
# A route, a field that holds a wrong value, the field that the answer may name as well or instead; why.
NAMED_INSTEAD: Final = {
    ("/leads", "email", "person"): "an empty address is no person, and a lead needs one",
    ("/admin/mutes", "until", "duration"): "only one of the two may be given",
    ("/admin/rules", "enabled", "to"): "a rule without a destination cannot be on",
    ("/admin/rules/<id>", "enabled", "to"): "a rule without a destination cannot be on",
    ("/admin/rules/bulk", "from", "action"): "only some actions take it",
    ("/admin/rules/bulk", "to", "action"): "only some actions take it",
    ("/admin/rules/import", "document", "tenant"): "its fields are paths in the document",
    ("/admin/webhooks", "email", "incoming_webhook"): ONE_OF_THREE,
    ("/admin/webhooks", "webhook", "incoming_webhook"): ONE_OF_THREE,
    ("/admin/webhooks", "incoming_webhook", "url"): OTHER_NAME,
    ("/admin/webhooks", "webhook_url", "url"): OTHER_NAME,
    ("/admin/webhooks", "url", "incoming_webhook"): OTHER_NAME,
    ("/admin/webhooks/<id>", "url", "incoming_webhook"): OTHER_NAME,
    ("/admin/webhooks/<id>", "webhook_url", "incoming_webhook"): OTHER_NAME,
}
ONE_IN: Final = 4  # of the values of each field one in so many; all others are long

pytestmark = pytest.mark.usefixtures("unlimited")


@pytest.mark.parametrize("drawn", few_of(["some", "others"], "some"))
@pytest.mark.parametrize("noun", NOUNS)
def test_what_does_not_fit_is_named_by_its_field(api: Api, noun: str, drawn: str) -> None:
    api.connect_admin()
    wrong = set[str]()
    refused = 0
    for route in (each for each in TAKING if each.noun == noun):
        path = add_objects(api, ACME).path(route.path)
        assert route.body is not None
        for name in sorted(_keys(route.body)):
            fit = {name} | {
                instead for at, field, instead in NAMED_INSTEAD if (at, field) == (route.path, name)
            }
            for value in _values(f"{route.method} {route.path} {name}", is_some=drawn == "some"):
                body = {**(body_of(route.method, route.path) or {}), name: value}
                answer = api.call(route.method, path, body)
                if answer.status_code == 404:  # what it is about is gone by what was taken before
                    path = add_objects(api, ACME).path(route.path)
                    answer = api.call(route.method, path, body)
                found = answer.get_json()
                assert answer.status_code < 500, f"{route.method} {route.path} {name} {value!r}"
                if answer.status_code == 400 and found["error"] not in ABOUT_NO_FIELD:
                    refused += 1
                    fields = [each["field"] for each in found["details"]]
                    roots = {each.split(".")[0].split("[")[0] for each in fields}
                    if not roots or not roots <= fit:
                        wrong.add(f"{route.method} {route.path} {name}: {found['error'][:80]} {fields}")
    assert refused
    assert not wrong, "\n".join(sorted(wrong))


def _values(field: str, *, is_some: bool) -> list[Any]:
    """Return the values for one field: some of them, which its name draws, or all others."""
    start = zlib.crc32(field.encode())
    return [value for place, value in enumerate(BAD) if ((start + place) % ONE_IN == 0) is is_some]
