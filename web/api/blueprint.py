"""Puts REST together: a blueprint for each noun, and what all answers below /api share."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from flask import Blueprint, Flask, Response, request

from jobs.wiring import redis_url
from models.database.engine import Database
from models.security.vault import Vault
from models.settings import Settings
from web.api.access_token import AccessTokens
from web.api.auth import AUTH
from web.api.gate import Gate
from web.api.limits import RateLimits
from web.api.nouns.rules import RULES
from web.api.nouns.webhooks import WEBHOOKS
from web.api.routes import PREFIX, ApiDeps, ApiRoute, Routes
from web.api.run import run, run_open
from web.security.guards import own_proof

NOUNS: Final[tuple[Routes, ...]] = (AUTH, RULES, WEBHOOKS)
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

    @app.after_request
    def _finish(response: Response) -> Response:
        if request.path.startswith("/api/") and not request.path.startswith(WEBHOOK):
            gate.show_limit(response)
        return response


def _blueprint(noun: Routes, deps: ApiDeps, gate: Gate) -> Blueprint:
    made = Blueprint(f"api-{noun.noun}", __name__, url_prefix=PREFIX)
    for route in noun:
        name = f"{route.method.lower()}_{route.handle.__name__}"
        made.add_url_rule(route.path, name, _view(route, deps, gate), methods=[route.method])
    return made


def _view(route: ApiRoute, deps: ApiDeps, gate: Gate) -> Callable[..., Response]:
    answer = run_open if route.is_open else run

    @own_proof
    def view(**ids: str) -> Response:
        return answer(route, deps, gate, ids)

    return view
