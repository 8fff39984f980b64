from itertools import combinations
from typing import Any

import pytest

from models.pipedrive.entity import ENTITIES
from models.pipedrive.types import (
    EVENT_TYPES,
    WILDCARDS,
    check,
    entities_of,
    last_types,
    main_type,
    main_types,
    wants,
)
from tests.models.pipedrive.webhook import NAMES, changed, known, v2

STATUS = ["deal.won", "deal.lost", "deal.reopened"]


@pytest.mark.parametrize(
    ("old", "new", "fires"),
    [
        ("open", "won", ["deal.won"]),
        ("lost", "won", ["deal.won"]),
        ("won", "won", []),
        ("open", "lost", ["deal.lost"]),
        ("won", "open", ["deal.reopened"]),
        ("lost", "open", ["deal.reopened"]),
        ("open", "open", []),
        (None, "open", []),
        (None, "won", ["deal.won"]),
    ],
)
def test_status_fires_once_when_it_turns(old: str | None, new: str, fires: list[str]) -> None:
    change = changed({"status": old}, status=new)
    assert [one for one in change.types if one in STATUS] == fires
    assert change.types[0] == "deal.updated"


def test_editing_a_won_deal_is_only_an_update() -> None:
    assert changed({"title": "Old"}, status="won").types == ("deal.updated",)


def test_deal_created_as_won_is_created_and_won() -> None:
    assert known(v2("create", data={"status": "won"})).types == ("deal.created", "deal.won")


@pytest.mark.parametrize(
    ("previous", "data", "expected"),
    [
        ({"stage_id": 2}, {"stage_id": 1}, True),
        ({"stage_id": 1}, {"stage_id": 2}, False),
        ({"stage_id": 7, "pipeline_id": 2}, {"stage_id": 1}, False),
        ({"stage_id": 2, "pipeline_id": 1}, {"stage_id": 7, "pipeline_id": 2}, False),
        ({"title": "Old"}, {}, False),
        ({"stage_id": 99}, {"stage_id": 1}, None),
        ({"stage_id": None}, {"stage_id": 1}, None),
    ],
)
def test_moving_back_needs_one_pipeline_and_a_known_order(
    previous: dict[str, Any], data: dict[str, Any], expected: bool | None
) -> None:
    change = known(v2(previous=previous, data=data), NAMES)
    assert ("deal.stage_regressed" in change.types) is (expected is True)
    assert [kind for kind, _ in change.doubts] == (["deal.stage_regressed"] if expected is None else [])


def test_v1_brings_the_order_of_stages_itself() -> None:
    now = {"id": 8, "stage_id": 1, "stage_order_nr": 1, "pipeline_id": 1}
    meta = {"action": "updated", "object": "deal", "id": 8}
    body = {"meta": meta, "current": now, "previous": {**now, "stage_id": 2, "stage_order_nr": 2}}
    assert "deal.stage_regressed" in known(body).types


@pytest.mark.parametrize(
    ("entity", "previous", "data", "types"),
    [
        ("deal", {"value": 1}, {}, ("deal.updated", "deal.value_changed")),
        ("deal", {"owner_id": None}, {}, ("deal.updated", "deal.owner_changed")),
        ("lead", {"owner_id": 1}, {"owner_id": 2}, ("lead.updated", "lead.assigned")),
        ("lead", {"is_archived": False}, {"is_archived": True}, ("lead.updated", "lead.converted")),
        ("lead", {"is_archived": True}, {"is_archived": False}, ("lead.updated",)),
        ("activity", {"done": False}, {"done": True}, ("activity.updated", "activity.done")),
        ("activity", {"done": True}, {"done": True}, ("activity.updated",)),
        ("activity", {"done": True}, {"done": False}, ("activity.updated",)),
        ("product", {"name": "Old"}, {"name": "New"}, ("product.updated",)),
    ],
)
def test_derived_types_follow_from_what_was_touched(
    entity: str, previous: dict[str, Any], data: dict[str, Any], types: tuple[str, ...]
) -> None:
    assert known(v2(entity=entity, previous=previous, data=data)).types == types


@pytest.mark.parametrize("entity", ["deal", "person", "organization"])
def test_survivor_of_a_merge_is_merged(entity: str) -> None:
    body = v2(entity=entity, previous={}, merged_from_id="9")
    assert known(body).types == (f"{entity}.updated", f"{entity}.merged")


def test_leads_cannot_be_merged() -> None:
    assert known(v2(entity="lead", previous={}, merged_from_id="9")).types == ("lead.updated",)
    assert check("lead.merged") == [("on", "unknown event type 'lead.merged', did you mean 'deal.merged'?")]


@pytest.mark.parametrize(
    ("on", "types", "wanted"),
    [
        ("deal.won", ("deal.updated", "deal.won"), True),
        (["deal.lost", "deal.updated"], ("deal.updated", "deal.won"), True),
        ("deal.lost", ("deal.updated", "deal.won"), False),
        ("deal.*", ("deal.updated",), True),
        ("lead.*", ("deal.updated",), False),
        ("*", ("note.created",), True),
        ("deal.*", (), False),
        ([], ("deal.updated",), False),
    ],
)
def test_rule_wants_exact_types_and_wildcards(on: Any, types: tuple[str, ...], wanted: bool) -> None:
    assert wants(on, types) is wanted


@pytest.mark.parametrize(
    ("on", "wanted"),
    [
        ("lead.*", False),
        ("*", False),
        (["*", "lead.*"], False),
        ("lead.scored", True),
        (["*", "lead.scored"], True),
    ],
)
def test_a_score_reaches_only_rules_that_name_it(on: Any, wanted: bool) -> None:
    assert wants(on, ("lead.scored",)) is wanted


@pytest.mark.parametrize("on", [*EVENT_TYPES, *WILDCARDS, ["deal.won", "lead.*"]])
def test_known_types_can_be_saved(on: Any) -> None:
    assert check(on) == []


@pytest.mark.parametrize(
    ("on", "problem"),
    [
        ("*.created", ("on", "unknown event type '*.created', did you mean")),
        ("deal.wonn", ("on", "unknown event type 'deal.wonn', did you mean 'deal.won'?")),
        (["deal.won", "nonsense"], ("on[1]", "unknown event type 'nonsense'")),
        ([], ("on", "needs at least one event type")),
        (7, ("on", "an event type is text like 'deal.won', not int")),
        (None, ("on", "an event type is text like 'deal.won', not NoneType")),
    ],
)
def test_unknown_types_are_refused_by_name(on: Any, problem: tuple[str, str]) -> None:
    ((path, message),) = check(on)
    assert path == problem[0]
    assert message.startswith(problem[1])


def test_base_types_of_every_entity_exist_once() -> None:
    assert len(EVENT_TYPES) == len(set(EVENT_TYPES))
    assert {"user.deleted", "project.updated", "deal.stalled", "organization.merged"} <= set(EVENT_TYPES)


@pytest.mark.parametrize(
    ("on", "expected"),
    [("deal.won", ("deal",)), (["note.*", "deal.won"], ("deal", "note")), ("lead.*", ("lead",))],
)
def test_entities_of_a_rule(on: Any, expected: tuple[str, ...]) -> None:
    assert entities_of(on) == expected
    assert len(entities_of("*")) == 11


@pytest.mark.parametrize(
    ("on", "inside", "outside"),
    [
        ("deal.won", {"deal.won", "deal.value_changed", "deal.merged"}, {"deal.created", "deal.updated"}),
        ("deal.stage_regressed", {"deal.stage_changed"}, {"deal.won"}),
        ("deal.deleted", {"deal.deleted"}, {"deal.won", "deal.created"}),
        (["lead.*", "deal.merged"], {"lead.created", "deal.merged"}, {"deal.value_changed", "note.created"}),
        ("deal.updated", {"deal.updated", "deal.stalled"}, {"lead.created"}),
    ],
)
def test_a_rule_can_match_only_changes_with_these_last_types(
    on: Any, inside: set[str], outside: set[str]
) -> None:
    found = last_types(on)
    assert found is not None
    assert inside <= found
    assert not outside & found


def test_a_rule_for_everything_excludes_no_last_type() -> None:
    assert last_types(["deal.won", "*"]) is None


@pytest.mark.parametrize("verb", ENTITIES["deal"].derived)
def test_no_change_of_a_type_has_another_main_type_than_these(verb: str) -> None:
    wanted = main_types(f"deal.{verb}")
    for others in (more for size in range(4) for more in combinations(ENTITIES["deal"].derived, size)):
        types = (
            "deal.updated",
            *(f"deal.{each}" for each in ENTITIES["deal"].derived if each in (*others, verb)),
        )
        assert wanted is not None
        assert main_type(types) in wanted


def test_a_rule_for_one_rare_type_excludes_nearly_every_main_type() -> None:
    assert main_types("deal.won") == frozenset({"deal.won"})
    several = main_types(["deal.lost", "lead.converted"]) or frozenset()
    assert several >= {"deal.lost", "deal.won", "lead.converted"}
    assert "deal.value_changed" not in several


@pytest.mark.parametrize("on", ["*", "deal.*", "deal.updated", ["deal.won", "deal.created"]])
def test_a_rule_for_any_change_excludes_no_main_type(on: Any) -> None:
    assert main_types(on) is None
