"""Derived types, in the cases where it is not obvious whether they apply."""

from typing import Any

import pytest

from models.pipedrive.names import NO_NAMES, Name, Names
from tests.models.pipedrive.webhook import NAMES, known, v2

UNKNOWN_ORDER = (("deal.stage_regressed", "the order of the stages is not known"),)


def moved(old: Any, new: Any, names: Names, **previous: Any) -> tuple[tuple[str, ...], Any]:
    change = known(v2(data={"stage_id": new}, previous={"stage_id": old, **previous}), names)
    return change.types[2:], change.doubts


@pytest.mark.parametrize(
    ("old", "new", "regressed"),
    [
        (2, 1, ("deal.stage_regressed",)),
        (1, 2, ()),
        (2, 2, ()),
        (7, 1, ()),
        ("2", "1", ("deal.stage_regressed",)),
    ],
)
def test_a_step_back_is_one_within_a_pipeline(old: Any, new: Any, regressed: tuple[str, ...]) -> None:
    assert moved(old, new, NAMES) == (regressed, ())


@pytest.mark.parametrize(("old", "new"), [(99, 1), (2, 99), (None, 1)])
def test_an_unknown_stage_is_a_doubt_with_its_reason(old: Any, new: Any) -> None:
    assert moved(old, new, NAMES) == ((), UNKNOWN_ORDER)


def test_a_changed_pipeline_is_no_step_back_even_of_unknown_stages() -> None:
    assert moved(98, 99, NO_NAMES, pipeline_id=2) == ((), ())
    assert moved(98, 99, NO_NAMES) == ((), UNKNOWN_ORDER)


@pytest.mark.parametrize("order", [None, "1", True, [1]])
def test_an_order_that_is_no_number_is_no_order(order: Any) -> None:
    names = Names(
        {
            ("stage", "1"): Name("A", {"pipeline_id": "1", "order": order}),
            ("stage", "2"): Name("B", {"pipeline_id": "1", "order": 2}),
        }
    )
    assert moved(2, 1, names) == ((), UNKNOWN_ORDER)


def test_flat_bodies_move_by_the_names_of_stages() -> None:
    body = {
        "event": "deal.updated",
        "current": {"id": 8, "stage_name": "Qualified"},
        "previous": {"stage_name": "Negotiation"},
    }
    assert known(body, NAMES).types == ("deal.updated", "deal.stage_changed", "deal.stage_regressed")


def test_two_stages_of_one_name_are_a_doubt() -> None:
    twins = Names(NAMES | {("stage", "9"): Name("Qualified", {"pipeline_id": "2", "order": 0})})
    body = {
        "event": "deal.updated",
        "current": {"id": 8, "stage_name": "Qualified"},
        "previous": {"stage_name": "Negotiation"},
    }
    assert known(body, twins).doubts == UNKNOWN_ORDER


def test_v1_sends_the_order_along() -> None:
    body = {
        "meta": {"action": "updated", "object": "deal", "id": 8},
        "current": {"id": 8, "stage_id": 4, "stage_order_nr": 1, "pipeline_id": 1},
        "previous": {"id": 8, "stage_id": 5, "stage_order_nr": 2, "pipeline_id": 1},
    }
    assert known(body).types == ("deal.updated", "deal.stage_changed", "deal.stage_regressed")


@pytest.mark.parametrize(
    ("entity", "previous"),
    [("person", {"owner_id": 1}), ("organization", {"owner_id": 1}), ("note", {"done": False})],
)
def test_entities_have_only_the_types_they_declare(entity: str, previous: dict[str, Any]) -> None:
    assert known(v2(entity=entity, data={"owner_id": 2, "done": True}, previous=previous)).types == (
        f"{entity}.updated",
    )


@pytest.mark.parametrize("entity", ["note", "product", "pipeline", "lead"])
def test_entities_that_cannot_merge_say_no_merge(entity: str) -> None:
    assert known(v2(entity=entity, previous={}, merged_from_id=9)).types == (f"{entity}.updated",)


def test_what_a_body_says_itself_needs_no_proof_and_needs_notice_once() -> None:
    body = {"event": "deal.won", "current": {"id": 8, "status": "won"}, "previous": {"status": "open"}}
    assert known(body).types == ("deal.updated", "deal.won")


@pytest.mark.parametrize("verb", ["won", "stage_changed", "merged"])
def test_a_deletion_is_nothing_else(verb: str) -> None:
    deletion = known(v2("delete", data={"status": "won"}, merged_from_id=9))
    assert f"deal.{verb}" not in deletion.types
    assert deletion.types == ("deal.deleted",)
