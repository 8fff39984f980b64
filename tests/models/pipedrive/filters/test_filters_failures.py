"""Which conditions keep a filter from holding."""

from typing import Any

import pytest

from models.pipedrive.filters.filters import parse
from tests.models.pipedrive.filters.test_filters import NO, OPEN, YES
from tests.models.pipedrive.webhook import NAMES, known, v2


@pytest.mark.parametrize(
    ("tree", "ops"),
    [
        (None, 0),
        (YES, 0),
        (NO, 1),
        (OPEN, 1),
        ({"all": [YES, NO]}, 1),
        ({"all": [NO, OPEN, NO]}, 2),
        ({"any": [NO, YES]}, 0),
        ({"any": [NO, OPEN]}, 2),
        ({"all": [YES, {"any": [NO, NO]}]}, 2),
        ({"not": YES}, 1),
        ({"not": OPEN}, 1),
        ({"not": {"any": [YES, NO]}}, 1),
        ({"not": {"all": [YES, YES]}}, 2),
        ({"not": {"all": [YES, NO]}}, 0),
    ],
)
def test_conditions_in_the_way_are_found_and_two_are_many(tree: Any, ops: int) -> None:
    change = known(v2(previous={"title": "x"}), NAMES)
    made = parse(tree, ("deal",), NAMES)
    assert len(made.failures(change, NAMES)) == ops
    assert (ops == 0) is (made.decide(change, NAMES).holds is True)
