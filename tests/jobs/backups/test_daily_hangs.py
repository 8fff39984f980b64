"""A daily backup that hangs is given up and told of, and holds up no other worker."""

from __future__ import annotations

import threading
from pathlib import Path
from time import sleep
from typing import Any

import pytest
from sqlalchemy import text
from structlog.testing import capture_logs

from jobs.backups import daily
from jobs.backups.daily import LEASE, LEASE_NAME, DailyBackup
from models.database.engine import Database
from models.maintenance.job_leases import take_lease
from models.operating.backups import postgresql_dump
from models.operating.backups.pieces import BackupStopped
from models.settings import Settings
from tests.engine import HandClock
from tests.jobs.backups.test_daily import is_leased, names


def test_one_that_hangs_where_it_cannot_look_loses_its_lease(
    filled: Database, settings: Settings, clock: HandClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As while it writes to a disk that is away."""
    monkeypatch.setattr(daily, "RENEW_EVERY_S", 0.05)
    monkeypatch.setattr(daily, "MOST_SILENCE_S", 0.5)

    def hang(*_: object) -> list[str]:
        sleep(1.0)
        clock.advance(LEASE.total_seconds())
        sleep(0.5)  # it would be renewed many times
        with filled.writing_all() as session:
            assert take_lease(session, LEASE_NAME, "a third", clock.at, clock.at + LEASE)
        raise BackupStopped

    monkeypatch.setattr(daily, "back_up", hang)
    DailyBackup(filled, settings).step()
    assert is_leased(filled, clock)


def failure_of(job: DailyBackup) -> dict[str, Any]:
    """Return what was logged by a backup that gives itself up within seconds."""
    step = threading.Thread(target=job.step, daemon=True)
    with capture_logs() as logs:
        step.start()
        step.join(15.0)
        has_ended = not step.is_alive()
        job.interrupt()
        step.join(15.0)
    assert has_ended
    (failed,) = logs
    return dict(failed)


@pytest.mark.usefixtures("endless")
def test_a_dump_that_hangs_is_given_up_as_a_failure(
    postgresql_database: Database,
    settings: Settings,
    folder: Path,
    clock: HandClock,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(postgresql_dump, "MOST_SILENCE_S", 1.0)
    failed = failure_of(DailyBackup(postgresql_database, settings))
    assert (failed["event"], failed["log_level"]) == ("backup.failed", "error")
    assert "pg_dump wrote nothing" in failed["why"]
    assert names(folder) == []
    assert not is_leased(postgresql_database, clock)


def test_a_table_that_stays_locked_ends_the_backup_as_a_failure(
    postgresql_database: Database,
    settings: Settings,
    folder: Path,
    clock: HandClock,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(postgresql_dump, "MOST_SILENCE_S", 1.0)
    with postgresql_database.engine.connect().execution_options(schema_change=True) as other:
        other.execute(text("LOCK TABLE users IN ACCESS EXCLUSIVE MODE"))
        failed = failure_of(DailyBackup(postgresql_database, settings))
    assert "another session has locked a table" in failed["why"]
    assert names(folder) == []
    assert not is_leased(postgresql_database, clock)
