"""A separate product for each fault test, because the test breaks it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.conftest import KINDS
from tests.postgresql import Databases
from tests.stack import Stack


@pytest.fixture
def sqlite_stack(tmp_path: Path) -> Iterator[Stack]:
    """Only the simulations and an empty SQLite database: each test starts what it breaks."""
    with Stack(tmp_path) as stack:
        stack.is_noisy = True
        yield stack


@pytest.fixture
def postgresql_stack(postgresql: Databases, tmp_path: Path) -> Iterator[Stack]:
    with postgresql.fresh() as url, Stack(tmp_path, url) as stack:
        stack.is_noisy = True
        yield stack


@pytest.fixture(params=KINDS)
def stack(request: pytest.FixtureRequest) -> Stack:
    found: Stack = request.getfixturevalue(f"{request.param}_stack")
    return found
