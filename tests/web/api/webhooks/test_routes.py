"""Destinations through REST: added, changed, paused and removed, and their secrets never shown."""

from __future__ import annotations

import base64
from typing import Any

import pytest

from models.clock import now
from models.destinations.configured import MISSING
from models.tables.destinations import EMAIL
from tests.models.rows import fails
from tests.web.api.conftest import ACME, BOLT, Api

HOOKS = "/admin/webhooks"
URL = "https://chat.googleapis.com/v1/spaces/NEW/messages?key=k&token=abcdWXYZ"
SECRET = "whsec_" + base64.b64encode(b"k" * 32).decode()
NEW = "whsec_" + base64.b64encode(b"n" * 32).decode()
ERP = {"name": "ERP", "webhook": "https://erp.example/hook?key=abcd", "secret": SECRET}


def test_a_mail_address_is_added_and_changed(api: Api) -> None:
    made = api.data("POST", HOOKS, {"name": "Board", "email": "Board@example.com", "description": "paper"})

    assert (made["kind"], made["email"], made["description"]) == ("email", "board@example.com", "paper")
    changed = api.data("PATCH", f"{HOOKS}/{made['id']}", {"email": "chair@example.com"})
    assert (changed["email"], changed["incoming_webhook"]["set"]) == ("chair@example.com", False)


def test_an_outgoing_webhook_shows_only_that_it_has_a_secret(api: Api) -> None:
    made = api.data("POST", HOOKS, ERP)
    one = f"{HOOKS}/{made['id']}"

    assert made["webhook"] == {"set": True, "last_four": "abcd"}
    assert made["secret"] == {"set": True, "last_four": SECRET[-4:]}
    assert api.data("PATCH", one, {"secret": NEW})["secret"]["last_four"] == NEW[-4:]
    assert api.data("PATCH", one, {"webhook": "https://erp.example/wxyz"})["webhook"]["last_four"] == "wxyz"
    listed = api.call("GET", HOOKS).text
    assert "erp.example" not in listed
    assert SECRET not in listed


def test_a_fallback_is_named_and_taken_away(api: Api) -> None:
    api.data("POST", HOOKS, {"name": "Board", "email": "board@example.com"})
    made = api.data("POST", HOOKS, ERP | {"fallback": "Board"})
    one = f"{HOOKS}/{made['id']}"

    assert made["fallback"] == "Board"
    assert api.data("PATCH", one, {"enabled": True})["fallback"] == "Board"
    for wrong in ("Nowhere", "ERP"):
        refused = api.call("PATCH", one, {"fallback": wrong})
        assert refused.status_code == 400
        assert [each["field"] for each in refused.get_json()["details"]] == ["fallback"]
    assert api.data("PATCH", one, {"fallback": ""})["fallback"] == ""


@pytest.mark.parametrize(
    ("field", "body"),
    [
        ("incoming_webhook", {"name": "x"}),
        ("incoming_webhook", {"name": "x", "incoming_webhook": "https://example.com/messages?key=k&token=t"}),
        ("email", {"name": "x", "email": "nobody"}),
        ("incoming_webhook", {"name": "x", "email": "a@b.test", "webhook": "https://x.test/"}),
        ("secret", {"name": "x", "email": "a@b.test", "secret": SECRET}),
        ("secret", {"name": "x", "webhook": "https://x.test/"}),
        ("webhook", {"name": "x", "webhook": "http://x.test/", "secret": SECRET}),
        ("secret", {"name": "x", "webhook": "https://x.test/", "secret": "weak"}),
        ("name", {"name": " ", "email": "a@b.test"}),
    ],
)
def test_what_does_not_fit_is_refused_with_its_field(api: Api, field: str, body: dict[str, Any]) -> None:
    refused = api.call("POST", HOOKS, body)

    assert refused.status_code == 400
    assert [each["field"] for each in refused.get_json()["details"]] == [field]


def test_a_manager_hears_of_a_wrong_address_before_that_it_is_of_nobody(api: Api) -> None:
    refused = api.call("POST", HOOKS, {"name": "x", "email": "nobody"}, token=api.token("manager"))

    assert (refused.status_code, refused.get_json()["details"][0]["field"]) == (400, "email")


def test_a_wrong_new_address_is_refused_with_its_field(api: Api) -> None:
    made = [
        ("email", api.data("POST", HOOKS, {"name": "Board", "email": "board@example.com"})),
        ("webhook", api.data("POST", HOOKS, ERP)),
        ("incoming_webhook", api.data("POST", HOOKS, {"name": "Lobby", "incoming_webhook": URL})),
    ]

    for field, one in made:
        refused = api.call("PATCH", f"{HOOKS}/{one['id']}", {field: "nowhere"})
        assert refused.status_code == 400
        assert [each["field"] for each in refused.get_json()["details"]] == [field]


def test_an_address_of_another_kind_is_refused(api: Api) -> None:
    made = api.data("POST", HOOKS, {"name": "Board", "email": "board@example.com"})

    for body in ({"webhook": "https://x.test/"}, {"secret": SECRET}):
        assert api.call("PATCH", f"{HOOKS}/{made['id']}", body).status_code == 400


def test_a_webhook_is_added_renamed_paused_and_removed_and_never_shown(api: Api) -> None:
    made = api.data("POST", HOOKS, {"name": "Lobby", "webhook_url": URL, "description": "in the lobby"})
    assert made["incoming_webhook"] == {"set": True, "last_four": "WXYZ"}
    one = f"{HOOKS}/{made['id']}"

    changed = api.data("PATCH", one, {"name": "Hall", "enabled": False})
    assert (changed["name"], changed["enabled"], changed["description"]) == ("Hall", False, "in the lobby")
    assert changed["paused_because"] == "paused by admin@acme.test"
    replaced = api.data("PUT", one, {"name": "Hall", "url": URL[:-4] + "1234"})
    assert (replaced["enabled"], replaced["description"]) == (True, "")
    assert replaced["incoming_webhook"]["last_four"] == "1234"
    assert "abcd" not in api.call("GET", HOOKS).text
    assert api.data("DELETE", one)["name"] == "Hall"
    assert api.call("GET", one).status_code == 404


def test_destinations_are_listed_with_their_rules_and_filtered(api: Api) -> None:
    whole = api.data("GET", HOOKS)
    assert [(each["name"], each["kind"], each["rules"]) for each in whole] == [
        ("spaces/acme", "chat_space", ["Wins"]),
        ("Wall", "chat_webhook", ["Wins"]),
    ]
    assert [each["title"] for each in api.data("GET", f"{HOOKS}?kind=chat_space&enabled=true")] == ["Deals"]


@pytest.mark.parametrize(
    ("body", "status"),
    [
        (
            {"name": "Evil", "incoming_webhook": "https://evil.example/v1/spaces/A/messages?key=k&token=t"},
            400,
        ),
        ({"name": "spaces/AAAA", "incoming_webhook": URL}, 400),
        ({"name": "Wall", "incoming_webhook": URL}, 409),
        ({"name": "No address"}, 400),
    ],
)
def test_a_webhook_that_cannot_be_is_refused(api: Api, body: dict[str, Any], status: int) -> None:
    assert api.call("POST", HOOKS, body).status_code == status


def test_a_space_is_paused_and_keeps_its_name(api: Api) -> None:
    space = api.data("GET", f"{HOOKS}?kind=chat_space")[0]
    one = f"{HOOKS}/{space['id']}"

    assert api.data("PUT", one, {"enabled": False})["enabled"] is False
    assert api.call("PATCH", one, {"name": "Other"}).status_code == 400
    assert api.call("POST", f"{one}/test").status_code == 400
    api.data("PATCH", one, {"enabled": True})
    assert api.data("POST", f"{one}/test")["to"] == "spaces/acme"


def test_an_e_mail_is_refused_in_words_that_name_the_setting_where_none_can_be_sent(api: Api) -> None:
    made = api.data("POST", HOOKS, {"name": "Board", "email": "board@example.com"})
    api.database.carried[MISSING] = {EMAIL: "MAIL_FROM"}

    for answer in (
        api.call("POST", HOOKS, {"name": "Chair", "email": "chair@example.com"}),
        api.call("POST", f"{HOOKS}/{made['id']}/test"),
    ):
        assert (answer.status_code, answer.get_json()["code"]) == (400, "VALIDATION_ERROR")
        assert "MAIL_FROM" in answer.get_json()["error"]

    kept = api.data("GET", f"{HOOKS}/{made['id']}")
    assert (kept["email"], kept["enabled"], kept["unavailable"]) == ("board@example.com", True, "MAIL_FROM")
    assert api.data("PATCH", f"{HOOKS}/{made['id']}", {"enabled": False})["enabled"] is False


def test_a_destination_shows_its_breaker_until_it_is_enabled_again(api: Api) -> None:
    ours, theirs = (
        next(
            each["id"]
            for each in api.data("GET", HOOKS, token=api.token(team=team))
            if each["kind"] == "chat_space"
        )
        for team in (ACME, BOLT)
    )
    closed = {"state": "closed", "failures": 0, "since": None, "next_try": None, "error": ""}
    assert [each["breaker"] for each in api.data("GET", HOOKS)] == [closed, closed]
    for team, id_ in ((ACME, ours), (BOLT, theirs)):
        fails(api.database, api.tenants[team], int(id_), now())

    shown = api.data("GET", f"{HOOKS}/{ours}")["breaker"]
    assert (shown["state"], shown["failures"]) == ("open", 5)
    assert shown["error"]
    assert shown["since"] < shown["next_try"]

    api.data("PATCH", f"{HOOKS}/{ours}", {"enabled": True})

    assert api.data("GET", f"{HOOKS}/{ours}")["breaker"] == closed
    listed = api.data("GET", HOOKS, token=api.token(team=BOLT))
    assert [each["breaker"]["state"] for each in listed if each["id"] == theirs] == ["open"]


def test_who_may_not_change_destinations_closes_no_breaker(api: Api) -> None:
    ours = next(each["id"] for each in api.data("GET", HOOKS) if each["kind"] == "chat_space")
    fails(api.database, api.tenants[ACME], int(ours), now())
    viewer = api.token("viewer")
    assert api.call("PATCH", f"{HOOKS}/{ours}", {"enabled": True}, token=viewer).status_code == 403
    assert api.data("GET", f"{HOOKS}/{ours}")["breaker"]["state"] == "open"
