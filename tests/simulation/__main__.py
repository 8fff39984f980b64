"""`python -m tests.simulation`: runs seeds of the simulation; one that fails prints its story."""

from __future__ import annotations

import argparse
import os
import sys
import time
from concurrent.futures import ProcessPoolExecutor
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

from tests.simulation.ground import Ground, memory_folder, migrated
from tests.simulation.world import Outcome, run_seed


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.simulation", description=__doc__)
    parser.add_argument("--seed", type=int, help="run this one and print its story")
    parser.add_argument("--seeds", type=int, default=200, help="run so many")
    parser.add_argument("--first", type=int, default=1, help="begin with this one")
    parser.add_argument("--processes", type=int, default=os.cpu_count(), help="run so many at the same time")
    args = parser.parse_args()
    with TemporaryDirectory(dir=memory_folder()) as name:
        folder = Path(name)
        template = migrated(folder)
        if args.seed is not None:
            with Ground(folder, template) as ground:
                return _show(run_seed(args.seed, ground))
        return _run(folder, template, range(args.first, args.first + args.seeds), args.processes)


def _show(outcome: Outcome) -> int:
    print(outcome.story)
    print(f"\nseed {outcome.seed}: {len(outcome.violations)} violations")
    print("\n".join(outcome.violations))
    return int(bool(outcome.violations))


def _run(folder: Path, template: Path, seeds: range, processes: int) -> int:
    began, failed = time.monotonic(), 0
    with ProcessPoolExecutor(processes) as pool:
        folders, templates = [folder] * len(seeds), [template] * len(seeds)
        for outcome in pool.map(_run_here, seeds, folders, templates, chunksize=5):
            if outcome.violations:
                failed += 1
                print(f"{outcome.story}\nseed {outcome.seed}: {'; '.join(outcome.violations)}", flush=True)
    took = time.monotonic() - began
    print(f"{len(seeds)} seeds, {failed} failed, {took:.0f} s. Again: python -m tests.simulation --seed N")
    return int(bool(failed))


def _run_here(seed: int, folder: Path, template: Path) -> Outcome:
    return run_seed(seed, _ground_here(folder, template))


@cache
def _ground_here(folder: Path, template: Path) -> Ground:
    """Return the ground of this process."""
    own = folder / str(os.getpid())
    own.mkdir()
    return Ground(own, template)


if __name__ == "__main__":
    sys.exit(main())
