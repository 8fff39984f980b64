"""Assigns the tests to suites by what they need, and to the databases they run on.

`pytest -m unit`, `integration`, `e2e` or `load` selects a suite. Tests with a database always run on SQLite,
and on PostgreSQL if SQL itself is under test (`ON_BOTH`). With `--postgresql all` all of them do,
with `--postgresql rest` only those that are otherwise left out.
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Final

import pytest

HERE: Final = Path(__file__).parent
SUITES: Final = ("unit", "integration", "e2e", "load")
BY_FOLDER: Final = {
    "scenarios": "e2e",
    "browser": "e2e",
    "faults": "integration",
}
# Folders whose tests are about SQL, locks, transactions, or the engine that depends on them.
ON_BOTH: Final = (
    "models",
    "jobs/deliveries",
    "jobs/events",
    "jobs/connections",
    "jobs/to_pipedrive",
    "faults",
)
ON_BOTH_FILES: Final = (
    "jobs/test_drain.py",
    "jobs/test_drain_step.py",
    "jobs/test_sweeper.py",
    "scenarios/test_tenants_apart.py",
)
POSTGRESQL: Final = ("some", "all", "rest")
SERVERS: Final = frozenset(
    {"database", "postgresql", "redis", "embedded_redis", "fake_chat", "fake_pipedrive"}
)


def suite_of(path: Path, fixtures: Iterable[str]) -> str:
    """Return the suite of a test without a mark of its own, by its folder and its fixtures."""
    folder = path.relative_to(HERE).parts[0] if path.is_relative_to(HERE) else ""
    return BY_FOLDER.get(folder) or ("unit" if SERVERS.isdisjoint(fixtures) else "integration")


def is_about_sql(path: Path) -> bool:
    """Return whether the tests of a file run on both databases in every run."""
    place = path.relative_to(HERE).as_posix() if path.is_relative_to(HERE) else ""
    return place in ON_BOTH_FILES or any(place.startswith(f"{folder}/") for folder in ON_BOTH)


def is_wanted(path: Path, which: str, *, on_postgresql: bool) -> bool:
    """Return whether a test runs; `which` is one of POSTGRESQL."""
    if which == "all":
        return True
    is_usual = not on_postgresql or is_about_sql(path)
    return is_usual if which == "some" else not is_usual


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--postgresql", choices=POSTGRESQL, default="some", help="which tests run on PostgreSQL")


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Mark every test with exactly one suite, and deselect the databases that were not requested."""
    which = config.getoption("--postgresql")
    dropped = [
        item for item in items if not is_wanted(item.path, which, on_postgresql=_runs_on_postgresql(item))
    ]
    if dropped:
        config.hook.pytest_deselected(items=dropped)
        items[:] = [item for item in items if item not in set(dropped)]
    for item in items:
        if not any(item.get_closest_marker(suite) for suite in SUITES):
            item.add_marker(suite_of(item.path, getattr(item, "fixturenames", ())))


def _runs_on_postgresql(item: pytest.Item) -> bool:
    """Return whether one of the test's parameters selects PostgreSQL (`tests.conftest.KINDS`)."""
    callspec = getattr(item, "callspec", None)
    return callspec is not None and any(each == "postgresql" for each in callspec.params.values())
