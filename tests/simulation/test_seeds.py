"""The promises of the engine hold in every world: kills, a refusing Chat, people who change their minds."""

from __future__ import annotations

import pytest

from tests.simulation.ground import Ground
from tests.simulation.world import run_ten


@pytest.mark.parametrize("first", range(1, 101, 10))
def test_all_promises_are_kept(first: int, ground: Ground) -> None:
    assert run_ten(first, ground) == ""
