"""The ground of the worlds that a test runs."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from tests.simulation.ground import Ground, memory_folder


@pytest.fixture
def ground(migrated_sqlite: Path) -> Iterator[Ground]:
    with TemporaryDirectory(dir=memory_folder()) as name, Ground(Path(name), migrated_sqlite) as made:
        yield made
