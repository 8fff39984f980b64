"""Shared fixtures: a migrated database of either kind, two tenants in it, and a vault."""

from __future__ import annotations

import gc
import logging
import os
import shutil
import sys
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import NamedTuple

import pytest
import structlog
from hypothesis import HealthCheck, settings
from structlog.dev import ConsoleRenderer, plain_traceback

from models.database import migrate
from models.database.engine import Database
from models.security.audit import Auditor
from models.security.keys import KeyRing
from models.security.request_origin import REQUEST_ORIGIN
from models.security.vault import Vault
from models.tables import Tenant
from tests.machine.ram import use_ram
from tests.machine.shared_apps import share_apps
from tests.machine.shared_dialects import share_dialects
from tests.postgresql import Databases, NoServer, server

use_ram()
# Of the workers that tests start: each more process takes half a second of CPU.
os.environ.setdefault("DELIVERY_PROCESSES", "1")

NOT_RUN = "NOT RUN: PostgreSQL"
KINDS = ("sqlite", "postgresql")

# A busy machine generates examples slowly; their speed is not under test.
settings.register_profile("steady", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("steady")


AUDIT_KEY = b"a key of the tests"
# With Python's own (700, 10, 10) a quarter of the time of all tests went into looking through the whole heap.
THRESHOLDS = (50_000, 20, 10)
SWITCH_S = sys.getswitchinterval()
gc.set_threshold(*THRESHOLDS)
# With `rich`, which comes with another tool, a traceback in colours takes half a second.
ConsoleRenderer.get_active().exception_formatter = plain_traceback


@pytest.fixture(scope="session", autouse=True)
def shared_by_all_tests() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        share_dialects(patch)
        share_apps(patch)
        yield


@pytest.fixture(scope="session")
def postgresql() -> Iterator[Databases]:
    """A PostgreSQL server for the whole run; without one, tests that need it are skipped with a notice."""
    try:
        with server() as url:
            databases = Databases(url)
            yield databases
            databases.close()
    except NoServer as missing:
        pytest.skip(f"{NOT_RUN}: {missing}")


@pytest.fixture(scope="session")
def migrated_sqlite(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A migrated SQLite file to copy."""
    file = tmp_path_factory.mktemp("template") / "template.db"
    database = Database(f"sqlite:///{file}")
    migrate.upgrade(database)
    database.close()
    return file


@pytest.fixture(params=KINDS)
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """The URL of a migrated, empty database, once of each kind."""
    if request.param == "sqlite":
        file = tmp_path / "pipenotify.db"
        shutil.copyfile(request.getfixturevalue("migrated_sqlite"), file)
        yield f"sqlite:///{file}"
        return
    databases: Databases = request.getfixturevalue("postgresql")
    with databases.fresh() as url:
        yield url


@pytest.fixture(params=KINDS)
def bare_database(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Database]:
    """An empty database without any table, once of each kind."""
    if request.param == "sqlite":
        made = Database(f"sqlite:///{tmp_path / 'bare.db'}")
        yield made
        made.close()
        return
    databases: Databases = request.getfixturevalue("postgresql")
    with databases.fresh(migrated=False) as url:
        made = Database(url)
        yield made
        made.close()


@pytest.fixture
def database(database_url: str) -> Iterator[Database]:
    """A migrated, empty database, once on SQLite and once on PostgreSQL."""
    made = Database(database_url, Auditor(AUDIT_KEY))
    yield made
    made.close()


@pytest.fixture
def empty_database(database: Database, request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Database]:
    """An empty database without any table, of the same kind as `database`."""
    with ExitStack() as kept:
        if database.is_sqlite:
            url = f"sqlite:///{tmp_path / 'empty.db'}"
        else:
            databases: Databases = request.getfixturevalue("postgresql")
            url = kept.enter_context(databases.fresh(migrated=False))
        made = Database(url)
        yield made
        made.close()


def pytest_collection_finish() -> None:
    """Leave all modules, which live as long as the run, out of all collections."""
    gc.collect()
    gc.freeze()


@pytest.fixture(autouse=True)
def usual_interpreter() -> Iterator[None]:
    """Undo what a process that serves sets (`models.interpreter`): later tests would keep all memory."""
    yield
    sys.setswitchinterval(SWITCH_S)
    if gc.get_threshold() != THRESHOLDS:
        gc.unfreeze()
        gc.set_threshold(*THRESHOLDS)


@pytest.fixture(autouse=True)
def no_request() -> Iterator[None]:
    """Forget the request that a test made: what the next one does in this thread belongs to none."""
    yield
    REQUEST_ORIGIN.set(None)


class TwoTenants(NamedTuple):
    """The ids of two tenants, so that a test sees what leaks from one to the other."""

    ours: int
    theirs: int


@pytest.fixture
def tenants(database: Database) -> TwoTenants:
    with database.writing_all() as session:
        ours, theirs = Tenant(name="Acme", monthly_limit=None), Tenant(name="Umbrella", monthly_limit=None)
        session.add_all([ours, theirs])
    return TwoTenants(ours.id, theirs.id)


@pytest.fixture
def vault() -> Vault:
    return Vault(KeyRing({"test": bytes(range(32))}))


@pytest.fixture
def auditor() -> Auditor:
    return Auditor(AUDIT_KEY)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Print what this machine could not test."""
    skipped = terminalreporter.stats.get("skipped", [])
    without = [report for report in skipped if NOT_RUN in str(report.longrepr)]
    if without:
        terminalreporter.write_line(f"{NOT_RUN}, {len(without)} tests were skipped", red=True, bold=True)


@pytest.fixture
def logs_as_before() -> Iterator[None]:
    """Whatever a test sets up of the logs ends with it."""
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    yield
    root.handlers[:] = handlers
    root.setLevel(level)
    structlog.reset_defaults()
