"""Assembles the web part: `create_app` for Flask, `doorway` for the server."""

from __future__ import annotations

import re
import secrets
import threading
import time
from typing import Final
from urllib.parse import urlsplit

import structlog
from flask import Flask, Response, g, jsonify, make_response, redirect, request
from werkzeug.exceptions import HTTPException
from werkzeug.wrappers import Response as AnyResponse

from jobs.to_google.sign_in import GoogleSignIn
from jobs.to_pipedrive.client import Pipedrive
from models.database.engine import Database
from models.errors import AppError, TooOften
from models.operating.carried import carry_settings
from models.security.request_origin import REQUEST_ORIGIN, RequestOrigin
from models.security.vault import Vault
from models.settings import Settings
from models.settings_values import PRODUCTION
from web.admin.deps import AdminDeps
from web.admin.views import admin_pages
from web.api.blueprint import add_api
from web.api.errors import error_response
from web.api.plan_events import plan_event_door
from web.connections.disconnect import disconnecting
from web.connections.flow import PIPEDRIVE, Consents
from web.connections.views import oauth
from web.errors import error_body, error_page, wants_page
from web.from_chat.door import chat_blueprint
from web.from_chat.google_token import ChatTokenVerifier
from web.from_pipedrive.credentials import Credentials
from web.from_pipedrive.door import FromPipedrive
from web.from_pipedrive.group_writer import GroupWriter
from web.front import CHAT, Front
from web.health.debug import debug_doors
from web.health.metrics import EVENTS
from web.health.requests import count_requests
from web.health.views import health
from web.incoming.refusals import raise_refusal
from web.intake.views import intake_doors
from web.pages import pages
from web.security.guards import guard
from web.security.headers import harden, headers_of_tls
from web.security.rate_limit import FailureCounter
from web.security.sessions import Sessions
from web.setup.views import SetupDeps, setup_pages
from web.sign_in.connect_link import connect_pages
from web.sign_in.sign_in import SignIn
from web.sign_in.views import sign_in_pages
from web.static_urls import fingerprint
from web.unsubscribe import unsubscribe_pages
from web.waker import Waker

CHAT_TOKENS: Final = "pipenotify.chat_tokens"
MOST_BYTES: Final = 1024 * 1024
SLOW_MS: Final = 1000
PLAIN_WORD: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9._:-]{0,63}")  # an id of a request that we take
PLAIN_WORDS: Final = {404: "There is nothing at this address.", 405: "This address is not for that."}

log = structlog.get_logger()


def _flask(settings: Settings) -> Flask:
    app = Flask(__name__)
    app.config.update(MAX_CONTENT_LENGTH=MOST_BYTES, SECRET_KEY=settings.secret_key)
    return app


def create_app(settings: Settings, database: Database, waker: Waker) -> Flask:
    """Return the Flask app with all endpoints except Pipedrive's, which runs in front of it."""
    carry_settings(database, settings)
    app = _flask(settings)
    vault = Vault(settings.encryption_keys)
    sessions = Sessions(database, settings)
    app.before_request(_number_the_request)
    app.before_request(raise_refusal)
    app.before_request(lambda: _to_https(settings))
    guard(app, settings, sessions)
    harden(app, settings)
    app.after_request(_note_slowness)
    app.register_error_handler(HTTPException, _http_error)
    app.register_error_handler(Exception, _unforeseen)
    app.register_error_handler(AppError, _app_error)
    fingerprint(app)
    app.register_blueprint(pages(settings, database))
    app.register_blueprint(unsubscribe_pages(settings, database))
    app.register_blueprint(setup_pages(SetupDeps(settings, database, sessions, waker.wake)))
    app.register_blueprint(admin_pages(AdminDeps(settings, database, sessions, waker.wake)))
    consents = Consents(settings, database, vault, Pipedrive(database, vault, settings))
    app.extensions[PIPEDRIVE] = consents.pipedrive  # whoever shuts the app down closes it
    app.register_blueprint(oauth(consents, sessions, waker.wake))
    app.register_blueprint(disconnecting(settings, database, sessions, waker.wake))
    sign_in = SignIn(settings, database, vault, sessions, GoogleSignIn(settings))
    app.register_blueprint(sign_in_pages(sign_in))
    app.register_blueprint(connect_pages(sign_in))
    _add_health(app, settings, database)
    verifier = app.extensions[CHAT_TOKENS] = ChatTokenVerifier(settings)
    app.register_blueprint(chat_blueprint(database, settings, vault, verifier, waker.wake))
    _add_programs(app, settings, database, vault, waker)
    return app


def _add_health(app: Flask, settings: Settings, database: Database) -> None:
    """Add what operators look at."""
    count_requests(app)
    app.register_blueprint(health(settings, database))
    if settings.app_env != PRODUCTION:
        app.register_blueprint(debug_doors(settings, database))


def _add_programs(app: Flask, settings: Settings, database: Database, vault: Vault, waker: Waker) -> None:
    """Add what other programs and other sites call."""
    add_api(app, settings, database, vault, waker.wake)
    app.register_blueprint(intake_doors(settings, database))
    app.register_blueprint(plan_event_door(settings, database))


def doorway(settings: Settings, app: Flask, database: Database, waker: Waker) -> Front:
    """Return the RSGI app to serve: Pipedrive's endpoint, and Flask in threads."""

    def stored(new: int, repeats: int) -> None:
        EVENTS.labels("stored").inc(new)
        EVENTS.labels("repeat").inc(repeats)
        if new:
            waker.wake()

    writer = GroupWriter(database, stored, settings.day_limits)
    writer.start()
    credentials = Credentials(database, Vault(settings.encryption_keys), settings.credentials_fresh_s)
    threading.Thread(target=credentials.keep_fresh, name="credentials", daemon=True).start()
    door = FromPipedrive(credentials, writer, FailureCounter(), settings.proxy_hops)
    verifier: ChatTokenVerifier = app.extensions[CHAT_TOKENS]
    return Front(door, app, verifier.admits, headers_of_tls(settings))


def _number_the_request() -> None:
    given = request.headers.get("X-Request-ID", "")
    g.request_id = given if PLAIN_WORD.fullmatch(given) else secrets.token_hex(8)
    g.started = time.monotonic()
    structlog.contextvars.clear_contextvars()
    endpoint = f"{request.method} {request.url_rule or 'unknown'}"  # the rule: a path may hold a secret
    structlog.contextvars.bind_contextvars(request_id=g.request_id, endpoint=endpoint)
    client = ("", "") if request.path == CHAT else (request.remote_addr or "", request.user_agent.string)
    REQUEST_ORIGIN.set(RequestOrigin(g.request_id, *client))


def _to_https(settings: Settings) -> AnyResponse | None:
    """Redirect to https if the proxy says that the request came by http; the host is BASE_URL's."""
    if request.headers.get("X-Forwarded-Proto") == "http" and urlsplit(settings.base_url).scheme == "https":
        path = request.full_path if request.query_string else request.path
        return redirect(f"{settings.base_url}{path}", 308)
    return None


def _note_slowness(response: Response) -> Response:
    took = int((time.monotonic() - g.get("started", time.monotonic())) * 1000)
    if took > SLOW_MS and not request.path.startswith("/playground"):  # its page waits for changes
        log.warning("slow_request", path=request.path, status=response.status_code, took_ms=took)
    return response


def _answer_error(words: str, code: str, status: int) -> tuple[Response, int]:
    """Return an error page to a browser, the JSON error envelope to all other clients."""
    answer = make_response(error_page(status, words)) if wants_page() else jsonify(error_body(words, code))
    answer.vary.add("Accept")
    return answer, status


def _is_api() -> bool:
    return request.path.startswith("/api/")


def _http_error(error: HTTPException) -> Response | tuple[Response, int]:
    if _is_api():
        return error_response(error)
    code = (error.name or "error").upper().replace(" ", "_")
    words = PLAIN_WORDS.get(error.code or 500, error.description or error.name)
    return _answer_error(words, code, error.code or 500)


def _app_error(error: AppError) -> Response | tuple[Response, int]:
    log.warning("request.failed", code=error.code, why=str(error)[:200])
    if _is_api():
        return error_response(error)
    answer, status = _answer_error(error.user_message, error.code, error.status)
    if isinstance(error, TooOften):
        answer.headers["Retry-After"] = str(error.retry_after)
    return answer, status


def _unforeseen(error: Exception) -> Response | tuple[Response, int]:
    log.error("request.unexpected", path=request.path, exc_info=error)
    if _is_api():
        return error_response(error)
    return _answer_error("Something went wrong on our side.", "INTERNAL", 500)
