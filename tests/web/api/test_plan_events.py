"""The door of the billing system: signed, lately, each event once whatever process takes it."""

from __future__ import annotations

import base64
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import orjson
import pytest
from flask.testing import FlaskClient
from sqlalchemy import select
from werkzeug.test import TestResponse

from models.clock import now
from models.database.engine import Database
from models.database.migrate import prepare
from models.security.audit import Auditor
from models.security.signed_webhooks import sign
from models.tables import Tenant
from tests.chat import two_tenants
from tests.crm import settings_for
from web.app import create_app
from web.waker import Waker

SECRET, OLD, WRONG = (f"whsec_{base64.b64encode(letter * 32).decode()}" for letter in (b"a", b"b", b"c"))
EVENT: dict[str, Any] = {"id": "evt_1", "tenant": "Acme", "plan": "pro", "monthly_limit": None}
PATH = "/api/v1/plan-events"


@pytest.fixture
def process(tmp_path: Path) -> Callable[..., FlaskClient]:
    """Starts a web process; all have one database."""

    def start(secret: str = f"{SECRET}, {OLD}") -> FlaskClient:
        given = {"PLAN_EVENTS_SECRET": secret} if secret else {}
        settings = settings_for("http://127.0.0.1:9", tmp_path, REDIS_URL="redis://127.0.0.1:9/0", **given)
        database = Database(settings.database_url, Auditor(settings.secret_key))
        return create_app(settings, database, Waker(settings)).test_client()

    return start


@pytest.fixture
def database(tmp_path: Path) -> Database:
    settings = settings_for("http://127.0.0.1:9", tmp_path)
    database = Database(settings.database_url, Auditor(settings.secret_key))
    prepare(database)
    two_tenants(database)
    return database


def send(client: FlaskClient, event: Any = EVENT, secret: str = SECRET, **late: float) -> TestResponse:
    body, stamp = orjson.dumps(event), str(int((now() - timedelta(**late)).timestamp()))
    signature = sign(secret, f"msg_1.{stamp}.".encode() + body)
    headers = {"webhook-id": "msg_1", "webhook-timestamp": stamp, "webhook-signature": signature}
    afar = {"REMOTE_ADDR": "203.0.113.9"}
    return client.post(PATH, data=body, headers=headers, content_type="application/json", environ_base=afar)


def plans(database: Database) -> list[tuple[str, str, int | None]]:
    with database.reading_all() as session:
        query = select(Tenant.name, Tenant.plan, Tenant.monthly_limit).order_by(Tenant.id)
        return [(row.name, row.plan, row.monthly_limit) for row in session.execute(query)]


def test_an_event_is_applied_once_by_whatever_process_and_after_a_restart(
    database: Database, process: Callable[..., FlaskClient]
) -> None:
    first, second = process(), process()
    assert send(first).get_json() == {"success": True, "data": {"id": "evt_1", "applied": True}}
    assert send(first, EVENT | {"id": "evt_2", "plan": "business"}, OLD).status_code == 200
    for client in (first, second, process()):
        assert send(client).get_json()["data"]["applied"] is False
    assert plans(database) == [("Acme", "business", None), ("Bolt", "starter", 1000)]


@pytest.mark.parametrize("refused", [{"secret": WRONG}, {"minutes": 6}, {"minutes": -6}])
def test_what_is_not_signed_lately_with_our_secret_is_refused(
    database: Database, process: Callable[..., FlaskClient], refused: dict[str, Any]
) -> None:
    client = process()
    answers = [send(client, **refused) for _ in range(11)]

    assert [each.status_code for each in answers] == [401] * 10 + [429]
    assert answers[0].get_json()["code"] == "SIGNATURE_INVALID"
    assert answers[-1].headers["Retry-After"] == "300"
    assert plans(database)[0] == ("Acme", "starter", 1000)
    assert send(client).status_code == 200


@pytest.mark.parametrize(
    ("changed", "status", "field"),
    [
        ({"tenant": "Nobody"}, 400, ""),
        ({"tenant": None}, 400, "tenant"),
        ({"tenant": True}, 400, "tenant"),
        ({"id": ""}, 400, "id"),
        ({"plan": ""}, 400, "plan"),
        ({"monthly_limit": -1}, 400, "monthly_limit"),
        ({"features": {"sorcery": True}}, 400, "features"),
        ({"email": "ada@acme.test"}, 400, "email"),
    ],
)
def test_what_does_not_fit_is_refused_with_its_field(
    database: Database, process: Callable[..., FlaskClient], changed: dict[str, Any], status: int, field: str
) -> None:
    answer = send(process(), EVENT | changed)

    assert (answer.status_code, plans(database)[0][1]) == (status, "starter")
    assert answer.get_json()["details"][0]["field"].startswith(field)


def test_a_body_that_is_no_object_is_refused(database: Database, process: Callable[..., FlaskClient]) -> None:
    assert send(process(), [EVENT]).status_code == 400


def test_the_same_id_with_another_content_is_a_conflict(
    database: Database, process: Callable[..., FlaskClient]
) -> None:
    client = process()
    send(client)
    assert send(client, EVENT | {"tenant": "Bolt"}).status_code == 409


def test_without_a_secret_there_is_no_such_door(
    database: Database, process: Callable[..., FlaskClient]
) -> None:
    assert send(process("")).status_code == 404
