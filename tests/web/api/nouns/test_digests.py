"""Scheduled reports by REST: set, listed and stopped, each team its own."""

from __future__ import annotations

from tests.web.api.conftest import BOLT, Api
from web.api.nouns.digests import REPORTS_PATH


def test_a_report_is_scheduled_listed_and_stopped(api: Api) -> None:
    body = {"scope": "user", "every": "weekly", "at": "09:00", "day": "mon", "by": "day"}
    made = api.data("POST", REPORTS_PATH, body)

    assert (made["every"], made["day"], made["by"], made["scope"]) == ("weekly", "mon", "day", "user")
    assert [each["id"] for each in api.data("GET", REPORTS_PATH)] == [made["id"]]
    again = api.data("PUT", REPORTS_PATH, body | {"at": "10:00"})
    assert (again["id"], again["at"]) == (made["id"], "10:00")
    other = api.token("admin", BOLT)
    assert api.data("GET", REPORTS_PATH, token=other) == []
    assert api.call("DELETE", f"{REPORTS_PATH}/{made['id']}", token=other).status_code == 404
    assert api.data("DELETE", f"{REPORTS_PATH}/{made['id']}")["id"] == made["id"]
    assert api.data("GET", REPORTS_PATH) == []


def test_what_cannot_be_scheduled_is_refused(api: Api) -> None:
    for body in ({"scope": "user", "every": "hourly"}, {"scope": "tenant", "every": "daily"}):
        assert api.call("POST", REPORTS_PATH, body).status_code == 400
    unknown = {"scope": "space", "space": "spaces/NONE", "every": "daily"}
    assert api.call("POST", REPORTS_PATH, unknown).status_code == 404
