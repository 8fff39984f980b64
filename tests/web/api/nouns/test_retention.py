"""Whether contact details are encrypted, by REST: read by all, set by admins, for their own team alone."""

from __future__ import annotations

from typing import Any

import pytest

from tests.web.api.conftest import ACME, BOLT, Api

PATH = "/admin/encryption"
NEVER = {"contact_details": False, "under_way": False, "done": 0, "total": 0}


def changes(api: Api, team: str = ACME) -> list[str]:
    """Return what the trail of a team says of its contact details, the latest first."""
    actions = [each["action"] for each in api.data("GET", "/admin/audit", token=api.token("admin", team))]
    return [each for each in actions if each.startswith("contacts.")]


def test_a_team_encrypts_its_contact_details_and_the_other_stays_as_it_is(api: Api) -> None:
    assert api.data("GET", PATH) == NEVER

    answer = api.call("PUT", PATH, {"contact_details": True})
    body = answer.get_json()
    assert (answer.status_code, body["success"]) == (200, True)
    found = body["data"]
    assert (found["contact_details"], found["under_way"], found["done"]) == (True, True, 0)
    assert api.data("GET", PATH) == found
    assert api.data("GET", PATH, token=api.token("viewer")) == found
    assert api.data("GET", PATH, token=api.token("admin", BOLT)) == NEVER

    assert api.data("PUT", PATH, {"contact_details": False})["contact_details"] is False
    assert changes(api) == ["contacts.decrypted", "contacts.encrypted"]
    assert changes(api, BOLT) == []


def test_the_same_again_changes_nothing(api: Api) -> None:
    first, again = (api.data("PUT", PATH, {"contact_details": True}) for _ in range(2))

    assert first == again
    assert changes(api) == ["contacts.encrypted"]


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({}, "contact_details"),
        ({"contact_details": "yes"}, "contact_details"),
        ({"contact_details": None}, "contact_details"),
        ({"contact_details": True, "names": True}, "names"),
    ],
)
def test_a_wrong_body_is_refused_with_its_field(api: Api, body: Any, field: str) -> None:
    answer = api.call("PUT", PATH, body)

    assert answer.status_code == 400
    assert [each["field"] for each in answer.get_json()["details"]] == [field]
    assert api.data("GET", PATH) == NEVER


def test_a_sales_rep_is_refused_and_told_whom_to_ask(api: Api) -> None:
    for scopes in ((), ("read:settings",)):
        answer = api.call("PUT", PATH, {"contact_details": True}, token=api.token("sales_rep", ACME, *scopes))
        assert answer.status_code == 403
    assert "A sales rep may not do this. Please ask" in str(
        api.call("PUT", PATH, {"contact_details": True}, token=api.token("sales_rep")).get_json()
    )
    assert api.data("GET", PATH) == NEVER
