"""What every check has: a name of its own, texts, and no finding in a sound deal."""

from __future__ import annotations

import pytest

from models.nudges.checks import CHECKS, CheckScope
from models.nudges.checks.check import check
from models.nudges.facts import Fix
from tests.models.nudges.facts_of import facts


def test_there_are_ten() -> None:
    assert len(CHECKS) == 10
    assert len({each.gravity for each in CHECKS.values()}) == 10


@pytest.mark.parametrize("name", CHECKS)
def test_a_sound_deal_lacks_nothing(name: str) -> None:
    each = CHECKS[name]
    assert each.look(facts(is_open=each.scope is not CheckScope.LOST)) is None


def test_a_name_is_taken_once() -> None:
    with pytest.raises(ValueError, match="two checks"):
        check("no_value", gravity=1, text="", line="", fix=Fix.VALUE)(lambda _facts: None)
