"""A client that behaves like a browser: it signs in and out, over WSGI."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from flask import Blueprint, Flask, jsonify, render_template_string
from flask.testing import FlaskClient
from flask.typing import ResponseReturnValue
from werkzeug.exceptions import NotFound
from werkzeug.test import TestResponse
from werkzeug.wrappers import Response

from models.accounts.rights import Action
from models.database.engine import Database
from tests.crm import settings_for
from tests.web.visitor import NOBODY
from web.app import create_app
from web.security.guards import SESSIONS, allowed, guessable, own_proof, signed_in
from web.security.sessions import Sessions
from web.waker import Waker

BASE = "https://pipenotify.example.com"
HOST = "pipenotify.example.com"
BROWSER = {"Accept": "text/html,application/xhtml+xml,*/*;q=0.8"}
SESSION, BROWSER_COOKIE = "__Host-session", "__Host-browser"
FORM = '<script nonce="{{ csp_nonce() }}"></script><input name="csrf" value="{{ csrf_token() }}">'


class Standing:
    """A clock that stands still, for counts by the minute."""

    def monotonic(self) -> float:
        return 0.0


@dataclass
class Browser:
    """One browser of one app; `sign_in` does what an endpoint does once it knows the person."""

    app: Flask
    base: str = BASE
    client: FlaskClient = field(init=False)

    def __post_init__(self) -> None:
        self.client = self.app.test_client()

    @property
    def sessions(self) -> Sessions:
        found: Sessions = self.app.extensions[SESSIONS]
        return found

    def get(self, path: str, **more: Any) -> TestResponse:
        return self.client.get(path, base_url=self.base, headers=BROWSER | more.pop("headers", {}), **more)

    def post(self, path: str, data: dict[str, str] | None = None, **more: Any) -> TestResponse:
        """Press a button of our own page, with a browser's headers."""
        said = {"Origin": "null", "Sec-Fetch-Site": "same-origin"} | BROWSER | more.pop("headers", {})
        return self.client.post(path, data=data, base_url=self.base, headers=said, **more)

    def token(self, path: str = "/form") -> str:
        return csrf_of(self.get(path))

    def sign_in(self, email: str = "ada@example.com", **origin: Any) -> TestResponse:
        said = {"email": email} | origin
        answer = self.client.post("/test/sign-in", json=said, base_url=self.base)
        assert answer.status_code == 200
        return answer

    def cookie(self, name: str) -> str | None:
        found = self.client.get_cookie(name, domain=HOST)
        return found.value if found else None

    def person(self) -> dict[str, Any]:
        said: dict[str, Any] = self.get("/test/who").get_json()
        return said


def csrf_of(page: TestResponse) -> str:
    found = re.search(r'name="csrf" value="([^"]+)"', page.text)
    assert found, page.text[:500]
    return found[1]


def cookies_of(answer: TestResponse) -> dict[str, str]:
    """The Set-Cookie headers of a response."""
    return {each.partition("=")[0]: each for each in answer.headers.getlist("Set-Cookie")}


@contextmanager
def app_of(database: Database, folder: Path, url: str, **variables: str) -> Iterator[Flask]:
    """An app on a database, with additional pages of the test."""
    told = {"BASE_URL": BASE, "REDIS_URL": NOBODY, "DATABASE_URL": url} | variables
    settings = settings_for("http://127.0.0.1:9", folder, **told)
    app = create_app(settings, database, Waker(settings))
    app.register_blueprint(_pages(app))
    yield app


def _pages(app: Flask) -> Blueprint:
    pages = Blueprint("client_pages", __name__)
    sessions: Sessions = app.extensions[SESSIONS]
    _doing(pages, sessions)

    @pages.get("/form")
    def _form() -> str:
        return render_template_string(FORM)

    @pages.get("/test/who")
    def _who() -> ResponseReturnValue:
        return jsonify(sessions.current())

    @pages.get("/for/people")
    @signed_in
    def _people() -> str:
        return "hello"

    @pages.get("/for/admins")
    @allowed(Action.CONNECTION_CHANGE)
    def _admins() -> str:
        return "hello admin"

    @pages.get("/guess/<word>")
    @guessable
    def _guess(word: str) -> str:
        if word != "right":
            raise NotFound("wrong")
        return "right"

    return pages


def _doing(pages: Blueprint, sessions: Sessions) -> None:
    @pages.post("/test/sign-in")
    @own_proof
    def _sign_in() -> ResponseReturnValue:
        from flask import request

        said: dict[str, Any] = request.get_json()
        answer = Response("")
        sessions.sign_in(answer, said.pop("email"), "Ada", **said)
        return answer

    @pages.post("/test/sign-out")
    def _sign_out() -> ResponseReturnValue:
        answer = Response("")
        sessions.sign_out(answer)
        return answer

    @pages.post("/test/browser")
    @own_proof
    def _browser() -> ResponseReturnValue:
        answer = Response("")
        answer.data = sessions.browser(answer)
        return answer

    @pages.post("/do")
    def _do() -> str:
        return "done"
