"""What an installation knows of itself, for who develops and tests it: `/api/v1/debug/...`.

In production there are no such addresses. They are read as `/metrics` is: from this machine, or with
METRICS_TOKEN.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict
from typing import Any, Final

from flask import Blueprint, Response, jsonify

from models.clock import now
from models.database.engine import Database
from models.operating import state
from models.operating.backlog import read_backlog
from models.operating.check import check
from models.operating.workers import is_alive, list_workers
from models.settings import Settings
from web.health.reading import may_read, refusal
from web.security.guards import own_proof

REDACTED: Final = "[redacted]"


def debug_doors(settings: Settings, database: Database) -> Blueprint:
    """Return the routes `config` (settings, and what is wrong), `queues` and `breakers`."""
    doors = Blueprint("debug", __name__, url_prefix="/api/v1/debug")

    def add(name: str, read: Callable[[Database, Settings], Any]) -> None:
        @doors.get(f"/{name}", endpoint=name)
        @own_proof
        def show() -> Response | tuple[Response, int]:
            if not may_read(settings.metrics_token):
                return refusal()
            return jsonify({"success": True, "data": read(database, settings)})

    add("config", _config)
    add("queues", _queues)
    add("breakers", _breakers)
    return doors


def _config(database: Database, settings: Settings) -> dict[str, Any]:
    findings = [asdict(each) for each in check(database, settings)]
    return {"settings": shown_settings(settings), "findings": findings}


def shown_settings(settings: Settings) -> dict[str, str | None]:
    """Return every variable as text; those that hold a secret say only whether they are set."""
    shown: dict[str, str | None] = {}
    for name, field in Settings.model_fields.items():
        value = getattr(settings, name)
        is_unset = value is None or value == ()
        shown[name.upper()] = None if is_unset else str(value) if field.repr else REDACTED
    return shown


def _queues(database: Database, _settings: Settings) -> dict[str, Any]:
    at = now()
    with database.reading_all() as session:
        backlog, workers = read_backlog(session, at), list_workers(session)
    alive = [{"host": each.host, "pid": each.pid, "is_alive": is_alive(each, at)} for each in workers]
    return {**asdict(backlog), "workers": alive}


def _breakers(database: Database, _settings: Settings) -> dict[str, Any]:
    with database.reading_all() as session:
        failing, refused = state.failing_destinations(session), state.refused_destinations(session)
    rows = {"failing": failing, "refused": refused}
    return {
        name: [{"team": team, "destination": place, "why": why} for team, place, why in found]
        for name, found in rows.items()
    }
