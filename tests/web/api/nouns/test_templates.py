"""Templates through REST: what Chat refuses is refused here, and the answer names the field and the line."""

from __future__ import annotations

import json
from typing import Any

import pytest
from sqlalchemy import select

from models.errors import InvalidRulesFile
from models.rules_file import load
from models.security.vault import Vault
from models.tables.rules import Rule
from tests.web.api.conftest import ACME, BOLT, Api

TEMPLATES, RULES = "/admin/templates", "/admin/rules"
# Each of these would hold up a worker, or fail for every card.
RUNAWAYS = {
    "{% for i in (1..100000000) %}x{% endfor %}": "ranges like (1..5) are not allowed",
    "{% if deal %}" * 12 + "x" + "{% endif %}" * 12: "the template is nested too deep",
    "{% assign s = 'aaaaaaaaaa' %}" + "{% assign s = s | append: s %}" * 30: "a text grew too long",
    "{{ dael.title }}": "unknown name 'dael'",
}
LINE = "(line 1 of the template)"


@pytest.mark.parametrize("source", RUNAWAYS)
def test_a_runaway_template_is_refused_with_its_field_and_nothing_is_stored(api: Api, source: str) -> None:
    one = api.data("GET", TEMPLATES)[0]
    calls = [
        ("POST", TEMPLATES, {"name": "New", "liquid": source}),
        ("PUT", f"{TEMPLATES}/{one['id']}", {"name": "Look", "liquid": source}),
        ("PATCH", f"{TEMPLATES}/{one['id']}", {"liquid": source}),
    ]
    for method, path, body in calls:
        refused = api.call(method, path, body)
        assert refused.status_code == 400
        details = refused.get_json()["details"]
        assert [each["field"] for each in details] == ["liquid"]
        assert RUNAWAYS[source].casefold() in details[0]["message"].casefold()
    for team in (ACME, BOLT):
        stored = api.data("GET", TEMPLATES, token=api.token("admin", team))
        assert [(each["name"], each["liquid"]) for each in stored] == [("Look", "{{ title }}")]


@pytest.mark.parametrize("source", RUNAWAYS)
def test_a_rule_with_a_runaway_text_is_refused(api: Api, source: str) -> None:
    body = {"name": "New", "on": ["deal.won"], "to": ["Wall"], "template": {"liquid": source}}
    refused = api.call("POST", RULES, body)

    assert refused.status_code == 400
    assert [each["field"] for each in refused.get_json()["details"]] == ["template.liquid"]
    assert RUNAWAYS[source] in refused.get_json()["details"][0]["message"]
    assert [each["name"] for each in api.data("GET", RULES)] == ["Wins"]


@pytest.mark.parametrize("source", RUNAWAYS)
def test_a_document_with_a_runaway_text_is_refused(api: Api, vault: Vault, source: str) -> None:
    rule: dict[str, Any] = {"name": "Wins", "on": ["deal.won"], "to": ["Wall"]}
    documents = [
        {"rules": [rule | {"template": {"liquid": source}}]},
        {"templates": [{"name": "Look", "liquid": source}], "rules": [rule]},
    ]
    for document in documents:
        refused = api.call("POST", f"{RULES}/import", {"document": json.dumps(document)})
        assert refused.status_code == 400
        assert RUNAWAYS[source] in refused.get_json()["details"][0]["message"]
        with pytest.raises(InvalidRulesFile) as wrong:
            load(api.database, vault, [("", json.dumps({"tenant": ACME, **document}))], dry_run=False)
        assert RUNAWAYS[source] in wrong.value.problems[0]


def test_every_field_that_is_wrong_is_named(api: Api) -> None:
    refused = api.call("POST", TEMPLATES, {"name": "Compact", "liquid": "{{ dael }} {{ title | shout }}"})

    fields = [(each["field"], each["message"]) for each in refused.get_json()["details"]]
    assert fields == [
        ("name", "“Compact” is a look that every team has; choose another name."),
        ("liquid", f"Unknown filter 'shout' {LINE}."),
        ("liquid", f"Unknown name 'dael' {LINE}."),
    ]


def test_decimals_of_a_number_pass_the_check_and_are_drawn(api: Api) -> None:
    """The check took them, and drawing raised AttributeError: the preview answered 500."""
    one = api.data("GET", TEMPLATES)[0]
    seen = api.data("POST", f"{TEMPLATES}/{one['id']}/preview", {"liquid": "{{ 12500 | number: 2 }}"})

    assert seen["html"] == "12,500.00"
    assert seen["problems"] == []


def test_a_preview_that_fails_in_a_way_nobody_foresaw_says_so(
    api: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object) -> None:
        raise KeyError("inner words")

    monkeypatch.setattr("bot.cards.template.simple_html", fail)
    one = api.data("GET", TEMPLATES)[0]
    seen = api.data("POST", f"{TEMPLATES}/{one['id']}/preview", {"liquid": "{{ title }}"})

    assert seen["problems"] == ["It fails for this event: the template does not work"]


def test_a_rule_whose_template_is_refused_today_can_be_changed_otherwise(api: Api) -> None:
    """A later release may refuse what an earlier one took."""
    stored = "{% include 'x' %}"
    with api.database.writing_all() as session:
        rule = session.scalars(select(Rule).where(Rule.tenant_id == api.tenants[ACME])).one()
        rule.look, rule.liquid = "custom", stored
    for change in ({"enabled": False}, {"name": "Other"}, {"template": {"liquid": stored}, "urgent": True}):
        changed = api.data("PATCH", f"{RULES}/{rule.id}", change)
        assert changed | change == changed
    refused = api.call("PATCH", f"{RULES}/{rule.id}", {"template": {"liquid": stored + "!"}})
    assert [each["field"] for each in refused.get_json()["details"]] == ["template.liquid"]
