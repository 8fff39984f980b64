"""One running product of each kind for all scenarios; every test is a customer of its own."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Final

import pytest

from tests.conftest import KINDS
from tests.postgresql import Databases
from tests.scenarios.acme import Acme, acme_of
from tests.stack import Stack


class Running:
    """The product on one database: started by the first test, ended when the next test stands elsewhere."""

    def __init__(self, folder: Path, databases: Databases | None = None) -> None:
        self._folder, self._databases = folder, databases
        self._open = ExitStack()
        self._stack: Stack | None = None

    def get(self) -> Stack:
        if self._stack is None:
            url = self._open.enter_context(self._databases.fresh()) if self._databases else None
            folder = Path(tempfile.mkdtemp(dir=self._folder))
            self._stack = self._open.enter_context(Stack(folder, url))
            self._stack.start_web()
            self._stack.start_worker()
        return self._stack

    def end(self) -> None:
        self._stack = None
        self._open.close()


_ALL_RUNNING: Final[list[Running]] = []


@pytest.hookimpl(trylast=True)
def pytest_runtest_teardown(nextitem: pytest.Item | None) -> None:
    """End what runs once the scenarios are over: an idle worker takes a part of a core from other tests."""
    if nextitem is not None and not nextitem.path.is_relative_to(Path(__file__).parent):
        for running in _ALL_RUNNING:
            running.end()


@contextmanager
def _kept(running: Running) -> Iterator[Running]:
    _ALL_RUNNING.append(running)
    yield running
    _ALL_RUNNING.remove(running)
    running.end()


@pytest.fixture(scope="session")
def running_sqlite(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    with _kept(Running(tmp_path_factory.mktemp("sqlite"))) as running:
        yield running


@pytest.fixture(scope="session")
def running_postgresql(postgresql: Databases, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    with _kept(Running(tmp_path_factory.mktemp("postgresql"), postgresql)) as running:
        yield running


@pytest.fixture
def sqlite_stack(running_sqlite: Running) -> Stack:
    return running_sqlite.get()


@pytest.fixture(params=KINDS)
def stack(request: pytest.FixtureRequest) -> Iterator[Stack]:
    """The running product: web, a worker and an embedded Redis; its log is shown when a test fails."""
    kept: Running = request.getfixturevalue(f"running_{request.param}")
    running = kept.get()
    yield running
    running.show()
    assert running.stderr() == ""
    assert running.errors() == []


@pytest.fixture
def acme(stack: Stack) -> Acme:
    return acme_of(stack)
