"""Drafts of rules: all problems are reported at once, each with its path and a suggestion."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.database.engine import Database
from models.destinations.recipients import RECIPIENTS
from models.pipedrive.names import NO_NAMES
from models.rules.drafts import RuleDraft, Surroundings, check_draft, normalize_draft
from models.tables import Template, User
from tests.conftest import TwoTenants
from tests.models.rows import add, destination

AROUND = Surroundings({"Wall": 1, "spaces/A": 2}, {"Short": 1}, {"ada@example.com"})
SOUND = RuleDraft("Wins", ["deal.won"], None, ["Wall"], "compact")
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=8,
)


def problems_of(**columns: Any) -> dict[str, str]:
    return dict(check_draft(replace(SOUND, **columns), AROUND, NO_NAMES))


@pytest.mark.parametrize(
    "columns",
    [
        {},
        {"on": ["deal.*", "lead.created"]},
        {"when": {"field": "value", "op": "at_least", "value": 5}},
        {"to": ["Wall", "spaces/A", "ADA@example.com"]},
        {"to": [], "enabled": False},
        {"template": "Short"},
        {"template": {"liquid": "{{ deal.title }}"}},
        {"name": "x" * 100},
    ],
)
def test_a_valid_draft_has_no_problems(columns: dict[str, Any]) -> None:
    assert problems_of(**columns) == {}


@pytest.mark.parametrize(
    ("columns", "path", "words"),
    [
        ({"name": " "}, "name", "must have 1 to"),
        ({"name": "x" * 1000}, "name", "must have 1 to"),
        ({"on": ["deal.wonn"]}, "on[0]", "did you mean 'deal.won'?"),
        ({"on": ["*.created"]}, "on[0]", "unknown event type"),
        ({"on": []}, "on", "at least one"),
        ({"when": {"field": "value", "op": "resembles", "value": 5}}, "when.op", "resembles"),
        ({"when": {"field": "valeu", "op": "is", "value": 5}}, "when.field", "did you mean 'value'?"),
        ({"to": []}, "to", "at least one destination"),
        ({"to": ["Wall", "Wal"]}, "to[1]", "did you mean 'Wall'?"),
        ({"to": ["eve@example.com"]}, "to[0]", "unknown destination"),
        ({"template": "Shrt"}, "template", "did you mean 'Short'?"),
        ({"template": {"liquid": "{{ deal.title "}}, "template.liquid", ""),
        ({"template": {"liquid": 5}}, "template", "must be compact"),
        ({"template": {"liquid": "x", "more": 1}}, "template", "must be compact"),
        ({"name": "a\0b"}, "name", "cannot be kept"),
        ({"to": ["\ud800"]}, "to", "cannot be kept"),
        ({"when": {"field": "value", "op": "is", "value": float("nan")}}, "when", "cannot be kept"),
    ],
)
def test_each_problem_is_reported_at_its_path(columns: dict[str, Any], path: str, words: str) -> None:
    found = problems_of(**columns)
    assert words in found[path]


def test_all_problems_are_reported_at_once() -> None:
    unknown = {"field": "nothing", "op": "is", "value": 1}
    found = problems_of(name="", on=["x"], when=unknown, to=["y"], template="z")
    assert list(found) == ["name", "on[0]", "when.field", "to[0]", "template"]


@given(JSON)
def test_no_filter_makes_the_check_raise(when: Any) -> None:
    found = check_draft(replace(SOUND, when=when), AROUND, NO_NAMES)
    assert {path.partition(".")[0].partition("[")[0] for path, _ in found} <= {"when"}
    assert bool(found) or when is None or isinstance(when, dict)


def test_a_normalized_draft_is_trimmed_and_names_each_destination_once() -> None:
    draft = replace(
        SOUND, name=" Wins ", on=["deal.won", "deal.won"], to=["ADA@example.com", "Wall", "ada@example.com"]
    )
    assert normalize_draft(draft, AROUND) == replace(SOUND, to=["ada@example.com", "Wall"])


def test_a_destination_wins_over_a_person_of_that_name() -> None:
    around = Surroundings({"ADA@example.com": 1}, {}, {"ada@example.com"})
    assert around.destination_named("ADA@example.com") == "ADA@example.com"
    assert around.destination_named("aDa@example.com") == "ada@example.com"
    assert around.all_names() == ["ADA@example.com", "ada@example.com", *RECIPIENTS]


def test_only_names_of_the_tenant_are_accepted(database: Database, tenants: TwoTenants) -> None:
    for tenant_id, name in zip(tenants, ("Ours", "Theirs"), strict=True):
        add(
            database,
            destination(tenant_id, name),
            Template(tenant_id=tenant_id, name=f"{name} look", source="x"),
            User(tenant_id=tenant_id, email=f"{name.lower()}@example.com"),
        )
    theirs = replace(SOUND, to=["Theirs", "theirs@example.com"], template="Theirs look")
    ours = replace(SOUND, to=["Ours", "ours@example.com"], template="Ours look")
    with database.reading(tenants.ours) as session:
        around = Surroundings.read(session, tenants.ours)
    assert check_draft(ours, around, NO_NAMES) == []
    found = check_draft(theirs, around, NO_NAMES)
    assert [path for path, _ in found] == ["to[0]", "to[1]", "template"]
