"""The OAuth endpoints over a real database and a simulated Pipedrive."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from models.database.engine import Database
from tests.web.consenting import Bench, bench


@pytest.fixture
def deps(database: Database, database_url: str, tmp_path: Path) -> Iterator[Bench]:
    with bench(database, database_url, tmp_path) as made:
        yield made
