"""What all responses of the web part share: request id, headers, errors, and https."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
import structlog
from flask import Blueprint, Flask, request
from flask.testing import FlaskClient
from structlog.testing import capture_logs
from werkzeug.test import Client

from models.database import migrate
from models.database.engine import Database
from models.errors import Conflict, DatabaseUnavailable, InvalidRequest
from models.security.request_origin import REQUEST_ORIGIN
from models.settings import Settings
from tests.crm import settings_for
from tests.web.browser import Standing
from tests.web.rsgi import as_wsgi
from web import app as app_module
from web.app import MOST_BYTES, create_app, doorway
from web.security.guards import own_proof
from web.security.rate_limit import PER_MINUTE
from web.waker import Waker

BASE = "https://pipenotify.example.com"
TROUBLES = {
    "refused": InvalidRequest(user_message="Name it."),
    "taken": Conflict("rule 5 is taken"),
    "away": DatabaseUnavailable("connection refused by 10.0.0.7"),
}


def odd_pages() -> Blueprint:
    """Pages that fail in every way."""
    pages = Blueprint("odd", __name__)

    @pages.get("/odd/<kind>")
    def _trouble(kind: str) -> str:
        raise TROUBLES[kind]  # an unknown kind is a KeyError: nobody foresaw it

    @pages.post("/echo")
    @own_proof
    def _echo() -> bytes:
        return request.get_data()

    return pages


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return settings_for("http://127.0.0.1:9", tmp_path, BASE_URL=BASE, REDIS_URL="redis://127.0.0.1:9/0")


@pytest.fixture
def app(settings: Settings) -> Iterator[Flask]:
    database = Database(settings.database_url)
    migrate.upgrade(database)
    made = create_app(settings, database, Waker(settings))
    made.register_blueprint(odd_pages())
    yield made
    database.close()


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    return app.test_client()


def test_the_number_of_a_request_comes_back(client: FlaskClient) -> None:
    answer = client.get("/health/live", headers={"X-Request-ID": "abc-123"})
    assert answer.headers["X-Request-ID"] == "abc-123"


@pytest.mark.parametrize("given", ["", "x" * 65, "tab\there", "schön", "\x7f"])
def test_a_number_that_could_harm_a_log_is_replaced(client: FlaskClient, given: str) -> None:
    numbers = [
        client.get("/health/live", headers={"X-Request-ID": given}).headers["X-Request-ID"] for _ in "ab"
    ]
    assert given not in numbers
    assert len(set(numbers)) == 2
    assert all(number.isalnum() for number in numbers)


@pytest.mark.parametrize(
    ("path", "address"), [("/health/live", "127.0.0.1"), ("/chat/events", "")], ids=["browser", "chat"]
)
def test_an_act_in_chat_has_no_address_since_google_calls(
    client: FlaskClient, path: str, address: str
) -> None:
    client.post(path, headers={"X-Request-ID": "abc-123"})

    origin = REQUEST_ORIGIN.get()
    assert origin is not None
    assert (origin.request_id, origin.address) == ("abc-123", address)


@pytest.mark.parametrize("path", ["/health/live", "/nowhere", "/odd/refused", "/odd/unforeseen"])
def test_every_answer_has_its_number_and_the_headers_of_a_careful_site(
    client: FlaskClient, path: str
) -> None:
    headers = client.get(path).headers
    assert headers["X-Request-ID"]
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Referrer-Policy"] == "no-referrer"
    assert headers["Cache-Control"] == "no-store"
    assert "frame-ancestors 'none'" in headers["Content-Security-Policy"]
    assert "unsafe" not in headers["Content-Security-Policy"]


def said(answer: Any) -> dict[str, Any]:
    """The error of an answer, once it is known to be the envelope all of them share."""
    body: dict[str, Any] = answer.get_json()
    assert set(body) == {"success", "error", "details", "code", "timestamp", "request_id"}
    assert (body["success"], body["details"]) == (False, [])
    assert datetime.fromisoformat(body["timestamp"]).tzinfo is not None
    return body


@pytest.mark.parametrize(
    ("method", "path", "status", "code"),
    [
        ("GET", "/nowhere", 404, "NOT_FOUND"),
        ("POST", "/health/live", 405, "METHOD_NOT_ALLOWED"),
        ("GET", "/odd/refused", 400, "VALIDATION_ERROR"),
        ("GET", "/odd/taken", 409, "CONFLICT"),
        ("GET", "/odd/away", 503, "UNAVAILABLE"),
        ("GET", "/odd/unforeseen", 500, "INTERNAL"),
    ],
)
def test_every_error_needs_notice_in_one_envelope(
    client: FlaskClient, method: str, path: str, status: int, code: str
) -> None:
    answer = client.open(path, method=method)
    assert answer.status_code == status
    assert said(answer)["code"] == code


def test_a_body_over_one_mebibyte_is_refused(client: FlaskClient) -> None:
    assert client.post("/echo", data=b"x" * MOST_BYTES).status_code == 200
    answer = client.post("/echo", data=b"x" * (MOST_BYTES + 1))
    assert (answer.status_code, said(answer)["code"]) == (413, "REQUEST_ENTITY_TOO_LARGE")


def test_people_read_what_they_are_told_and_the_log_reads_why(client: FlaskClient) -> None:
    with capture_logs() as logged:
        answer = client.get("/odd/away")
    assert "10.0.0.7" not in answer.text
    assert said(answer)["error"] == DatabaseUnavailable.user_message
    assert [each["why"] for each in logged if each["event"] == "request.failed"] == [
        "connection refused by 10.0.0.7"
    ]


def test_what_nobody_foresaw_is_logged_with_its_trace_and_not_told(client: FlaskClient) -> None:
    with capture_logs() as logged:
        answer = client.get("/odd/s3cret")
    (line,) = [each for each in logged if each["event"] == "request.unexpected"]
    assert isinstance(line["exc_info"], KeyError)
    assert "KeyError" not in answer.text
    assert said(answer)["error"] == "Something went wrong on our side."


def test_log_lines_name_the_endpoint_and_not_the_path_which_may_hold_a_secret(client: FlaskClient) -> None:
    client.get("/connect/hunter2", headers={"X-Request-ID": "abc-123"})

    assert structlog.contextvars.get_contextvars() == {
        "request_id": "abc-123",
        "endpoint": "GET /connect/<secret>",
    }


def test_slow_requests_are_warned_of(client: FlaskClient, monkeypatch: pytest.MonkeyPatch) -> None:
    with capture_logs() as logged:
        client.get("/health/live")
    assert logged == []

    monkeypatch.setattr(app_module, "SLOW_MS", -1)
    with capture_logs() as logged:
        client.get("/health/live")
        client.get("/playground/events")

    assert [(each["event"], each["path"], each["status"], each["log_level"]) for each in logged] == [
        ("slow_request", "/health/live", 200, "warning")
    ]


def test_people_who_came_without_https_are_sent_to_our_own_address(client: FlaskClient) -> None:
    headers = {"X-Forwarded-Proto": "http", "Host": "evil.example", "X-Request-ID": "r1"}
    answer = client.get("/health/live?a=1&b=%2F", headers=headers)
    assert (answer.status_code, answer.headers["Location"]) == (308, f"{BASE}/health/live?a=1&b=%2F")
    assert answer.headers["X-Request-ID"] == "r1"
    assert answer.headers["X-Content-Type-Options"] == "nosniff"


@pytest.mark.parametrize("proto", [None, "https", "HTTP", "http, https"])
def test_nobody_else_is_sent_anywhere(client: FlaskClient, proto: str | None) -> None:
    headers = {} if proto is None else {"X-Forwarded-Proto": proto}
    assert client.get("/health/live", headers=headers).status_code == 200


def test_an_installation_without_https_sends_nobody_away(tmp_path: Path) -> None:
    settings = settings_for("http://127.0.0.1:9", tmp_path, REDIS_URL="redis://127.0.0.1:9/0")
    database = Database(settings.database_url)
    client = create_app(settings, database, Waker(settings)).test_client()
    assert client.get("/health/live", headers={"X-Forwarded-Proto": "http"}).status_code == 200
    database.close()


def test_pipedrives_door_stands_in_front_and_the_app_behind(app: Flask, settings: Settings) -> None:
    database = Database(settings.database_url)
    client = Client(as_wsgi(doorway(settings, app, database, Waker(settings))))

    refused = client.post("/api/v1/webhook/pipedrive/k-acme", json={})
    behind = client.get("/health/live")

    assert (refused.status_code, refused.headers["WWW-Authenticate"][:5]) == (401, "Basic")
    assert behind.status_code == 200
    database.close()


@pytest.mark.parametrize(("hops", "statuses"), [("1", {401}), ("0", {401, 429})])
def test_who_guesses_at_pipedrives_door_needs_notice_apart_by_what_our_proxy_saw(
    app: Flask,
    settings: Settings,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    hops: str,
    statuses: set[int],
) -> None:
    monkeypatch.setattr("web.security.rate_limit.time", Standing())
    told = {"BASE_URL": BASE, "REDIS_URL": "redis://127.0.0.1:9/0", "PROXY_HOPS": hops}
    database = Database(settings.database_url)
    proxied = settings_for("http://127.0.0.1:9", tmp_path, **told)
    client = Client(as_wsgi(doorway(proxied, app, database, Waker(settings))))

    seen = {
        client.post(
            "/api/v1/webhook/pipedrive/k", json={}, headers={"X-Forwarded-For": f"192.0.2.9, 203.0.113.{one}"}
        ).status_code
        for one in range(PER_MINUTE + 20)
    }

    assert seen == statuses
    database.close()
