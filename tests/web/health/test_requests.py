"""Requests are counted by the rule of their address, their answer and the time that it took."""

from __future__ import annotations

import time

from flask import Flask, Response, abort, g
from prometheus_client import generate_latest

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
