"""The check on the owner of a deal."""

from __future__ import annotations

import pytest

from models.nudges.checks.owner import orphan_owner
from tests.models.nudges.facts_of import facts


@pytest.mark.parametrize(("is_active", "is_found"), [(True, False), (False, True), (None, False)])
def test_a_deal_needs_an_owner_who_is_there(is_active: bool | None, *, is_found: bool) -> None:
    assert (orphan_owner(facts(owner_is_active=is_active)) is not None) is is_found
