"""The promises of the engine hold in every world: kills, a refusing Chat, people who change their minds."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from tests.rules.house import ROOT
from tests.simulation.ground import Ground, memory_folder
from tests.simulation.world import run_seed

SEEDS = 20  # in one test, a second of CPU each; `make simulate` runs as many as wanted


@pytest.fixture
def ground(migrated_sqlite: Path) -> Iterator[Ground]:
    with TemporaryDirectory(dir=memory_folder()) as name, Ground(Path(name), migrated_sqlite) as made:
        yield made


@pytest.mark.parametrize("first", range(1, SEEDS, 10))
def test_all_promises_are_kept(first: int, ground: Ground) -> None:
    for seed in range(first, first + 10):
        outcome = run_seed(seed, ground)
        again = f"python -m tests.simulation --seed {seed}"
        assert outcome.violations == [], f"{outcome.story}\n{outcome.violations}\nagain: {again}"


def test_a_seed_tells_the_same_story_each_time(ground: Ground) -> None:
    stories = {run_seed(11, ground).story for _ in range(2)}

    assert len(stories) == 1


def test_the_story_does_not_hang_on_hashes() -> None:
    command = (sys.executable, "-m", "tests.simulation", "--seed", "11")
    stories = [
        subprocess.run(
            command, cwd=ROOT, env=os.environ | {"PYTHONHASHSEED": number}, capture_output=True, check=False
        ).stdout
        for number in ("1", "2")
    ]

    assert b"0 violations" in stories[0]
    assert stories[0] == stories[1]
