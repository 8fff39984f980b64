"""A seed is one story, on every machine and each time; else it could not be seen again."""

from __future__ import annotations

import os
import subprocess
import sys

from tests.rules.house import ROOT
from tests.simulation.ground import Ground
from tests.simulation.world import run_seed


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
