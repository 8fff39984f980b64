"""Health endpoints for operators: liveness, readiness, state of the parts, metrics."""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from typing import Any, Final

import redis
from flask import Blueprint, Response, jsonify

from bot.version import VERSION
from jobs import queue
from jobs.process.embedded_redis import redis_url
from models.clock import now
from models.connections.availability import is_degraded
from models.database.engine import Database, ping
from models.destinations.health import count_failing_lately
from models.errors import DatabaseUnavailable
from models.operating.disks import own_folders
from models.operating.state import MOST_NAMED
from models.security.installed_keys import has_installed_key
from models.security.keys import KeyRing
from models.settings import Settings
from models.tables.destinations import CHAT_KINDS
from web.health.metrics import exposition
from web.health.reading import may_read, refusal

STEADY_S: Final = 1.0


def health(settings: Settings, database: Database) -> Blueprint:
    """Return the routes /health, /health/live, /health/ready, /api/v1/monitoring/health and /metrics."""
    doors = Blueprint("health", __name__)
    client, times = queue.connect(redis_url(settings)), AnswerTimes()

    @doors.get("/health/live")
    def live() -> Response:
        return jsonify(status="alive")

    @doors.get("/health/ready")
    def ready() -> tuple[Response, int]:
        """Readiness needs only the database and its keys: without Redis webhooks are still stored."""
        state = _timed(lambda: _check_database(database, settings.encryption_keys))
        return jsonify(status="ready" if state["ok"] else "unready"), 200 if state["ok"] else 503

    @doors.get("/health")
    @doors.get("/api/v1/monitoring/health")
    def whole() -> tuple[Response, int]:
        ours = {
            "database": _timed(lambda: _check_database(database, settings.encryption_keys)),
            "redis": _timed(client.ping),
        }
        well = all(each["ok"] for each in ours.values())
        others = {"pipedrive": _pipedrive(database), "chat": _chat(database)}
        external = _external(others)
        services = {name: _shown(each) for name, each in ours.items()} | others | {"external": external}
        body = {
            "status": external["status"] if well else "unhealthy",
            "timestamp": now().isoformat(),
            "version": VERSION,
            "services": times.steady(services),
        }
        return jsonify(body), 200 if well else 503

    @doors.get("/metrics")
    def metrics() -> tuple[Response, int]:
        if not may_read(settings.metrics_token):
            return refusal()
        text = exposition(database, settings.pipedrive_daily_tokens, own_folders(database, settings))
        return Response(text, content_type="text/plain; version=0.0.4; charset=utf-8"), 200

    return doors


class AnswerTimes:
    """Lets both addresses answer alike: times are measured once a second, states always."""

    def __init__(self) -> None:
        self._measured_at = -math.inf
        self._services: dict[str, dict[str, Any]] = {}

    def steady(self, services: dict[str, dict[str, Any]]) -> dict[str, dict[str, Any]]:
        """Return the services as they are now, with the times of up to a second ago if nothing changed."""
        last, at = self._services, time.monotonic()
        if at - self._measured_at < STEADY_S and _states(last) == _states(services):
            return last
        self._services, self._measured_at = services, at
        return services


def _states(services: dict[str, dict[str, Any]]) -> dict[str, dict[str, Any]]:
    return {name: {**each, "responseTime": 0} for name, each in services.items()}


def _check_database(database: Database, ring: KeyRing) -> None:
    """Raise DatabaseUnavailable unless it takes writes and its secrets open with these keys."""
    ping(database)
    with database.reading_all() as session:
        if not has_installed_key(session, ring):
            raise DatabaseUnavailable("its secrets are encrypted with another key")


def _timed(check: Callable[[], Any]) -> dict[str, Any]:
    started = time.monotonic()
    try:
        check()
    except (DatabaseUnavailable, redis.RedisError, OSError):
        return {"ok": False, "ms": _since(started)}
    return {"ok": True, "ms": _since(started)}


def _since(started: float) -> int:
    return int((time.monotonic() - started) * 1000)


def _shown(state: dict[str, Any]) -> dict[str, Any]:
    return {"status": "healthy" if state["ok"] else "unhealthy", "responseTime": state["ms"]}


def _pipedrive(database: Database) -> dict[str, Any]:
    """Return how Pipedrive answered lately. Its outage never makes us unhealthy."""
    started = time.monotonic()
    try:
        with database.reading_all() as session:
            well = not is_degraded(session, now())
    except DatabaseUnavailable:
        well = False
    return {"status": "healthy" if well else "degraded", "responseTime": _since(started)}


def _chat(database: Database) -> dict[str, Any]:
    """Return how many places in Chat took no cards lately, by their breakers. It never makes us unhealthy."""
    started = time.monotonic()
    try:
        with database.reading_all() as session:
            failing = count_failing_lately(session, CHAT_KINDS, now(), MOST_NAMED)
    except DatabaseUnavailable:
        return {"status": "degraded", "responseTime": _since(started)}
    status = "degraded" if failing else "healthy"
    return {"status": status, "failing": failing, "responseTime": _since(started)}


def _external(others: dict[str, dict[str, Any]]) -> dict[str, Any]:
    """Return the state of all services of others together: as that of the one that fares worst."""
    well = all(each["status"] == "healthy" for each in others.values())
    slowest = max(each["responseTime"] for each in others.values())
    return {"status": "healthy" if well else "degraded", "responseTime": slowest}
