"""Notifications by REST: sent, in batches, followed, acted on, and by the preferences of people."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import update

from models.clock import now
from models.destinations.configured import MISSING
from models.tables import Notification
from models.tables.destinations import EMAIL
from tests.chat import audit_of
from tests.web.api.conftest import ACME, BOLT, Api
from web.api.nouns import notifications, preferences

PATH = notifications.PATH
ADMIN = "admin@acme.test"


def one(**what: object) -> dict[str, object]:
    return {"to": ADMIN, "type": "DEAL_WON", "title": "Won"} | what


def test_a_notification_is_sent_and_says_what_became_of_it(api: Api) -> None:
    answer = api.call("POST", PATH, one(tags=["hot"], key="k"))

    assert answer.status_code == 201
    data = answer.get_json()["data"]
    assert data["success"]
    assert data["channels"] == {"in_app": True, "chat": False, "email": False}
    again = api.data("POST", PATH, one(key="k"))
    assert (again["id"], again["is_new"]) == (data["id"], False)
    assert [each["tags"] for each in api.data("GET", PATH)] == [["hot"]]
    assert api.client.post(f"/api/v1{PATH}", json=one()).status_code == 401


@pytest.mark.parametrize(
    ("what", "field"),
    [
        ({"type": "NOPE"}, "type"),
        ({"priority": "x"}, "priority"),
        ({"tenantId": 7}, "tenantId"),
        ({"title": ""}, "title"),
    ],
)
def test_what_cannot_be_sent_names_its_field(api: Api, what: dict[str, object], field: str) -> None:
    answer = api.call("POST", PATH, one(**what))

    assert answer.status_code == 400
    assert field in str(answer.get_json()["details"])


def test_a_batch_has_a_result_for_each(api: Api) -> None:
    batch = [one(), one(to="nobody@x.test"), one(url="http://plain.test"), one(to="viewer@acme.test")]

    data = api.data("POST", f"{PATH}/batch", {"notifications": batch})

    assert (data["sent"], data["refused"]) == (2, 2)
    assert [bool(each["error"]) for each in data["results"]] == [False, True, True, False]
    assert api.call("POST", f"{PATH}/batch", {"notifications": [one()] * 101}).status_code == 400


def test_who_may_not_send_to_others_sends_to_themselves(api: Api) -> None:
    viewer = api.token("viewer")

    assert api.call("POST", PATH, one(), token=viewer).status_code == 403
    assert api.call("POST", PATH, one(to="viewer@acme.test"), token=viewer).status_code == 201
    assert api.call("POST", PATH, one(), token=api.token("admin", BOLT)).status_code == 400


def test_reading_deleting_and_clearing(api: Api) -> None:
    first, second, third = (api.data("POST", PATH, one(title=f"T{number}"))["id"] for number in range(3))
    other = api.token("manager")

    for method, path in (("PUT", f"{PATH}/{first}/read"), ("DELETE", f"{PATH}/{first}")):
        assert api.call(method, path, token=other).status_code == 404
    trail = audit_of(api.database, api.tenants[ACME])
    assert {each[1:] for each in trail if each[1] == "access.denied"} == {
        ("access.denied", "PUT /notifications/<id>/read"),
        ("access.denied", "DELETE /notifications/<id>"),
    }
    assert api.data("PUT", f"{PATH}/{first}/read")["read_at"]
    assert api.call("PUT", f"{PATH}/{first}/read").status_code == 200
    assert api.call("DELETE", f"{PATH}/{second}").status_code == 200
    assert api.call("DELETE", f"{PATH}/{second}").status_code == 404
    assert [each["id"] for each in api.data("GET", f"{PATH}?unread=true")] == [third]
    assert api.data("POST", f"{PATH}/clear")["count"] == 1
    assert api.data("POST", f"{PATH}/read-all")["count"] == 1
    assert [each["title"] for each in api.data("GET", PATH)] == ["T2"]


def test_the_stream_is_followed_by_a_cursor(api: Api) -> None:
    made = [api.data("POST", PATH, one(title=f"T{number}"))["id"] for number in range(5)]
    with api.database.writing_all() as session:
        session.execute(update(Notification).values(created_at=now() - timedelta(seconds=5)))

    first = api.data("GET", f"{PATH}/stream?limit=2")
    rest = api.data("GET", f"{PATH}/stream?after={first['after']}")
    end = api.data("GET", f"{PATH}/stream?after={rest['after']}")

    assert [each["id"] for each in first["items"] + rest["items"]] == made
    assert end == {"items": [], "after": made[-1]}
    assert api.data("GET", f"{PATH}/stream", token=api.token("admin", BOLT))["items"] == []


def test_what_is_switched_off_is_hidden_unless_asked_for(api: Api) -> None:
    path = preferences.PATH
    api.data("PUT", path, {"preferences": {"DEAL_WON": {"in_app": "off"}}})
    number = api.data("POST", PATH, one())["id"]

    assert api.data("GET", PATH) == []
    assert [each["id"] for each in api.data("GET", f"{PATH}?include=all")] == [number]
    assert api.data("GET", f"{PATH}/{number}/why")["skipped"]["in_app"] == "person"


def test_preferences_are_ones_own_and_an_admin_may_look(api: Api) -> None:
    path, rep = preferences.PATH, api.token("sales_rep")
    mine = api.data("PUT", path, {"preferences": {"DEAL_WON": {"chat": "now"}}}, token=rep)

    assert mine["preferences"]["DEAL_WON"]["chat"] == "now"
    theirs = api.data("GET", f"{path}?user=sales_rep@acme.test")
    assert theirs == mine
    body = {"preferences": {"DEAL_WON": {"chat": "off"}}}
    assert api.call("PUT", f"{path}?user=sales_rep@acme.test", body).status_code == 403
    assert api.call("GET", f"{path}?user={ADMIN}", token=rep).status_code == 403
    assert api.call("GET", f"{path}?user=admin@bolt.test").status_code == 404


@pytest.mark.parametrize(
    ("wanted", "field"),
    [
        ({"NOPE": {"chat": "now"}}, "NOPE"),
        ({"DEAL_WON": {"pigeon": "now"}}, "pigeon"),
        ({"DEAL_WON": {"in_app": "digest"}}, "in_app"),
    ],
)
def test_unknown_types_channels_and_modes_are_named(
    api: Api, wanted: dict[str, dict[str, str]], field: str
) -> None:
    answer = api.call("PUT", preferences.PATH, {"preferences": wanted})

    assert answer.status_code == 400
    assert field in str(answer.get_json()["details"])


def test_a_lock_of_the_admin_is_obeyed(api: Api) -> None:
    rep = api.token("sales_rep")
    lock = {"defaults": {"DEAL_WON": {"chat": {"mode": "off", "locked": True}}}}

    assert api.call("PUT", preferences.DEFAULTS_PATH, lock, token=rep).status_code == 403
    assert api.data("PUT", preferences.DEFAULTS_PATH, lock)["defaults"]["DEAL_WON"]["chat"]["locked"]
    body = {"preferences": {"DEAL_WON": {"chat": "now"}}}
    assert api.call("PUT", preferences.PATH, body, token=rep).status_code == 400
    assert (
        api.data("GET", preferences.DEFAULTS_PATH, token=rep)["defaults"]["DEAL_WON"]["chat"]["mode"] == "off"
    )


def test_where_no_mail_can_be_sent_none_is_chosen_and_none_is_said_to_be_sent(api: Api) -> None:
    mails = {"preferences": {"DEAL_WON": {"email": "now"}}}
    assert api.data("PUT", preferences.PATH, mails)["unavailable"] == {}
    api.database.carried[MISSING] = {EMAIL: "MAIL_FROM"}

    sent = api.data("POST", PATH, one())
    assert sent["channels"]["email"] is False
    assert "MAIL_FROM" in sent["errors"]["email"]

    shown = api.data("GET", preferences.PATH)
    assert shown["preferences"]["DEAL_WON"]["email"] == "now"
    assert shown["unavailable"] == {"email": "MAIL_FROM"}
    assert api.data("GET", preferences.DEFAULTS_PATH)["unavailable"] == {"email": "MAIL_FROM"}
    for path, body in (
        (preferences.PATH, {"preferences": {"DEAL_LOST": {"email": "now"}}}),
        (preferences.DEFAULTS_PATH, {"defaults": {"DEAL_LOST": {"email": {"mode": "now"}}}}),
    ):
        refused = api.call("PUT", path, body)
        assert refused.status_code == 400
        assert "MAIL_FROM" in refused.get_json()["error"]
    assert api.data("PUT", preferences.PATH, mails)["preferences"]["DEAL_WON"]["email"] == "now"
