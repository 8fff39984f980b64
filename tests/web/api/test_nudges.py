"""Nudges by REST: the caller's own lines, and the settings of the team."""

from __future__ import annotations

from tests.web.api.conftest import Api
from web.api import nudges


def test_settings_are_read_and_changed_in_parts(api: Api) -> None:
    assert api.data("GET", nudges.PATH)["on"] is False
    assert api.data("PUT", nudges.PATH, {"on": True, "checks": ["no_value"]})["checks"] == ["no_value"]
    changed = api.data("PATCH", nudges.PATH, {"limits": {"stuck_days": 5}})
    assert (changed["limits"]["stuck_days"], changed["on"]) == (5, True)
    again = api.data("PATCH", nudges.PATH, {"limits": {"idle_days": 3}})["limits"]
    assert (again["stuck_days"], again["idle_days"]) == (5, 3)
    assert api.call("PATCH", nudges.PATH, {"at": "8"}).status_code == 400
    assert api.call("PUT", nudges.PATH, {"on": True}, token=api.token("sales_rep")).status_code == 403


def test_who_was_asked_nothing_has_no_lines(api: Api) -> None:
    assert api.data("GET", nudges.LINES) == []
    assert api.data("GET", "/admin/nudge-counts") == []
