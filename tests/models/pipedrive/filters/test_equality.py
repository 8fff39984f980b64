from typing import Any

import pytest

from models.pipedrive.declaration import Kind
from models.pipedrive.filters.equality import either, equals, has_any, opposite
from models.pipedrive.filters.operands import many, one
from models.pipedrive.filters.values import Many, Named, Unknown, Verdict

DOUBT = Unknown("nobody knows")


def saying(verdict: Verdict) -> Any:
    return lambda _: verdict


@pytest.mark.parametrize(
    ("verdicts", "expected"),
    [
        ([False, True], True),
        ([DOUBT, True], True),
        ([DOUBT, False], DOUBT),
        ([False, False], False),
        ([], False),
    ],
)
def test_either_keeps_the_doubt_only_without_a_yes(verdicts: list[Verdict], expected: Verdict) -> None:
    assert either([saying(each) for each in verdicts])("x") is expected


@pytest.mark.parametrize(("verdict", "expected"), [(True, False), (False, True), (DOUBT, DOUBT)])
def test_opposite_of_doubt_is_doubt(verdict: Verdict, expected: Verdict) -> None:
    assert opposite(saying(verdict))("x") is expected


@pytest.mark.parametrize(
    ("kind", "value", "asked", "expected"),
    [
        (Kind.SET, Many(frozenset(), frozenset({"1"}), frozenset({"1"}), ("id 1",)), [1], True),
        (Kind.SET, Many(frozenset(), frozenset({"1"}), frozenset({"1"}), ("id 1",)), [3], False),
        (Kind.CHOICE, Named("1", None), 3, False),
        (Kind.CHOICE, Named("1", None), 1, True),
    ],
)
def test_a_number_asks_for_an_id_which_needs_no_name(
    kind: Kind, value: Any, asked: Any, expected: bool
) -> None:
    wanted = many(kind, asked) if kind is Kind.SET else one(kind, asked)
    found = has_any(wanted)(value) if kind is Kind.SET else equals(kind, wanted)(value)
    assert found is expected


def test_text_may_be_the_name_nobody_has_told_yet() -> None:
    assert isinstance(equals(Kind.CHOICE, one(Kind.CHOICE, "Gold"))(Named("1", None)), Unknown)
