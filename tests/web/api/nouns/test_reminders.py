"""Reminders and days off by REST: the caller's own, and those of the team."""

from __future__ import annotations

from datetime import timedelta

from models.clock import now
from tests.web.api.conftest import BOLT, Api
from web.api.nouns import reminders

SOON = (now() + timedelta(hours=2)).isoformat()


def test_a_program_sets_lists_and_cancels_the_reminders_of_its_person(api: Api) -> None:
    made = api.data("POST", reminders.PATH, {"at": SOON, "words": "call Jana", "in_hours": True})

    assert (made["words"], made["in_hours"], made["state"]) == ("call Jana", True, "waiting")
    assert [each["id"] for each in api.data("GET", reminders.PATH)] == [made["id"]]
    for other in (api.token("manager"), api.token("admin", BOLT)):
        assert api.data("GET", reminders.PATH, token=other) == []
        assert api.call("DELETE", f"{reminders.PATH}/{made['id']}", token=other).status_code == 404
    assert api.data("DELETE", f"{reminders.PATH}/{made['id']}")["state"] == "cancelled"
    assert api.data("GET", reminders.PATH) == []


def test_what_cannot_be_set_is_refused_with_its_field(api: Api) -> None:
    for body, field in (
        ({"at": "tomorrow", "words": "x"}, "at"),
        ({"at": SOON, "words": ""}, "words"),
        ({"at": SOON}, "words"),
    ):
        answer = api.call("POST", reminders.PATH, body)
        assert answer.status_code == 400
        assert field in str(answer.get_json()["details"])
    assert api.call("POST", reminders.PATH, {"at": "2020-01-01T00:00:00Z", "words": "x"}).status_code == 400


def test_days_off_of_the_team_need_the_right(api: Api) -> None:
    day = (now() + timedelta(days=9)).date().isoformat()

    assert api.call(
        "POST", reminders.DAYS_PATH, {"first": day, "team": True}, token=api.token("viewer")
    ).status_code == 403  # fmt: skip
    made = api.data("POST", reminders.DAYS_PATH, {"first": day, "team": True, "name": "Fair"})

    seen = api.data("GET", reminders.DAYS_PATH, token=api.token("viewer"))
    assert [(each["first"], each["last"], each["name"], each["team"]) for each in seen] == [
        (day, day, "Fair", True)
    ]
    assert api.data("GET", reminders.DAYS_PATH, token=api.token("admin", BOLT)) == []
    assert api.data("DELETE", f"{reminders.DAYS_PATH}/{made['id']}")["id"] == made["id"]
    assert api.call("POST", reminders.DAYS_PATH, {"first": "soon"}).status_code == 400
