"""Requests are counted by the rule of their address, their answer and the time that it took."""

from __future__ import annotations

import time
from typing import Any, Final

import pytest
from flask import Flask, Response, abort, g
from prometheus_client import generate_latest

from models.database.engine import Database
from models.security.vault import Vault
from tests.conftest import TwoTenants
from tests.web.door import PASSWORD, Door, basic, give_credential
from tests.web.rsgi import Channel, run
from tests.web.test_front import GOOGLE, Site
from web import front
from web.from_pipedrive.door import PATH
from web.front import CHAT, LONGEST_TARGET, MOST_ON_A_PAGE
from web.health.metrics import COUNTERS
from web.health.requests import count_requests


def _value(line: str) -> float:
    found = [each for each in generate_latest(COUNTERS).decode().splitlines() if each.startswith(f"{line} ")]
    return float(found[0].split()[-1]) if found else 0.0


def test_requests_are_counted_by_their_rule_and_errors_apart() -> None:
    app = Flask(__name__)
    app.before_request(lambda: setattr(g, "started", time.monotonic()))
    count_requests(app)

    @app.get("/counted/<secret>")
    def counted(secret: str) -> Response:
        return abort(503) if secret == "away" else Response(secret)

    client, route = app.test_client(), "/counted/<secret>"
    errors = _value("http_errors_total")
    for path in ("/counted/abc", "/counted/def", "/counted/away", "/nowhere/abc"):
        client.get(path)

    asked = f'http_requests_total{{method="GET",route="{route}",status='
    assert (_value(f'{asked}"200"}}'), _value(f'{asked}"503"}}')) == (2.0, 1.0)
    assert _value(f'http_request_seconds_count{{route="{route}"}}') == 3.0
    assert _value("http_errors_total") == errors + 1
    text = generate_latest(COUNTERS).decode()
    assert "abc" not in text
    assert 'http_requests_total{method="unknown",route="unknown",status="404"}' in text


UNROUTED: Final = 'http_requests_total{{method="unknown",route="unknown",status="{}"}}'
LATE: Final = [("content-length", "100")]


@pytest.fixture
def site(database: Database, vault: Vault, tenants: TwoTenants) -> Site:
    give_credential(database, vault, tenants.ours, "k-acme")
    made = Site(Door(database, vault))
    made.front._room.deadlines.within_s = 0.1
    return made


@pytest.mark.parametrize(
    ("path", "body", "headers", "status"),
    [
        ("/said", b"x" * (MOST_ON_A_PAGE + 1), [], 413),
        ("/said", Channel(b"{", hangs=True), LATE, 408),
        ("/" + "x" * LONGEST_TARGET, b"", [], 414),
        (CHAT, b"{}", [], 401),
        ("/broken", b"", [], 500),
    ],
)
def test_what_is_refused_before_flask_is_counted_without_a_rule(
    site: Site, path: str, body: Any, headers: list[tuple[str, str]], status: int
) -> None:
    before, errors = _value(UNROUTED.format(status)), _value("http_errors_total")

    assert run(site.ask(path, body, headers))[0] == status
    assert _value(UNROUTED.format(status)) == before + 1
    assert _value("http_errors_total") == errors + (status >= 500)
    assert "xxxx" not in generate_latest(COUNTERS).decode()


@pytest.mark.parametrize("path", ["/said", "/api/v1/said"])
def test_too_much_at_once_is_counted(site: Site, path: str, monkeypatch: pytest.MonkeyPatch) -> None:
    for pool in (site.front._pages, site.front._api, site.front._refusals):
        monkeypatch.setattr(pool, "_most", 0)
    before, errors = _value(UNROUTED.format(503)), _value("http_errors_total")

    assert run(site.ask(path, b""))[0] == 503
    assert _value(UNROUTED.format(503)) == before + 1
    assert _value("http_errors_total") == errors + 1


def test_what_flask_answers_and_pipedrives_webhooks_are_not_counted_by_the_front(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    counted: list[int] = []
    monkeypatch.setattr(front, "count_unrouted", counted.append)

    answers = [
        run(site.ask("/said", b"hello"))[0],
        run(site.ask(CHAT, b"hello", [("authorization", GOOGLE)]))[0],
        run(site.ask("/api/v1/said", Channel(b"{", hangs=True), LATE))[0],
        run(site.ask(f"{PATH}/k-acme", b"{}", [("authorization", basic("pd", PASSWORD))]))[0],
        run(site.ask(f"{PATH}/k-acme", b"{}"))[0],
    ]
    assert (answers, counted) == ([200, 200, 408, 200, 401], [])
