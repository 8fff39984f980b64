"""Each noun through REST: the same actions as in Chat, in the envelope of all answers."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Final, get_args

import pytest

import web.api.nouns
from models.rules.queries import RULE_STATES
from tests.web.api.conftest import Api
from web.api.nouns.rule_schemas import BulkBody

DOCS: Final = Path(__file__).parents[3] / "docs" / "api.md"
RULES = "/admin/rules"
LOST = {"name": "Lost", "on": "deal.lost", "to": ["Wall"], "when": None, "urgent": True}
assert web.api.nouns.__doc__


def test_a_rule_is_made_read_changed_and_deleted(api: Api) -> None:
    made = api.data("POST", RULES, LOST)
    assert {name: made[name] for name in LOST} == LOST
    assert (made["version"], made["created_by"], made["template"]) == (1, "admin@acme.test", "compact")
    one = f"{RULES}/{made['id']}"
    assert api.data("GET", one) == made

    assert api.data("PUT", one, made | {"urgent": False})["urgent"] is False
    assert api.data("PATCH", one, {"name": "Losses", "is_active": False})["enabled"] is False
    gone = api.data("DELETE", one)
    assert (gone["name"], gone["version"]) == ("Losses", 3)
    assert api.call("GET", one).status_code == 404


def test_a_priority_is_set_kept_by_other_changes_and_exported(api: Api) -> None:
    made = api.data("POST", RULES, LOST | {"priority": 1000})
    one = f"{RULES}/{made['id']}"
    assert made["priority"] == 1000
    assert api.data("PATCH", one, {"name": "Losses"})["priority"] == 1000
    assert "priority: 1000" in api.data("GET", f"{RULES}/export")["document"]
    assert api.data("PATCH", one, {"priority": -5})["priority"] == -5
    assert api.data("PUT", one, LOST)["priority"] == 0


@pytest.mark.parametrize("way", ["body", "header"])
@pytest.mark.parametrize("method", ["PUT", "PATCH", "DELETE"])
def test_a_stale_version_changes_nothing_and_shows_what_is_there(api: Api, method: str, way: str) -> None:
    made = api.data("POST", RULES, LOST)
    one = f"{RULES}/{made['id']}"
    present = api.data("PATCH", one, {"name": "Changed meanwhile"})
    body: Any = {"PUT": LOST, "PATCH": {"name": "Mine"}, "DELETE": None}[method]
    if way == "header" or body is None:
        answer = api.call(method, one, body, headers={"If-Match": '"1"'})
    else:
        answer = api.call(method, one, body | {"version": 1})

    assert (answer.status_code, answer.get_json()["code"]) == (409, "CONFLICT")
    assert answer.get_json()["details"]["current"] == present
    assert api.call("GET", one).headers["ETag"] == '"2"'
    assert api.data("PATCH", one, {"name": "Mine", "version": 2})["name"] == "Mine"


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"on": "deal.wonn"}, "on"),
        ({"to": ["Nowhere"]}, "to[0]"),
        ({"when": {"all": [{"field": "value", "op": "resembles", "value": 1}]}}, "when.all[0].op"),
        ({"urgent": "yes"}, "urgent"),
        ({"priority": 1001}, "priority"),
        ({"priority": True}, "priority"),
        ({"owner": "me"}, "owner"),
        ({"name": ""}, "name"),
    ],
)
def test_what_does_not_fit_is_named_by_its_field(api: Api, change: dict[str, Any], field: str) -> None:
    for method, path in (("POST", RULES), ("PATCH", f"{RULES}/{api.data('GET', RULES)[0]['id']}")):
        body = LOST | change if method == "POST" else change
        answer = api.call(method, path, body)
        assert (answer.status_code, answer.get_json()["code"]) == (400, "VALIDATION_ERROR")
        assert answer.get_json()["details"][0]["field"].startswith(field)


def test_rules_are_filtered_and_turned_by_pages_and_cursors(api: Api) -> None:
    for number in range(5):
        api.data("POST", RULES, LOST | {"name": f"Rule {number}", "enabled": number % 2 == 0})

    first = api.call("GET", f"{RULES}?limit=4").get_json()
    assert first["pagination"] == first["meta"]
    assert first["meta"] | {"next": None} == {"total": 6, "page": 1, "limit": 4, "next": None}
    api.data("DELETE", f"{RULES}/{first['data'][3]['id']}")
    rest = api.call("GET", f"{RULES}?limit=4&cursor={first['meta']['next']}").get_json()
    assert [rule["name"] for rule in rest["data"]] == ["Rule 3", "Rule 4"]
    assert rest["meta"]["next"] is None
    assert [each["name"] for each in api.data("GET", f"{RULES}?page=2&limit=3")] == ["Rule 3", "Rule 4"]
    assert len(api.data("GET", f"{RULES}?status=off")) == 2
    assert [each["name"] for each in api.data("GET", f"{RULES}?event_type=deal.won")] == ["Wins"]
    assert api.data("GET", f"{RULES}?q=wins&fields=name") == [{"name": "Wins"}]


def test_a_list_that_did_not_change_is_not_sent_again(api: Api) -> None:
    tag = api.call("GET", RULES).headers["ETag"]

    assert api.call("GET", RULES, headers={"If-None-Match": tag}).status_code == 304


def test_a_sales_rep_changes_only_their_own(api: Api) -> None:
    rep = api.token("sales_rep")
    theirs = api.data("POST", RULES, LOST | {"to": ["sales_rep@acme.test"]}, token=rep)
    wins = api.data("GET", RULES, token=rep)[0]["id"]

    assert api.call("PATCH", f"{RULES}/{wins}", {"urgent": True}, token=rep).status_code == 403
    assert api.call("POST", RULES, LOST | {"name": "Other"}, token=rep).status_code == 403
    assert api.data("PATCH", f"{RULES}/{theirs['id']}", {"urgent": False}, token=rep)["version"] == 2


def test_rules_are_tested_switched_in_bulk_and_looked_back(api: Api) -> None:
    wins = api.data("GET", RULES)[0]["id"]

    assert api.data("POST", f"{RULES}/{wins}/test") == {"to": ["Deals", "Wall"]}
    bulk = {"ids": [wins], "action": "disable"}
    assert api.data("POST", f"{RULES}/bulk", bulk) == {"changed": ["Wins"], "refused": []}
    for status, is_on in RULE_STATES.items():
        change = bulk | {"action": "resume" if is_on else "pause"}
        api.data("POST", f"{RULES}/bulk", change)
        assert "Wins" in [rule["name"] for rule in api.data("GET", f"{RULES}?status={status}")]
    api.data("POST", f"{RULES}/bulk", bulk)
    found = api.data("POST", f"{RULES}/{wins}/backtest", {"days": 30})
    assert (found["fired"], found["examples"], found["go_on"]) == (0, [], None)


def test_the_documentation_names_every_change_of_many_rules() -> None:
    (line,) = [each for each in DOCS.read_text().splitlines() if each.startswith("| `rules/bulk`")]
    words = get_args(BulkBody.model_fields["action"].annotation)
    assert len(words) > 4
    assert [each for each in words if f"`{each}`" not in line] == []


def test_rules_move_in_bulk_from_one_place_to_another(api: Api) -> None:
    rule = api.data("GET", RULES)[0]
    assert rule["to"] == ["spaces/acme", "Wall"]
    move = {"ids": [rule["id"]], "action": "move", "from": "spaces/acme", "to": "Wall"}
    assert api.data("POST", f"{RULES}/bulk", move) == {"changed": ["Wins"], "refused": []}
    assert api.data("GET", f"{RULES}/{rule['id']}")["to"] == ["Wall"]
    for wrong in ({"to": "Nowhere"}, {"action": "disable"}):
        assert api.call("POST", f"{RULES}/bulk", move | wrong).status_code == 400


def test_rules_are_exported_and_imported_again(api: Api) -> None:
    document = api.data("GET", f"{RULES}/export")["document"]
    api.data("POST", RULES, LOST)

    looked = api.data("POST", f"{RULES}/import", {"document": document, "dry_run": True})
    assert looked["changes"] == ['- rule "Lost"']
    assert len(api.data("GET", RULES)) == 2
    api.data("POST", f"{RULES}/import", {"document": document})
    assert len(api.data("GET", RULES)) == 1
    wrong = api.call("POST", f"{RULES}/import", {"document": "rules: [{name: x}]"})
    assert wrong.get_json()["details"][0]["field"].startswith("rules[0]")


def test_the_same_key_does_it_once_and_another_body_is_refused(api: Api) -> None:
    key = {"Idempotency-Key": "order 66"}
    first = api.call("POST", RULES, LOST, headers=key)
    again = api.call("POST", RULES, LOST, headers=key)
    other = api.call("POST", RULES, LOST | {"name": "Other"}, headers=key)
    unkeyed = api.call("POST", RULES, LOST)

    assert first.status_code == again.status_code == 201
    assert first.get_json() == again.get_json()
    assert (other.status_code, unkeyed.status_code) == (409, 409)
    assert len(api.data("GET", RULES)) == 2
    assert api.call("POST", RULES, LOST, headers={"Idempotency-Key": "x" * 256}).status_code == 400


def test_parts_of_quiet_hours_and_of_stalled_settings_are_changed_and_the_rest_stays(api: Api) -> None:
    window = {"scope": "tenant", "from": "19:00", "until": "08:00", "days": ["mon"], "timezone": "UTC"}
    made = api.data("POST", "/admin/quiet-hours", window)
    one = f"/admin/quiet-hours/{made['id']}"

    assert api.data("PATCH", one, {"let_urgent_through": False}) == made | {"let_urgent_through": False}
    changed = api.data("PATCH", one, {"from": "20:00", "days": ["tue"]})
    assert (changed["from"], changed["until"], changed["days"]) == ("20:00", "08:00", ["tue"])
    refused: list[dict[str, Any]] = [{"from": "8"}, {"days": []}, {"timezone": None}, {"until": "20:00"}]
    for wrong in [*refused, {"place": "here"}]:
        assert api.call("PATCH", one, wrong).status_code == 400
    assert api.data("GET", one) == changed

    before = api.data("PUT", "/admin/stalled-settings", {"thresholds": [5, 9]})
    assert api.data("PATCH", "/admin/stalled-settings", {"at": "08:30"}) == before | {"at": "08:30"}
    assert api.call("PATCH", "/admin/stalled-settings", {"thresholds": None}).status_code == 400


def test_a_repeat_with_the_same_key_has_the_version_of_the_first(api: Api) -> None:
    key = {"Idempotency-Key": "once"}
    body = {"name": "Once", "on": "deal.lost", "to": ["Wall"]}
    first, again = (api.call("POST", "/admin/rules", body, headers=key) for _ in range(2))

    assert first.headers["ETag"] == again.headers["ETag"] == '"1"'
