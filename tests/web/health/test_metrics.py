"""The counters, and the age of the oldest due delivery."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from prometheus_client.parser import text_string_to_metric_families
from sqlalchemy import update

from jobs.alerts.last_hour import LastHourFigure
from jobs.scheduled.report_worker import record_clock
from models.clock import now
from models.database.engine import Database
from models.deliveries import lanes
from models.destinations.health import note_failure
from models.operating.measurements import ATTEMPTS, DELIVERY_SECONDS, SENT, Measurements
from models.operating.synthetic import store_synthetic
from models.operating.workers import WorkerIdentity, record_alive
from models.reports.last_hour import LastHour, store_last_hour
from models.tables import (
    ApiUsage,
    Connection,
    Delivery,
    Heartbeat,
    Lane,
    Notification,
    PersonalConnection,
    User,
)
from models.tables.deliveries import STATES, DeliveryState
from models.tables.destinations import SENT_KINDS
from tests.conftest import TwoTenants
from tests.models.rows import add, destination, event
from web.health.metrics import EVENTS, OUTCOMES, exposition

DAILY_TOKENS = 1000


def samples(database: Database) -> dict[tuple[str, ...], float]:
    families = text_string_to_metric_families(exposition(database, DAILY_TOKENS).decode())
    return {
        (sample.name, *sample.labels.values()): sample.value
        for family in families
        for sample in family.samples
    }


def oldest(database: Database) -> float:
    return samples(database)["pipenotify_oldest_due_seconds",]


@pytest.fixture
def away(tmp_path: Path) -> Iterator[Database]:
    made = Database(f"sqlite:///{tmp_path}/no/such/folder.db")
    yield made
    made.close()


def test_every_outcome_is_there_from_the_start_and_counted(away: Database) -> None:
    before = samples(away)
    assert {key[1] for key in before if key[0] == "pipenotify_events_total"} == set(OUTCOMES)

    EVENTS.labels("repeat").inc(3)

    after = samples(away)
    grown = {key[1]: after[key] - before[key] for key in after if key[0] == "pipenotify_events_total"}
    assert grown == dict.fromkeys(OUTCOMES, 0.0) | {"repeat": 3.0}


def test_without_the_database_only_the_counters_are_told(away: Database) -> None:
    assert not [key for key in samples(away) if key[0].startswith("pipenotify_deliveries")]


def test_what_the_process_has_of_its_machine_is_there_without_the_database(
    away: Database, tmp_path: Path
) -> None:
    text = exposition(away, DAILY_TOKENS, [tmp_path]).decode()
    for line in (
        "process_resident_memory_bytes ",
        "process_cpu_seconds_total ",
        "process_start_time_seconds ",
    ):
        assert float(text.split(f"\n{line}")[1].split()[0]) > 0
    for state in ("in_use", "idle", "overflow"):
        assert f'pipenotify_pool_connections{{state="{state}"}} 0.0' in text
    assert f'pipenotify_disk_free_bytes{{folder="{tmp_path}"}}' in text


def test_deliveries_of_all_tenants_are_counted_by_state(database: Database, tenants: TwoTenants) -> None:
    for count, state in enumerate(STATES):
        rows = (
            Delivery(tenant_id=tenants[n % 2], lane="a", request_id=uuid.uuid4().hex) for n in range(count)
        )
        made = list(rows)
        for each in made:
            each.state = state
        add(database, *made)
    told = samples(database)
    assert [told["pipenotify_deliveries", state] for state in STATES] == [
        float(n) for n in range(len(STATES))
    ]


def _owe(database: Database, tenant_id: int, age_s: float, lane: str = "spaces/A", **columns: object) -> None:
    at = now() - timedelta(seconds=age_s)
    row = {"tenant_id": tenant_id, "lane": lane, "request_id": uuid.uuid4().hex, "next_attempt_at": at}
    add(database, Delivery(**row, **columns))
    with database.writing_all() as session:
        lanes.mark_due(session, [(tenant_id, lane, at)])


def test_the_oldest_is_an_event_nobody_read_or_a_delivery_nobody_sent(
    database: Database, tenants: TwoTenants
) -> None:
    assert oldest(database) == 0.0
    _owe(database, tenants.ours, -3600)
    assert oldest(database) == 0.0  # due later is not late
    add(database, event(tenants.ours, received_at=now() - timedelta(seconds=100)))
    add(database, event(tenants.ours, "e2", received_at=now() - timedelta(seconds=50)))
    assert 100 <= oldest(database) < 130
    _owe(database, tenants.theirs, 500, "spaces/B")
    assert 500 <= oldest(database) < 530


@pytest.mark.parametrize(
    "lane",
    [
        {"lease_until": timedelta(seconds=30), "lease_token": "written"},
        {"free_at": timedelta(seconds=64), "backoff": 7},
        {"due_at": timedelta(seconds=60)},
    ],
    ids=["is being written", "rests after a 429", "waits for a retry"],
)
def test_what_is_due_ages_whatever_its_lane_does(
    database: Database, tenants: TwoTenants, lane: dict[str, Any]
) -> None:
    _owe(database, tenants.theirs, -60)
    _owe(database, tenants.ours, 300)
    values = {key: now() + value if isinstance(value, timedelta) else value for key, value in lane.items()}
    with database.writing(tenants.ours) as session:
        session.execute(update(Lane).where(Lane.tenant_id == tenants.ours).values(**values))
    assert 300 <= oldest(database) < 330


def test_events_that_were_read_are_not_due(database: Database, tenants: TwoTenants) -> None:
    long_ago = now() - timedelta(days=9)
    add(database, event(tenants.ours, state="done", received_at=long_ago))
    assert oldest(database) == 0.0


def test_what_workers_measured_is_shown_by_every_web_part(database: Database) -> None:
    measured = Measurements()
    for outcome in ("delivered", "delivered", "rate_limited"):
        measured.count(ATTEMPTS, outcome)
    measured.observe(DELIVERY_SECONDS, 0.3)
    measured.observe(DELIVERY_SECONDS, 10_000)
    measured.store(database)
    shown = samples(database)
    assert shown["pipenotify_attempts_total", "delivered"] == 2
    assert shown["pipenotify_attempts_total", "rate_limited"] == 1
    assert shown["pipenotify_attempts_total", "refused"] == 0
    assert shown["pipenotify_delivery_seconds_bucket", "0.25"] == 0
    assert shown["pipenotify_delivery_seconds_bucket", "0.5"] == 1
    assert shown["pipenotify_delivery_seconds_bucket", "+Inf"] == 2
    assert shown["pipenotify_delivery_seconds_count",] == 2
    assert shown["pipenotify_delivery_seconds_sum",] == pytest.approx(10_000.3)


def test_a_worker_that_died_is_seen(database: Database) -> None:
    alive, dead = (WorkerIdentity(f"id-{n}", "box", n, "1", now()) for n in (1, 2))
    with database.writing_all() as session:
        record_alive(session, alive, now(), "Redis does not answer")
        record_alive(session, dead, now() - timedelta(minutes=5))
    shown = samples(database)
    assert (shown["pipenotify_workers",], shown["pipenotify_workers_with_redis",]) == (1, 0)
    assert shown["pipenotify_worker_seen_seconds", "box:1:id-1"] < 30
    assert shown["pipenotify_worker_seen_seconds", "box:2:id-2"] >= 300


def test_a_clock_that_stopped_is_seen(database: Database) -> None:
    assert not [name for name in samples(database) if name[0] == "pipenotify_clock_seen_seconds"]
    record_clock(database)
    assert samples(database)["pipenotify_clock_seen_seconds",] < 30
    with database.writing_all() as session:
        session.execute(update(Heartbeat).values(at=now() - timedelta(minutes=5)))
    assert samples(database)["pipenotify_clock_seen_seconds",] >= 300


def test_where_nothing_is_posted_is_named_without_names_of_people(
    database: Database, tenants: TwoTenants
) -> None:
    refused = destination(tenants.ours, is_active=False, paused_because="Chat says 404")
    paused = destination(tenants.theirs, is_active=False, paused_because="paused by Ada")
    add(database, refused, paused, destination(tenants.theirs, "Fine"))
    shown = samples(database)
    named = {key[1:]: value for key, value in shown.items() if key[0] == "pipenotify_destination_paused"}
    assert named == {
        (str(refused.id), "chat_dm", "refused", str(tenants.ours)): 1,
        (str(paused.id), "chat_dm", "paused", str(tenants.theirs)): 1,
    }
    assert shown["pipenotify_destinations_paused", "refused"] == 1
    assert shown["pipenotify_destinations_paused", "paused"] == 1


def test_connections_and_what_is_left_of_the_day_are_shown(database: Database, tenants: TwoTenants) -> None:
    add(
        database,
        Connection(tenant_id=tenants.ours, company_id="1", state="connected"),
        Connection(tenant_id=tenants.theirs, company_id="2", state="needs_reauth"),
        ApiUsage(tenant_id=tenants.ours, day=now().date(), tokens=300),
        ApiUsage(tenant_id=tenants.theirs, day=now().date() - timedelta(days=1), tokens=999),
    )
    shown = samples(database)
    assert shown["pipenotify_connections", "connected"] == 1
    assert shown["pipenotify_connections", "needs_reauth"] == 1
    left = {key[1:]: value for key, value in shown.items() if key[0] == "pipenotify_pipedrive_tokens_left"}
    assert left == {(str(tenants.ours),): DAILY_TOKENS - 300}


def test_a_destination_that_fails_for_now_is_named(database: Database, tenants: TwoTenants) -> None:
    silent = destination(tenants.theirs)
    add(database, destination(tenants.ours), silent)
    with database.writing(tenants.theirs) as session:
        for seconds in (70, 3, 2, 1, 0):
            note_failure(session, tenants.theirs, silent.id, "503", now() - timedelta(seconds=seconds))
    shown = samples(database)
    named = [key[1:] for key in shown if key[0] == "pipenotify_destination_failing"]
    assert named == [(str(silent.id), "open", str(tenants.theirs))]


def test_synthetic_events_are_shown_once_there_is_one(database: Database) -> None:
    assert not [key for key in samples(database) if "synthetic" in key[0]]
    store_synthetic(database, now() - timedelta(seconds=60), timedelta(hours=1))
    found = samples(database)
    assert 60 <= found["pipenotify_synthetic_waiting_seconds",] < 90
    assert ("pipenotify_synthetic_seconds",) not in found
    assert found["pipenotify_deliveries", "pending"] == 0


def test_the_last_hour_is_shown_as_a_worker_counted_it(database: Database) -> None:
    assert not [key for key in samples(database) if "last_hour" in key[0]]
    at = now()
    with database.writing_all() as session:
        store_last_hour(session, LastHour(at, successful=4, failed=1, answers=4, answer_ms=1000))

    found = samples(database)
    name = "pipenotify_last_hour_deliveries"
    assert [found[name, each] for each in ("total", "successful", "failed")] == [5.0, 4.0, 1.0]
    assert found["pipenotify_last_hour_success_ratio",] == 0.8
    assert found["pipenotify_last_hour_response_seconds",] == 0.25
    assert found["pipenotify_last_hour_timestamp_seconds",] == pytest.approx(at.timestamp())


def _fill(  # noqa: PLR0917 - the facts of a tenant
    database: Database, measured: Measurements, tenant_id: int, arrived: int, dead: int, came: int, read: int
) -> None:
    """Add what ended a minute ago, notifications of today and an old one, and two working connections."""
    to, person = destination(tenant_id), User(tenant_id=tenant_id, email=f"a@{tenant_id}.test")
    add(database, to, person, Connection(tenant_id=tenant_id, company_id=f"c{tenant_id}", state="connected"))
    add(database, PersonalConnection(tenant_id=tenant_id, user_id=person.id, pipedrive_user_id="1"))
    for state in [DeliveryState.DELIVERED] * arrived + [DeliveryState.DEAD] * dead:
        row = Delivery(tenant_id=tenant_id, destination_id=to.id, lane=to.lane, state=state)
        row.finished_at = now() - timedelta(minutes=1)
        add(database, row)
        measured.count(ATTEMPTS, "delivered" if state is DeliveryState.DELIVERED else "refused")
    measured.count(SENT, to.kind, arrived)
    for number in range(came + 1):
        note = Notification(tenant_id=tenant_id, user_id=person.id, type="DEAL_WON", title="Won")
        note.channels, note.read_at = {"in_app": "sent"}, now() if number < read else None
        note.created_at = now() - timedelta(days=2 if number == came else 0)
        add(database, note)


def test_the_key_figures_are_the_seeded_facts_of_all_tenants(database: Database, tenants: TwoTenants) -> None:
    """What was sent and failed in an hour, by channel, read, and which connections work."""
    measured = Measurements()
    _fill(database, measured, tenants.ours, arrived=3, dead=1, came=4, read=1)
    _fill(database, measured, tenants.theirs, arrived=2, dead=0, came=1, read=1)
    measured.store(database)
    assert ("pipenotify_last_day_read_ratio",) not in samples(database)
    LastHourFigure(database).run()

    found = samples(database)
    assert [found["pipenotify_last_hour_deliveries", each] for each in ("successful", "failed")] == [5, 1]
    assert found["pipenotify_last_hour_success_ratio",] == pytest.approx(5 / 6)
    sent = {kind: found["pipenotify_sent_total", kind] for kind in SENT_KINDS}
    assert sent == dict.fromkeys(SENT_KINDS, 0) | {destination(tenants.ours).kind: 5}
    assert [found["pipenotify_last_day_inbox", each] for each in ("came", "read")] == [5, 2]
    assert found["pipenotify_last_day_read_ratio",] == pytest.approx(0.4)
    assert found["pipenotify_attempts_total", "refused"] == 1
    assert found["pipenotify_connections", "connected"] == found["pipenotify_personal_connections",] == 2
