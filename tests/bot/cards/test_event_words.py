"""No card shows what only programs read: ids, words of enumerations, times of machines."""

from __future__ import annotations

import json
import re
from copy import deepcopy
from dataclasses import replace
from typing import Any, Final

import pytest

from bot.cards.event import event_card
from bot.text.card_lines import change_lines
from bot.text.changes import line, touched
from models.pipedrive.change import CATCH_UP, Change, read
from models.pipedrive.declaration import Kind
from models.pipedrive.entity import ENTITIES
from models.pipedrive.local_time import in_zone
from models.pipedrive.names import NO_NAMES, Names
from tests.cards import text
from tests.changes import NAMES, told
from tests.models.pipedrive.webhook import SAMPLES

ALL: Final = 99  # lines of changes
_ID: Final = re.compile(r"(?:^|_)ids?$|^(?:label|channel|visible_to|category|industry)$")
_FIRST: Final = 7_100_000  # every id in the bodies is one above, which no other number is
_NEVER: Final = re.compile(
    r"7[,.]?100[,.]?\d{3}|\(ids?\)|ManuallyCreated|[a-z]_[a-z]|\bNone\b|\bnull\b|\{|nothing →|\bUTC\b"
    r"|\d{4}-\d\d-\d\d|\d\d:\d\d:\d\d"
)


def shown(change: Change, names: Names) -> str:
    """Return all that people read of a change: both looks of its card, and its line in a summary."""
    cards = [event_card(change, names, look=look, rule_name="Moves") for look in ("compact", "detailed")]
    all_lines = change_lines(change, touched(change, names), ALL)
    return "\n".join(
        [*map(text, cards), *(card.fallback_text for card in cards), line(change, names), *all_lines]
    )


@pytest.mark.parametrize("names", [NAMES, NO_NAMES], ids=["names", "no_names"])
@pytest.mark.parametrize(
    ("entity", "key"),
    [
        (entity.key, each.where)
        for entity in ENTITIES.values()
        for each in entity.declared
        if each.is_internal
    ],
)
def test_no_card_shows_an_id_or_says_that_one_changed(entity: str, key: str, names: Names) -> None:
    old, new = ([_FIRST + 1], [_FIRST + 2]) if key.endswith("_ids") else (_FIRST + 1, _FIRST + 2)
    now: dict[str, Any] = {ENTITIES[entity].title: "Globex", key: new}
    change = told(entity, previous={key: old}, **now)

    assert not _NEVER.search(shown(change, names))
    if len(change.types) == 1:
        assert f"{ENTITIES[entity].label} changed" in shown(change, names)


@pytest.mark.parametrize(
    ("entity", "previous", "now", "said"),
    [
        (
            "activity",
            {"update_user_id": 8, "subject": "Old"},
            {"subject": "Call"},
            "Activity changed: Subject",
        ),
        ("activity", {"update_user_id": 8}, {"subject": "Call"}, "Activity changed"),
        ("lead", {"next_activity_id": 12}, {"title": "Call", "next_activity_id": 15}, "Lead changed"),
        ("project", {"label_ids": [5]}, {"title": "Call", "label_ids": [5, 6]}, "Project changed"),
        ("deal", {"origin": "API"}, {"title": "Call", "origin": "ManuallyCreated"}, "Deal changed"),
        ("deal", {"visible_to": "1"}, {"title": "Call", "visible_to": "3"}, "Deal changed"),
        ("lead", {"origin": "API"}, {"title": "Call", "origin": "ManuallyCreated"}, "Lead changed"),
        ("product", {"category": "26"}, {"name": "Call", "category": "27"}, "Product changed: Category"),
        (
            "organization",
            {"industry": None},
            {"name": "Call", "industry": 12},
            "Organization changed: Industry",
        ),
    ],
)
def test_a_summary_names_no_field_that_is_only_an_id(
    entity: str, previous: dict[str, Any], now: dict[str, Any], said: str
) -> None:
    change = told(entity, previous=previous, update_user_id=7, **now)

    assert line(change, NAMES).removeprefix("Call: ").partition(", €")[0] == said
    lines = change_lines(change, touched(change, NAMES), ALL)
    assert lines == (["Subject: Old → Call"] if "subject" in previous else [])


def test_names_that_are_known_are_shown_as_before() -> None:
    change = told(previous={"stage_id": 1, "owner_id": 8, "pipeline_id": 9, "label_ids": []})

    assert change_lines(change, touched(change, NAMES), ALL) == [
        "Qualified → Negotiation",
        "Owner: Ben → Ada",
        "Pipeline: Sales",
        "Labels: Hot",
    ]


def test_a_category_by_its_name_is_shown() -> None:
    change = told("product", previous={"category": "Fruit"}, name="Pear", category="Retail")

    assert change_lines(change, touched(change, NAMES), ALL) == ["Category: Fruit → Retail"]


@pytest.mark.parametrize("raw", [12, "12", "11,12", [11, 12], {"type": "varchar_options", "id": 12}])
def test_options_of_a_custom_field_that_nobody_knows_are_no_numbers_on_a_card(raw: object) -> None:
    change = told(previous={"custom_fields": {"c" * 40: None}}, custom_fields={"c" * 40: raw})

    assert "12" not in shown(change, NAMES).replace("€12,500", "")
    assert "Custom field" in line(change, NAMES)


def test_a_typed_number_of_a_custom_field_stays() -> None:
    raw = {"type": "double", "value": 978}
    change = told(previous={"custom_fields": {"c" * 40: None}}, custom_fields={"c" * 40: raw})

    assert change_lines(change, touched(change, NAMES), ALL) == ["Custom field: 978"]


def test_stage_and_owner_that_a_body_names_itself_are_shown_with_their_old_names() -> None:
    change = flat(stage_name="Qualified", owner_name="Zed")

    assert change_lines(change, touched(change, NO_NAMES), ALL) == [
        "Qualified → Proposal Made",
        "Owner: Zed → John Smith",
    ]
    for look in ("compact", "detailed"):
        assert "Qualified → Proposal Made" in text(event_card(change, NO_NAMES, look=look))
    assert line(flat(owner_name="Zed"), NO_NAMES) == "ACME: Deal owner: Zed → John Smith, $25,000"


def flat(**previous: str) -> Change:
    """Return a change of the body that senders write by hand."""
    current = {"id": 123, "title": "ACME", "value": 25000, "currency": "USD"}
    current |= {"stage_name": "Proposal Made", "owner_name": "John Smith"}
    body = {"event": "deal.updated", "current": current, "previous": previous, "user": {"name": "John Smith"}}
    change = read({**body, "company_id": 1})
    assert change is not None
    return change


def published() -> dict[str, dict[str, Any]]:
    if not SAMPLES.is_dir():
        pytest.skip(f"NO SAMPLES: {SAMPLES} is absent, so no published body was tested")
    bodies = {path.stem: json.loads(path.read_text()) for path in sorted(SAMPLES.glob("v[12]_*.json"))}
    assert len(bodies) > 30
    return {name: body.get("body", body) for name, body in bodies.items()}


@pytest.mark.parametrize("are_all_changed", [False, True], ids=["as_published", "all_changed"])
def test_no_card_of_a_published_body_says_what_people_never_say(*, are_all_changed: bool) -> None:
    for name, body in published().items():
        marked = _with_marked_ids(body)
        now = "data" if "data" in marked else "current"
        if are_all_changed and marked[now]:
            marked["previous"] = {key: _other(key, value) for key, value in marked[now].items()}
        change = read(marked)
        assert change is not None
        local = in_zone(change, "Europe/Prague")
        for each in (local, replace(local, change_source=CATCH_UP)):
            found = _NEVER.search(shown(each, NO_NAMES))
            assert found is None, (name, found, shown(each, NO_NAMES))


def _with_marked_ids(body: dict[str, Any]) -> dict[str, Any]:
    found = deepcopy(body)
    for side in ("data", "current", "previous"):
        if found.get(side):
            found[side] = {key: _marked(key, value) for key, value in found[side].items()}
    return found


def _marked(key: str, value: Any) -> Any:
    if isinstance(value, dict):
        return {inner: _marked(inner, each) for inner, each in value.items()}
    if isinstance(value, list):
        return [_marked(key, each) for each in value]
    if not _ID.search(key) or isinstance(value, bool):
        return value
    number = _FIRST + sum(map(ord, f"{key}{value}")) % 1000
    if isinstance(value, str):
        return str(number) if value.isdecimal() else f"x{number}"
    return number  # also where this body has none, for others have one there


def _other(key: str, value: Any) -> Any:
    """Return an old value that differs from the new one."""
    if isinstance(value, bool):
        return not value
    if isinstance(value, int | float):
        return value + 1
    if isinstance(value, str) and not _ID.search(key):
        return value.replace("2022-", "2021-") if value.startswith("2022-") else f"{value} before"
    return None if isinstance(value, dict | list) else value


def test_every_id_is_internal() -> None:
    for entity in ENTITIES.values():
        for each in entity.declared:
            assert each.is_internal or not (each.kind is Kind.ID or re.search(r"_ids?$", each.key))
