"""Deny by default: every endpoint requires authentication, unless it is listed here with its reason."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask
from werkzeug.routing import Rule

from models.database.engine import Database
from models.database.migrate import prepare
from models.settings import from_env
from tests.rules.house import ROOT

PUBLIC = {
    "/health": "operators' probes carry no credentials; it names parts, never their content",
    "/health/live": "the same",
    "/health/ready": "the same",
    "/api/v1/monitoring/health": "the same",
    "/api/v1/openapi.json": "describes the API; knows no tenant",
    "/": "says what this is and whether it is ready; knows no tenant",
    "/setup": "how to set it up; of a tenant only what its signed-in people may see",
    "/setup/state": "the same for the page's script",
    "/api/v1/oauth/pipedrive": "leads to Pipedrive's own question; knows nobody",
    "/api/v1/oauth/callback": "Pipedrive leads browsers back here; a code waits until its person is known",
    "/privacy": "what is kept, for everybody to read",
    "/docs": "how to use it, for everybody to read",
    "/sign-in": "the way in",
    "/oauth/google/callback": "the way back from Google: proved by a state that only the asking browser has",
    "/connect/<secret>": "shows a link to whoever has it; only a button of its page uses it up",
    "/connect/<secret>/google": "the way in for whoever has a link; uses nothing up",
    "/unsubscribe/<token>": "shows whose mails a signed link switches off; only its button does",
    "/static/<path:filename>": "scripts and styles of our pages",
}
MOST_PER_ADDRESS = 50  # fewer than the limit of an unknown address


@pytest.fixture
def app(tmp_path: Path) -> Iterator[Flask]:
    if not (ROOT / "web/from_chat/door.py").exists():
        pytest.skip("web/ is not whole yet")
    from web.app import create_app
    from web.waker import Waker

    settings = from_env({"PIPENOTIFY_DATA": str(tmp_path), "REDIS_URL": "redis://127.0.0.1:1"})
    database = Database(settings.database_url)
    prepare(database)
    yield create_app(settings, database, Waker(settings))
    database.close()


def _doors(app: Flask) -> list[tuple[Rule, str]]:
    methods = [
        (rule, sorted((rule.methods or set()) - {"HEAD", "OPTIONS"})) for rule in app.url_map.iter_rules()
    ]
    return [(rule, method) for rule, known in methods for method in known]


def _is_public(rule: Rule, method: str) -> bool:
    """Only reading an endpoint can be public; other methods of the same path are not."""
    return method == "GET" and rule.rule in PUBLIC


def test_a_stranger_gets_through_no_door_that_is_not_public(app: Flask) -> None:
    app.testing = False
    client = app.test_client()
    guarded = [(rule, method) for rule, method in _doors(app) if not _is_public(rule, method)]

    open_doors = [
        f"{method} {rule.rule}: {status}"
        for place, (rule, method) in enumerate(guarded)
        if (status := client.open(_address(app, rule), method=method, environ_base=_afar(place)).status_code)
        not in {401, 403}
    ]

    assert "/chat/events" in {rule.rule for rule, _method in guarded}
    assert open_doors == []


def test_what_is_public_only_reads(app: Flask) -> None:
    public = {rule.rule for rule, method in _doors(app) if _is_public(rule, method)}

    assert public == set(PUBLIC), "a public door that is gone"


def _afar(place: int) -> dict[str, str]:
    """Return an address that is not loopback, which may read the metrics; another one after some calls."""
    return {"REMOTE_ADDR": f"203.0.113.{1 + place // MOST_PER_ADDRESS}"}


def _address(app: Flask, rule: Rule) -> str:
    values = dict.fromkeys(rule.arguments, "1")
    return app.url_map.bind("localhost").build(
        rule.endpoint, values, method=next(iter(rule.methods or {"GET"}))
    )
