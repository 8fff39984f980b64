"""Sorts the tests into suites, by what they need: `pytest -m unit`, `integration`, `e2e` or `load`."""

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
SERVERS: Final = frozenset(
    {"database", "postgresql", "redis", "embedded_redis", "fake_chat", "fake_pipedrive"}
)


def suite_of(path: Path, fixtures: Iterable[str]) -> str:
    """Name the suite of a test without a mark of its own, by its folder and by the servers it asks for."""
    folder = path.relative_to(HERE).parts[0] if path.is_relative_to(HERE) else ""
    return BY_FOLDER.get(folder) or ("unit" if SERVERS.isdisjoint(fixtures) else "integration")


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark every test with exactly one suite, before `-m` chooses among them."""
    for item in items:
        if not any(item.get_closest_marker(suite) for suite in SUITES):
            item.add_marker(suite_of(item.path, getattr(item, "fixturenames", ())))
