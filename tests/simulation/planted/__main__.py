"""`python -m tests.simulation.planted`: plants each fault and prints how many seeds it took to find it."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from tests.simulation.ground import Ground, memory_folder, migrated
from tests.simulation.planted.faults import FAULTS
from tests.simulation.world import run_seed


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.simulation.planted", description=__doc__)
    parser.add_argument("--seeds", type=int, default=1000, help="try so many for each fault")
    parser.add_argument("--first", type=int, default=1, help="begin with this one")
    parser.add_argument("--only", default="", help="only faults with this in their names")
    args = parser.parse_args()
    folder = TemporaryDirectory(dir=memory_folder())
    with folder as name, Ground(Path(name), migrated(Path(name))) as ground:
        chosen = [each for each in FAULTS if args.only in each]
        seeds = range(args.first, args.first + args.seeds)
        missed = [name for name in chosen if not _is_found(name, seeds, ground)]
    print(f"{len(chosen) - len(missed)} of {len(chosen)} faults were found")
    return int(bool(missed))


def _is_found(name: str, seeds: range, ground: Ground) -> bool:
    """Plant a fault, and run seeds until one finds it."""
    with pytest.MonkeyPatch.context() as patch:
        FAULTS[name](patch)
        for count, seed in enumerate(seeds, start=1):
            if violations := run_seed(seed, ground).violations:
                print(f"{name:<55} seed {seed:>5} (number {count}): {violations[0][:90]}", flush=True)
                return True
    print(f"{name:<55} not found in {len(seeds)} seeds", flush=True)
    return False


if __name__ == "__main__":
    sys.exit(main())
