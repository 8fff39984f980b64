"""Replays by REST: started, watched and cancelled, one of a team at a time; fields that are not there."""

from __future__ import annotations

import pytest

from tests.web.api.conftest import ACME, BOLT, Api
from tests.web.api.objects import add_objects
from web.api.nouns.logs import REPLAYS


def test_a_replay_is_started_watched_and_cancelled(api: Api) -> None:
    add_objects(api, "acme")
    assert api.data("GET", REPLAYS) == []

    started = api.data("POST", REPLAYS, {"status": "failed"})
    assert (started["state"], started["done"], started["total"]) == ("waiting", 0, 1)
    assert (started["started_by"], started["status"]) == ("admin@acme.test", "dead")
    assert [each["id"] for each in api.data("GET", REPLAYS)] == [started["id"]]

    another = api.call("POST", REPLAYS, {"status": "failed"})
    assert another.status_code == 400
    assert another.get_json()["error"] == "Another replay is running. Wait for its end, or cancel it."
    cancelled = api.data("DELETE", f"{REPLAYS}/{started['id']}")
    assert cancelled["state"] == "cancelled"
    assert api.data("DELETE", f"{REPLAYS}/{started['id']}") == cancelled
    assert api.data("GET", f"{REPLAYS}/{started['id']}") == cancelled
    assert api.data("GET", REPLAYS) == []


def test_nothing_to_send_again_starts_nothing(api: Api) -> None:
    answer = api.call("POST", REPLAYS, {"rule": "No such rule"})

    assert (answer.status_code, answer.get_json()["error"]) == (400, "There is nothing to send again.")


def test_of_another_team_nothing_is_seen(api: Api) -> None:
    add_objects(api, BOLT)
    theirs = api.data("POST", REPLAYS, {}, token=api.token("admin", BOLT))

    assert api.data("GET", REPLAYS) == []
    assert api.call("DELETE", f"{REPLAYS}/{theirs['id']}").status_code == 404
    assert api.data("GET", REPLAYS, token=api.token("admin", BOLT)) == [theirs]


def test_what_was_removed_keeps_its_name_and_has_no_id_any_more(api: Api) -> None:
    ids = add_objects(api, ACME).ids
    log, rule, place = (str(ids[noun]) for noun in ("logs", "rules", "webhooks"))
    before = api.data("GET", f"/admin/logs/{log}")
    assert (before["rule_id"], before["webhook_id"]) == (rule, place)
    figures = api.data("GET", "/analytics/rules/me"), api.data("GET", "/analytics/channels/me")
    assert [[row["id"] for row in rows] for rows in figures] == [[rule], [place]]

    for path in (f"/admin/rules/{rule}", f"/admin/webhooks/{place}"):
        version = api.call("GET", path).headers["ETag"]
        assert api.call("DELETE", path, headers={"If-Match": version}).status_code < 300

    after = api.data("GET", f"/admin/logs/{log}")
    assert (after["rule_id"], after["webhook_id"]) == (None, None)
    assert (after["rule"], after["webhook"]) == (before["rule"], before["webhook"])
    assert [row["rule_id"] for row in api.data("GET", "/admin/logs")] == [None]
    for noun, row in zip(("rules", "channels"), figures, strict=True):
        (left,) = api.data("GET", f"/analytics/{noun}/me")
        assert (left["id"], left["name"]) == (None, row[0]["name"])


def test_a_reader_of_the_log_sends_nothing_again(api: Api) -> None:
    for method in ("GET", "POST"):
        body: dict[str, str] | None = {} if method == "POST" else None
        assert api.call(method, REPLAYS, body, token=api.token("analyst")).status_code == 403


@pytest.mark.parametrize("path", [REPLAYS, "/admin/logs", "/admin/rules", "/admin/mutes"])
def test_fields_that_are_not_there_are_refused_also_where_a_list_is_empty(api: Api, path: str) -> None:
    answer = api.call("GET", f"{path}?fields=id,colour")

    assert answer.status_code == 400
    assert answer.get_json()["details"] == [{"field": "fields", "message": "there is no field 'colour'"}]
    assert api.call("GET", f"{path}?fields=id").status_code == 200
