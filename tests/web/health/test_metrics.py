"""The counters, and the age of the oldest due delivery."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from prometheus_client.parser import text_string_to_metric_families

from models.clock import now
from models.database.engine import Database
from models.deliveries import lanes
from models.tables import Delivery
from models.tables.deliveries import STATES
from tests.conftest import TwoTenants
from tests.models.rows import add, event
from web.health.metrics import EVENTS, OUTCOMES, exposition


def samples(database: Database) -> dict[tuple[str, ...], float]:
    families = text_string_to_metric_families(exposition(database).decode())
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


def test_the_oldest_thing_is_an_event_nobody_read_or_a_lane_nobody_served(
    database: Database, tenants: TwoTenants
) -> None:
    assert oldest(database) == 0.0
    with database.writing_all() as session:
        lanes.mark_due(session, [(tenants.ours, "spaces/A", now() + timedelta(hours=1))])
    assert oldest(database) == 0.0  # due later is not late
    add(database, event(tenants.ours, received_at=now() - timedelta(seconds=100)))
    assert 100 <= oldest(database) < 130
    with database.writing_all() as session:
        lanes.mark_due(session, [(tenants.theirs, "spaces/B", now() - timedelta(seconds=500))])
    assert 500 <= oldest(database) < 530


def test_events_that_were_read_are_not_due(database: Database, tenants: TwoTenants) -> None:
    long_ago = now() - timedelta(days=9)
    add(database, event(tenants.ours, state="done", received_at=long_ago))
    assert oldest(database) == 0.0
