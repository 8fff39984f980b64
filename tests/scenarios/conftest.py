"""One running product of each kind for all scenarios; every test is a customer of its own."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.conftest import KINDS
from tests.postgresql import Databases
from tests.scenarios.acme import Acme, acme_of
from tests.stack import Stack


@contextmanager
def _running(folder: Path, database_url: str | None = None) -> Iterator[Stack]:
    with Stack(folder, database_url) as stack:
        stack.start_web()
        stack.start_worker()
        yield stack


@pytest.fixture(scope="package")
def sqlite_stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    with _running(tmp_path_factory.mktemp("sqlite")) as stack:
        yield stack


@pytest.fixture(scope="package")
def postgresql_stack(postgresql: Databases, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    with postgresql.fresh() as url, _running(tmp_path_factory.mktemp("postgresql"), url) as stack:
        yield stack


@pytest.fixture(params=KINDS)
def stack(request: pytest.FixtureRequest) -> Iterator[Stack]:
    """The running product: web, a worker and an embedded Redis; its log is shown when a test fails."""
    running: Stack = request.getfixturevalue(f"{request.param}_stack")
    yield running
    running.show()
    assert running.stderr() == ""
    assert running.errors() == []


@pytest.fixture
def acme(stack: Stack) -> Acme:
    return acme_of(stack)
