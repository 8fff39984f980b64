"""Puts REST together: a blueprint for each noun, and what all answers below /api share."""

from __future__ import annotations

import json
from collections.abc import Callable
from functools import cache
from typing import Final

from flask import Blueprint, Flask, Response, request

from jobs.process.embedded_redis import redis_url
from models.database.engine import Database
from models.security.vault import Vault
from models.settings import Settings
from web.api.access_token import AccessTokens
from web.api.auth import AUTH
from web.api.cors import allow_origin
from web.api.gate import Gate
from web.api.incoming import JSON
from web.api.leads.companies import COMPANIES
from web.api.leads.forms import FORMS, SUBMISSIONS
from web.api.leads.imports import IMPORTS
from web.api.leads.pipelines import LEAD_PIPELINES
from web.api.leads.routes import LEADS
from web.api.leads.scores import SCORES
from web.api.limits import RateLimits
from web.api.nouns.analytics import ANALYTICS, MONITORING
from web.api.nouns.audit import AUDIT
from web.api.nouns.digests import DIGESTS, REPORTS
from web.api.nouns.events import EVENTS
from web.api.nouns.logs import LOGS
from web.api.nouns.mutes import MUTES
from web.api.nouns.notifications import NOTIFICATIONS
from web.api.nouns.plan import PLAN
from web.api.nouns.preferences import DEFAULTS, PREFERENCES
from web.api.nouns.quiet_hours import QUIET_HOURS
from web.api.nouns.reminders import HOLIDAYS, REMINDERS
from web.api.nouns.retention import ENCRYPTION, RETENTION
from web.api.nouns.rules import RULES
from web.api.nouns.stalled import STALLED
from web.api.nouns.templates import TEMPLATES
from web.api.nouns.users import USERS
from web.api.nudges import NUDGES
from web.api.openapi.document import document
from web.api.routes import PREFIX, ApiDeps, ApiRoute, Routes
from web.api.routing.routes import ASSIGNMENTS, AVAILABILITY, ROUTING
from web.api.run import run, run_open
from web.api.sales import SALES
from web.api.stream import STREAM
from web.api.webhooks.routes import WEBHOOKS
from web.security.guards import own_proof

NOUNS: Final[tuple[Routes, ...]] = (
    AUTH,
    RULES,
    WEBHOOKS,
    TEMPLATES,
    LOGS,
    EVENTS,
    STREAM,
    QUIET_HOURS,
    MUTES,
    DIGESTS,
    NOTIFICATIONS,
    PREFERENCES,
    DEFAULTS,
    REPORTS,
    REMINDERS,
    HOLIDAYS,
    STALLED,
    LEADS,
    SCORES,
    LEAD_PIPELINES,
    COMPANIES,
    FORMS,
    SUBMISSIONS,
    IMPORTS,
    NUDGES,
    ROUTING,
    ASSIGNMENTS,
    AVAILABILITY,
    USERS,
    AUDIT,
    RETENTION,
    ENCRYPTION,
    PLAN,
    SALES,
    MONITORING,
    ANALYTICS,
)
WEBHOOK: Final = f"{PREFIX}/webhook"


def add_api(
    app: Flask, settings: Settings, database: Database, vault: Vault, wake: Callable[[], None]
) -> None:
    """Add the routes of REST v1 to an app, and the headers of all its answers."""
    tokens = AccessTokens(settings.secret_key)
    gate = Gate(database, tokens, RateLimits(redis_url(settings)))
    deps = ApiDeps(settings, database, vault, tokens, wake)
    for noun in NOUNS:
        app.register_blueprint(_blueprint(noun, deps, gate))
    app.register_blueprint(_description(settings, gate))

    @app.after_request
    def _finish(response: Response) -> Response:
        if request.path.startswith("/api/") and not request.path.startswith(WEBHOOK):
            gate.show_limit(response)
            allow_origin(response, settings.cors_origins)
        return response


def _blueprint(noun: Routes, deps: ApiDeps, gate: Gate) -> Blueprint:
    made = Blueprint(f"api-{noun.noun}", __name__, url_prefix=PREFIX)
    for route in noun:
        name = f"{route.method.lower()}_{route.handle.__name__}"
        made.add_url_rule(route.path, name, _view(route, deps, gate), methods=[route.method])
    return made


def _description(settings: Settings, gate: Gate) -> Blueprint:
    """Return the address of the OpenAPI document, which everybody may read."""
    made = Blueprint("api-openapi", __name__, url_prefix=PREFIX)

    @cache
    def described() -> str:
        return json.dumps(document(settings.base_url, all_routes()))

    @made.get("/openapi.json")
    @own_proof
    def openapi() -> Response:
        gate.count_unknown()
        return Response(described(), mimetype=JSON)

    return made


def all_routes() -> list[ApiRoute]:
    """Return every route, in the order of the nouns."""
    return [route for noun in NOUNS for route in noun]


def _view(route: ApiRoute, deps: ApiDeps, gate: Gate) -> Callable[..., Response]:
    answer = run_open if route.is_open else run

    @own_proof
    def view(**ids: str) -> Response:
        return answer(route, deps, gate, ids)

    return view
