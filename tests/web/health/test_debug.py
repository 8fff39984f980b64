"""What an installation knows of itself is shown without secrets, and in production nowhere."""

from __future__ import annotations

import base64
from pathlib import Path

import pytest
from flask.testing import FlaskClient

from models.clock import now
from models.database.engine import Database
from models.operating.workers import WorkerIdentity, record_alive
from models.settings import Settings, from_env, variables
from tests.conftest import TwoTenants
from tests.models.rows import add, destination, fails
from web.app import create_app
from web.health.debug import shown_settings
from web.waker import Waker

CANARY = "hunter2-canary"
PATHS = ("config", "queues", "breakers")
SECRETS = {
    "PIPEDRIVE_CLIENT_SECRET": CANARY,
    "GOOGLE_CLIENT_SECRET": CANARY,
    "METRICS_TOKEN": CANARY,
    "SECRET_KEY": CANARY * 3,
    "DATABASE_URL": f"postgresql+psycopg://u:{CANARY}@127.0.0.1/d",
    "REDIS_URL": f"redis://:{CANARY}@127.0.0.1/0",
    "SMTP_URL": f"smtp://u:{CANARY}@127.0.0.1",
    "ENCRYPTION_KEYS": "k1:" + base64.b64encode(CANARY.ljust(32).encode()).decode(),
    "SENTRY_DSN": f"https://{CANARY}@sentry.example.com/1",
    "ALERT_WEBHOOK": f"https://chat.googleapis.com/v1/spaces/A/messages?key={CANARY}&token={CANARY}",
}


def _client(database: Database, data: Path, **variables: str) -> FlaskClient:
    settings = from_env({"PIPENOTIFY_DATA": str(data)} | variables)
    return create_app(settings, database, Waker(settings)).test_client()


@pytest.mark.parametrize("path", PATHS)
def test_in_production_there_is_no_such_address(database: Database, tmp_path: Path, path: str) -> None:
    answer = _client(database, tmp_path).get(f"/api/v1/debug/{path}")
    assert (answer.status_code, answer.json and answer.json["success"]) == (404, False)


@pytest.mark.parametrize("app_env", ["staging", "development"])
@pytest.mark.parametrize("path", PATHS)
def test_elsewhere_it_is_read_from_this_machine_or_with_the_token(
    database: Database, tmp_path: Path, path: str, app_env: str
) -> None:
    client = _client(database, tmp_path, APP_ENV=app_env, METRICS_TOKEN="a-token")
    far = {"REMOTE_ADDR": "192.0.2.1"}
    url = f"/api/v1/debug/{path}"
    assert client.get(url).status_code == 200
    assert client.get(url, headers={"X-Forwarded-For": "192.0.2.1"}).status_code == 401
    assert client.get(url, environ_overrides=far).status_code == 401
    with_token = {"Authorization": "Bearer a-token"}
    assert client.get(url, environ_overrides=far, headers=with_token).status_code == 200


def test_every_variable_is_shown_and_no_secret(tmp_path: Path) -> None:
    settings = from_env({"PIPENOTIFY_DATA": str(tmp_path)} | SECRETS)
    shown = shown_settings(settings)
    assert sorted(shown) == sorted(variables())
    assert {shown[name] for name in SECRETS} == {"[redacted]"}
    assert CANARY not in str(shown)
    assert (shown["LOG_LEVEL"], shown["CHAT_CERTS_URL"]) == ("info", None)


def test_a_field_that_may_hold_a_secret_is_marked_as_one() -> None:
    """By its name; what is new and secret must not show by default."""
    names = ("secret", "token", "key", "webhook", "password", "dsn")
    harmless = {"pipedrive_daily_tokens", "webhook_allowed_ranges"}
    fields = {name: field for name, field in Settings.model_fields.items() if name not in harmless}
    suspect = [name for name in fields if any(word in name for word in names)]
    assert suspect
    assert [name for name in suspect if fields[name].repr] == []


def test_queues_and_breakers_are_those_of_all_teams(
    database: Database, tmp_path: Path, tenants: TwoTenants
) -> None:
    with database.writing_all() as session:
        record_alive(session, WorkerIdentity("w", "box", 7, "1", now()), now())
    for each in tenants:
        failing = destination(each)
        add(database, failing)
        fails(database, each, failing.id, now())
    client = _client(database, tmp_path, APP_ENV="development")

    queues = client.get("/api/v1/debug/queues").json
    breakers = client.get("/api/v1/debug/breakers").json

    assert queues is not None
    assert breakers is not None
    assert queues["data"]["workers"] == [{"host": "box", "pid": 7, "is_alive": True}]
    assert len(breakers["data"]["failing"]) == 2
