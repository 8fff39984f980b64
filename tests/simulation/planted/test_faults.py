"""The simulation finds what is planted into the engine: else a green seed would say little."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

import pytest

from tests.simulation.ground import Ground, memory_folder
from tests.simulation.planted.faults import FAULTS
from tests.simulation.world import run_seed

# A seed that finds the fault.
FOUND_BY: Final = {
    "a webhook is acknowledged though it was not stored": 2,
    "a repeated webhook is another event": 1,
    "a delivery of a batch is forgotten": 2,
    "a 429 counts as delivered": 2,
    "a 409 ABORTED counts as delivered": 5,
    "a 503 counts as delivered": 2,
    "a closed space counts as delivered": 5,
    "each attempt has ids of its own": 1,
    "all cards go to one space": 1,
    "a space is written without rest": 2,
    "a mute is ignored": 1,
    "quiet hours are ignored": 4,
    "what is urgent is held, too": 12,
    "a digest is ignored": 1,
}


@pytest.fixture
def ground(migrated_sqlite: Path) -> Iterator[Ground]:
    with TemporaryDirectory(dir=memory_folder()) as name, Ground(Path(name), migrated_sqlite) as made:
        yield made


def test_each_planted_fault_has_a_seed() -> None:
    assert FOUND_BY.keys() == FAULTS.keys()


@pytest.mark.parametrize(("name", "seed"), FOUND_BY.items())
def test_a_planted_fault_is_found(
    name: str, seed: int, ground: Ground, monkeypatch: pytest.MonkeyPatch
) -> None:
    FAULTS[name](monkeypatch)

    assert run_seed(seed, ground).violations != []
