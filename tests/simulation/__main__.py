"""`python -m tests.simulation`: runs seeds of the simulation; one that fails prints its story."""

from __future__ import annotations

import argparse
import sys
import time
from pathlib import Path
from tempfile import TemporaryDirectory

from tests.simulation.ground import Ground, memory_folder
from tests.simulation.world import run_seed


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.simulation", description=__doc__)
    parser.add_argument("--seed", type=int, help="run this one and print its story")
    parser.add_argument("--seeds", type=int, default=200, help="run so many")
    parser.add_argument("--first", type=int, default=1, help="begin with this one")
    args = parser.parse_args()
    with TemporaryDirectory(dir=memory_folder()) as name, Ground(Path(name)) as ground:
        if args.seed is not None:
            return _show(args.seed, ground)
        return _run(range(args.first, args.first + args.seeds), ground)


def _show(seed: int, ground: Ground) -> int:
    outcome = run_seed(seed, ground)
    print(outcome.story)
    print(f"\nseed {seed}: {len(outcome.violations)} violations")
    print("\n".join(outcome.violations))
    return int(bool(outcome.violations))


def _run(seeds: range, ground: Ground) -> int:
    began, failed = time.monotonic(), 0
    for seed in seeds:
        outcome = run_seed(seed, ground)
        if outcome.violations:
            failed += 1
            print(f"{outcome.story}\nseed {seed}: {'; '.join(outcome.violations)}", flush=True)
    took = time.monotonic() - began
    print(f"{len(seeds)} seeds, {failed} failed, {took:.0f} s. Again: python -m tests.simulation --seed N")
    return int(bool(failed))


if __name__ == "__main__":
    sys.exit(main())
