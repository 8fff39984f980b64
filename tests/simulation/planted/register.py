"""The list of planted faults: what plants each of them, by its name."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

import pytest

Plant = Callable[[pytest.MonkeyPatch], None]
FAULTS: Final[dict[str, Plant]] = {}


def fault(name: str) -> Callable[[Plant], Plant]:
    """Register what plants the fault of a name."""

    def register(plant: Plant) -> Plant:
        FAULTS[name] = plant
        return plant

    return register
