"""As `test_seeds`, in a file of its own: the gate runs files side by side. `make simulate` runs more."""

from __future__ import annotations

import pytest

from tests.simulation.ground import Ground
from tests.simulation.world import run_ten


@pytest.mark.parametrize("first", range(101, 201, 10))
def test_all_promises_are_kept(first: int, ground: Ground) -> None:
    assert run_ten(first, ground) == ""
