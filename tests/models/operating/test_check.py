"""`check` names what is wrong, in words, and is silent about nothing."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import NamedTuple

import pytest
from sqlalchemy import text, update

from models.backfills.heartbeats import CLOCK
from models.clock import now
from models.database import migrate
from models.database.engine import Database
from models.operating.backup_age import note_backup, note_wanted
from models.operating.check import check
from models.operating.finding import NOTE, OK, WRONG
from models.operating.workers import WorkerIdentity, record_alive
from models.security.installed_keys import check_keys
from models.settings import Settings
from models.tables import Connection, Delivery, Event, Heartbeat, WebhookSubscription
from tests.conftest import TwoTenants
from tests.models.operating.test_check_settings import whole_settings
from tests.models.rows import add, destination, event


class Usage(NamedTuple):
    total: int
    used: int
    free: int


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return whole_settings(tmp_path)


@pytest.fixture
def running(database: Database, settings: Settings) -> Database:
    """An installation with keys and one worker."""
    check_keys(database, settings.encryption_keys)
    with database.writing_all() as session:
        record_alive(session, WorkerIdentity("w", "box", 7, migrate.head(), now()), now())
    return database


def levels(database: Database, settings: Settings) -> dict[str, str]:
    worst: dict[str, str] = {}
    for each in check(database, settings):
        if worst.get(each.part) != WRONG:
            worst[each.part] = each.level
    return worst


def words(database: Database, settings: Settings, level: str = WRONG) -> list[str]:
    return [f"{each.part}: {each.words}" for each in check(database, settings) if each.level == level]


def test_a_whole_installation_has_nothing_wrong(running: Database, settings: Settings) -> None:
    assert set(levels(running, settings).values()) == {OK}
    assert {"database", "keys", "workers", "backlog", "connections"} < set(levels(running, settings))
    lines = [each.as_line() for each in check(running, settings)]
    assert lines[:2] == ["ok    environment: production", "ok    address: https://pipenotify.example.com"]


def test_a_full_disk_is_named(running: Database, settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("shutil.disk_usage", lambda _folder: Usage(100 * 2**30, 0, 2**30))
    assert any("1.0 GB free" in each and "make room" in each for each in words(running, settings))


def test_without_workers_and_without_redis_it_says_what_that_means(
    running: Database, settings: Settings
) -> None:
    worker = WorkerIdentity("w", "box", 7, "0001", now())
    with running.writing_all() as session:
        record_alive(session, worker, now(), "Redis does not answer")
    assert words(running, settings) == [
        "embedded Redis: box:7 cannot reach it: cards go out, up to two seconds later"
    ]
    assert "box:7 runs another release" in words(running, settings, NOTE)[0]
    with running.writing_all() as session:
        record_alive(session, worker, now() - timedelta(minutes=2))
    assert "python -m jobs" in words(running, settings)[0]
    assert "died at" not in " ".join(words(running, settings, NOTE))


def test_a_clock_that_stopped_is_named(running: Database, settings: Settings) -> None:
    with running.writing_all() as session:
        session.add(Heartbeat(part=CLOCK, at=now() - timedelta(minutes=2)))
    assert words(running, settings) == []
    with running.writing_all() as session:
        session.execute(update(Heartbeat).values(at=now() - timedelta(minutes=8, seconds=5)))
    (named,) = words(running, settings)
    assert named.startswith("clock: it stopped 8 minutes ago: digests, held cards")


def test_keys_that_do_not_fit_are_named(running: Database, settings: Settings) -> None:
    with running.writing_all() as session:
        session.execute(text("UPDATE installation SET value = 'another'"))
    assert levels(running, settings)["keys"] == WRONG


def test_what_waits_is_named(running: Database, settings: Settings, tenants: TwoTenants) -> None:
    add(running, event(tenants.ours, received_at=now() - timedelta(minutes=5)))
    assert any(
        each.startswith("backlog: the oldest thing that is due waits for 30")
        for each in words(running, settings)
    )


def test_connections_webhooks_destinations_and_failures_are_named_by_their_tenant(
    running: Database, settings: Settings, tenants: TwoTenants
) -> None:
    subscription = WebhookSubscription(tenant_id=tenants.theirs, pipedrive_id="1", entity="deal", key="k")
    subscription.problem = "banned"
    add(
        running,
        Connection(tenant_id=tenants.ours, company_id="1", state="needs_reauth"),
        Connection(tenant_id=tenants.theirs, company_id="2", state="connected", problem="Silent."),
        subscription,
        destination(tenants.ours, is_active=False, paused_because="404 gone"),
        Event(tenant_id=tenants.ours, source_key="f", raw=b"{}", state="failed"),
        Delivery(tenant_id=tenants.ours, lane="a", state="dead"),
    )
    found = words(running, settings)
    assert found[0].startswith("connections: Acme: Pipedrive has ended its connection")
    assert found[1:] == [
        "connections: Umbrella: Silent.",
        "webhooks: Umbrella: deal: banned",
        "destinations: Acme: Chat refuses Wall (404 gone); /pipenotify space resume, once that is mended",
        "events: 1 could not be read: `python -m models replay TENANT --events --dry-run`",
    ]
    assert words(running, settings, NOTE) == [
        "deliveries: 1 dead letters: `python -m models replay TENANT --dry-run` shows them"
    ]


def test_without_its_tables_the_rest_is_not_asked(bare_database: Database, settings: Settings) -> None:
    assert levels(bare_database, settings)["database"] == WRONG
    assert "keys" not in levels(bare_database, settings)
    migrate.upgrade(bare_database, "0018")
    assert "models upgrade" in words(bare_database, settings)[0]


def test_an_absent_database_is_named(tmp_path: Path, settings: Settings) -> None:
    away = Database(f"sqlite:///{tmp_path}/no/such/folder/x.db")
    (tmp_path / "no/such/folder/x.db").unlink()
    (tmp_path / "no/such/folder").rmdir()
    assert levels(away, settings)["database"] == WRONG
    away.close()


def test_an_old_backup_is_named_whoever_looks(running: Database, settings: Settings, tmp_path: Path) -> None:
    here = settings.model_copy(update={"backup_folder": tmp_path})
    assert (levels(running, settings)["backups"], levels(running, here)["backups"]) == (OK, NOTE)
    assert any("no worker with BACKUP_FOLDER" in each for each in words(running, here, NOTE))
    for at in (now() - timedelta(hours=3), now() - timedelta(hours=1.5)):
        with running.writing_all() as session:
            note_wanted(session, at)
    for hours, level in ((25, OK), (27, WRONG), (-1, WRONG)):
        with running.writing_all() as session:
            note_backup(session, now() - timedelta(hours=hours))
        assert levels(running, here)["backups"] == level
        assert levels(running, settings)["backups"] == level
    missed = "backups: There is no daily backup, although one has been due for 3 hours. See backup.failed"
    assert [each.startswith(missed) for each in words(running, settings)] == [True]


def test_after_a_start_the_first_backup_and_the_next_one_are_awaited(
    running: Database, settings: Settings
) -> None:
    with running.writing_all() as session:
        note_wanted(session, now())
    assert any("the first is not there yet" in each for each in words(running, settings, NOTE))
    with running.writing_all() as session:
        note_backup(session, now() - timedelta(hours=99))
    assert any("makes the next one" in each for each in words(running, settings, NOTE))
