"""One encrypted backup a day, by one worker at a time; it can be restored, and what goes wrong is logged."""

from __future__ import annotations

import threading
from pathlib import Path

import pytest
from sqlalchemy import select
from structlog.testing import capture_logs

from jobs.backups import daily
from jobs.backups.daily import AGAIN_AFTER_S, LEASE, LEASE_NAME, DailyBackup
from jobs.loop import PollingLoop
from models.clock import now
from models.database.engine import Database
from models.maintenance.job_leases import take_lease
from models.operating.backup_age import is_wanted, last_backup
from models.operating.backups.make import back_up
from models.operating.backups.manifest import read_manifest
from models.operating.backups.restore import restore
from models.settings import Settings
from models.tables.upkeep import JobLease
from tests.engine import NOON, HandClock
from tests.jobs.process.office import Office
from tests.models.maintenance.test_nothing_is_left import dump
from tests.stack import wait_until

DAY_S = 24 * 3600.0
NAME = "pipenotify-2026-11-20T1200Z.backup"
OF_THE_JOB = ("job_leases:", "installation:")


def names(folder: Path) -> list[str]:
    return sorted(each.name for each in folder.iterdir())


def is_leased(database: Database, clock: HandClock) -> bool:
    with database.reading_all() as session:
        until = session.scalar(select(JobLease.lease_until).where(JobLease.name == LEASE_NAME))
    return until is not None and until > clock.at


def is_noted_as_wanted(database: Database) -> bool:
    with database.reading_all() as session:
        return is_wanted(session, now())


def content(database: Database) -> list[str]:
    """Return the rows of all tables but those that a backup changes while it runs."""
    return sorted(line for line in dump(database) if not line.startswith(OF_THE_JOB))


def test_a_daily_backup_restores_every_row_of_two_tenants(
    filled: Database, empty_database: Database, settings: Settings, folder: Path, clock: HandClock
) -> None:
    before = content(filled)
    with capture_logs() as logs:
        assert DailyBackup(filled, settings).step() is False
    assert names(folder) == [NAME, f"{NAME}.manifest"]
    assert b"marker0" not in (folder / NAME).read_bytes()
    assert read_manifest(folder / NAME).encrypted_with == "test"
    assert [line["event"] for line in logs] == ["backup.made"]
    with filled.reading_all() as session:
        assert last_backup(session, clock.at) == NOON

    done = list(restore(empty_database, folder / NAME, settings.encryption_keys, replace=False))

    assert "every table as it was" in done[0]
    assert content(empty_database) == before
    assert sum("marker0" in line for line in before) == sum("marker1" in line for line in before) > 20


def test_there_is_one_a_day_and_the_newest_are_kept(
    filled: Database, settings: Settings, folder: Path, clock: HandClock
) -> None:
    job, other = DailyBackup(filled, settings), DailyBackup(filled, settings)
    for _ in range(3):
        job.step()
        other.step()
        clock.advance(DAY_S - 1)
        other.step()
        clock.advance(1)
    kept = [f"pipenotify-2026-11-{day}T1200Z.backup" for day in (21, 22)]
    assert names(folder) == sorted(f"{each}{end}" for each in kept for end in ("", ".manifest"))


def test_one_worker_makes_it_and_another_once_that_one_is_dead(
    filled: Database, settings: Settings, folder: Path, clock: HandClock
) -> None:
    with filled.writing_all() as session:
        assert take_lease(session, LEASE_NAME, "dead", NOON, NOON + LEASE)
    job = DailyBackup(filled, settings)
    job.step()
    assert names(folder) == []
    (folder / f"{NAME}.unfinished.plain").write_text("left by the dead one")
    clock.advance(LEASE.total_seconds())
    job.step()
    assert names(folder) == [made := NAME.replace("1200", "1202"), f"{made}.manifest"]
    assert not is_leased(filled, clock)


def test_a_failure_is_logged_keeps_the_old_ones_and_is_tried_again_later(
    filled: Database, settings: Settings, folder: Path, clock: HandClock
) -> None:
    job = DailyBackup(filled, settings)
    for _ in range(2):
        job.step()
        clock.advance(DAY_S)
    kept = names(folder)
    hidden = folder.rename(folder.with_name("unmounted"))
    with capture_logs() as logs:
        job.step()
        job.step()
    (failed,) = logs
    assert (failed["event"], failed["log_level"]) == ("backup.failed", "error")
    assert "is no folder" in failed["why"]
    assert not is_leased(filled, clock)
    assert names(hidden) == kept
    hidden.rename(folder)
    clock.advance(AGAIN_AFTER_S)
    job.step()
    assert len(names(folder)) == 4


@pytest.mark.usefixtures("endless")
def test_a_worker_that_is_asked_to_end_ends_its_backup_and_gives_the_lease_back(
    filled: Database, settings: Settings, folder: Path, clock: HandClock
) -> None:
    job = DailyBackup(filled, settings)
    loop = PollingLoop("backups", job.step, 60.0, job.interrupt)
    with capture_logs() as logs:
        loop.start()
        wait_until(lambda: names(folder), 10.0)
        assert is_leased(filled, clock)
        loop.stop()
        assert not loop.is_alive()
    assert [line["event"] for line in logs] == ["backup.stopped"]
    assert names(folder) == []
    assert not is_leased(filled, clock)


@pytest.mark.usefixtures("endless")
def test_a_backup_ends_itself_once_another_worker_has_its_lease(
    filled: Database,
    settings: Settings,
    folder: Path,
    clock: HandClock,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """As after its process was halted for minutes."""
    monkeypatch.setattr(daily, "RENEW_EVERY_S", 0.05)
    step = threading.Thread(target=DailyBackup(filled, settings).step, daemon=True)
    with capture_logs() as logs:
        step.start()
        wait_until(lambda: names(folder), 10.0)
        with filled.writing_all() as session:
            later = clock.at + 2 * LEASE  # as long as the clock of the one that lost it stands still
            assert take_lease(session, LEASE_NAME, "a third", later, later + LEASE)
        step.join(10.0)
        assert not step.is_alive()
    assert [line["event"] for line in logs] == ["backup.lease_lost"]
    assert names(folder) == []
    assert is_leased(filled, clock)


def test_the_lease_is_kept_for_as_long_as_a_backup_takes(
    filled: Database, settings: Settings, clock: HandClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(daily, "RENEW_EVERY_S", 0.05)
    whole = back_up

    def slow(*given: object) -> list[str]:
        clock.advance(3 * LEASE.total_seconds())
        wait_until(lambda: is_leased(filled, clock), 5.0)
        return list(whole(*given))  # type: ignore[arg-type]

    monkeypatch.setattr(daily, "back_up", slow)
    DailyBackup(filled, settings).step()
    with filled.reading_all() as session:
        assert last_backup(session, clock.at) == NOON
    assert not is_leased(filled, clock)


def test_a_clock_that_was_ahead_once_stops_no_backup_and_costs_none(
    filled: Database, settings: Settings, folder: Path, clock: HandClock
) -> None:
    job = DailyBackup(filled, settings.model_copy(update={"backup_keep": 1}))
    clock.advance(300 * DAY_S)
    job.step()
    (ahead,) = folder.glob("*.backup")
    clock.advance(-300 * DAY_S)
    job.step()
    assert names(folder) == [NAME, f"{NAME}.manifest"]
    assert ahead.name.startswith("pipenotify-2027-")


def test_without_a_folder_there_is_none(database: Database, settings: Settings, folder: Path) -> None:
    DailyBackup(database, settings.model_copy(update={"backup_folder": None})).step()
    assert names(folder) == []


def test_a_worker_makes_backups_beside_its_other_work(office: Office, folder: Path) -> None:
    office.start(BACKUP_FOLDER=str(folder))
    (file,) = wait_until(lambda: [*folder.glob("*.backup")], 30.0)
    assert read_manifest(file).counts["tenants"] == 1
    wait_until(lambda: is_noted_as_wanted(office.database), 30.0)
    title = office.receive()
    wait_until(lambda: office.has_card(title), 30.0)
