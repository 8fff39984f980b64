"""The health endpoints, with each part down in turn."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from prometheus_client.parser import text_string_to_metric_families

from bot.version import VERSION
from models.clock import now
from models.connections.availability import SILENT
from models.database.engine import Database
from models.security.installed_keys import check_keys
from models.security.keys import KeyRing
from models.settings import Settings, from_env
from models.tables import Delivery, Event, Heartbeat
from models.tables.destinations import OUTGOING_WEBHOOK
from tests.conftest import TwoTenants
from tests.crm import environment
from tests.models.rows import add, destination, fails
from web.health.views import AnswerTimes, health

PARTS_AWAY = "redis://127.0.0.1:9/0"


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return from_env(environment("http://127.0.0.1:9", tmp_path)).model_copy(update={"redis_url": PARTS_AWAY})


def _client(settings: Settings, database: Database) -> FlaskClient:
    app = Flask(__name__)
    app.register_blueprint(health(settings, database))
    return app.test_client()


@pytest.fixture
def client(settings: Settings, database: Database) -> FlaskClient:
    return _client(settings, database)


@pytest.fixture
def without_database(settings: Settings) -> Iterator[FlaskClient]:
    gone = Database("postgresql+psycopg://nobody@127.0.0.1:9/none")
    yield _client(settings, gone)
    gone.close()


def test_ready_needs_the_database_alone(client: FlaskClient, without_database: FlaskClient) -> None:
    assert [client.get(f"/health/{path}").status_code for path in ("live", "ready")] == [200, 200]
    assert [without_database.get(f"/health/{path}").status_code for path in ("live", "ready")] == [200, 503]


def test_process_with_other_keys_is_not_ready(
    settings: Settings, database: Database, client: FlaskClient
) -> None:
    check_keys(database, settings.encryption_keys)
    assert client.get("/health/ready").status_code == 200
    others = settings.model_copy(
        update={"encryption_keys": KeyRing({"test": b"another key of 32 bytes, yes, it"})}
    )
    other = _client(others, database)
    assert [other.get(f"/health/{path}").status_code for path in ("live", "ready")] == [200, 503]
    assert other.get("/health").status_code == 503


def test_health_names_the_part_that_is_away(client: FlaskClient) -> None:
    for path in ("/health", "/api/v1/monitoring/health"):
        said = client.get(path)
        assert (said.status_code, said.json["status"]) == (503, "unhealthy")  # type: ignore[index]
        services = said.json["services"]  # type: ignore[index]
        assert (services["database"]["status"], services["redis"]["status"]) == ("healthy", "unhealthy")


def test_health_says_which_release_answers_also_without_its_parts(
    client: FlaskClient, without_database: FlaskClient
) -> None:
    for each in (client, without_database):
        said = each.get("/health").get_json()
        assert said["version"] == VERSION
        assert set(said) == {"status", "timestamp", "version", "services"}


def test_both_addresses_answer_alike_and_a_change_is_seen_at_once() -> None:
    times = AnswerTimes()
    first = times.steady({"redis": {"status": "healthy", "responseTime": 4}})

    assert times.steady({"redis": {"status": "healthy", "responseTime": 6}}) == first
    away = {"redis": {"status": "unhealthy", "responseTime": 6}}
    assert times.steady(away) == away


def test_a_pipedrive_that_is_away_makes_us_no_less_healthy(
    settings: Settings, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("web.health.views.queue.connect", lambda _: SimpleNamespace(ping=lambda: True))
    client = _client(settings, database)
    assert _services(client, 200)["pipedrive"]["status"] == "healthy"
    assert _status(client) == "healthy"
    add(database, Heartbeat(part=SILENT, at=now()))

    services = _services(client, 200)
    assert (services["pipedrive"]["status"], services["chat"]["status"]) == ("degraded", "healthy")
    assert services["external"]["status"] == _status(client) == "degraded"


def test_a_chat_that_is_away_is_shown_and_fails_no_probe(
    settings: Settings, database: Database, tenants: TwoTenants, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("web.health.views.queue.connect", lambda _: SimpleNamespace(ping=lambda: True))
    client = _client(settings, database)
    walls = [destination(each) for each in tenants]
    server = destination(tenants.ours, "Server", kind=OUTGOING_WEBHOOK)
    add(database, *walls, server)
    fails(database, tenants.ours, server.id, now())  # of a customer, no part of Chat
    fails(database, tenants.theirs, walls[1].id, now() - timedelta(hours=1))  # nothing was tried since
    assert _services(client, 200)["chat"] | {"responseTime": 0} == {
        "status": "healthy",
        "failing": 0,
        "responseTime": 0,
    }

    fails(database, tenants.ours, walls[0].id, now())

    services = _services(client, 200)
    assert (services["chat"]["status"], services["chat"]["failing"]) == ("degraded", 1)
    assert services["external"]["status"] == _status(client) == "degraded"
    assert [client.get(f"/health/{path}").status_code for path in ("live", "ready")] == [200, 200]


def test_without_the_database_nothing_is_known_of_others(without_database: FlaskClient) -> None:
    services = _services(without_database, 503)
    assert {services[name]["status"] for name in ("pipedrive", "chat", "external")} == {"degraded"}
    assert _status(without_database) == "unhealthy"


def _status(client: FlaskClient) -> str:
    return str((client.get("/health").json or {})["status"])


def _services(client: FlaskClient, status: int) -> dict[str, dict[str, Any]]:
    said = client.get("/health")
    assert said.status_code == status
    found: dict[str, dict[str, Any]] = (said.json or {})["services"]
    return found


def test_the_metrics_have_the_names_of_the_contract(
    client: FlaskClient, database: Database, tenants: TwoTenants
) -> None:
    with database.writing_all() as session:
        session.add_all(Delivery(tenant_id=each, lane="spaces/A", state="dead") for each in tenants)
        session.add_all(Event(tenant_id=each, source_key="a", raw=b"{}", state="failed") for each in tenants)

    text = client.get("/metrics").text
    samples = {
        (sample.name, *sample.labels.values()): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }

    outcomes = ("stored", "repeat", "unparsed", "refused", "ignored")
    states = ("pending", "sending", "held", "digested", "delivered", "skipped", "dead")
    assert {key[1] for key in samples if key[0] == "pipenotify_events_total"} == set(outcomes)
    counts = {state: samples["pipenotify_deliveries", state] for state in states}
    assert counts == dict.fromkeys(states, 0.0) | {"dead": 2.0}
    assert samples["pipenotify_oldest_due_seconds",] == 0.0
    assert samples["pipenotify_events_failed",] == 2.0


def test_metrics_live_without_the_database(without_database: FlaskClient) -> None:
    said = without_database.get("/metrics")

    assert said.status_code == 200
    assert "pipenotify_events_total" in said.text
