"""Every response has the security headers, and its own nonce."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from werkzeug.test import Client, TestResponse

from models.database.engine import Database
from models.settings import Settings
from tests.crm import settings_for
from tests.web.browser import BASE, BROWSER, Browser, app_of
from tests.web.rsgi import as_wsgi
from tests.web.visitor import visitor
from web.app import doorway
from web.front import LONGEST_TARGET, MOST_ON_A_PAGE
from web.waker import Waker

PATHS = ("/privacy", "/form", "/nowhere", "/for/people", "/health/live", "/static/pages.css")
PROMISED = {
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "X-XSS-Protection": "0",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Strict-Transport-Security": "max-age=31536000; includeSubDomains",
    "Server": "web",
}


@pytest.fixture
def browser(migrated_sqlite: Path, tmp_path: Path) -> Iterator[Browser]:
    file = tmp_path / "pipenotify.db"
    file.write_bytes(migrated_sqlite.read_bytes())
    database = Database(f"sqlite:///{file}")
    with app_of(database, tmp_path, f"sqlite:///{file}") as app:
        yield Browser(app)
    database.close()


@pytest.fixture
def settings(browser: Browser, tmp_path: Path) -> Settings:
    return settings_for("http://127.0.0.1:9", tmp_path, BASE_URL=BASE, REDIS_URL="redis://127.0.0.1:9/0")


def policy(said: str) -> dict[str, str]:
    return {each.split()[0]: each.split(maxsplit=1)[1] for each in said.split("; ")}


def answers(browser: Browser) -> Iterator[tuple[str, TestResponse]]:
    """Ask every address by each of its methods, and some that are none."""
    asked = [
        (method, re.sub(r"<[^>]+>", "1", rule.rule))
        for rule in browser.app.url_map.iter_rules()
        for method in sorted((rule.methods or set()) - {"OPTIONS"})
    ]
    assert len(asked) > 200
    for method, path in [*asked, *((method, path) for path in PATHS for method in ("GET", "PUT"))]:
        answer = browser.client.open(path, method=method, base_url=BASE, headers=BROWSER)
        yield f"{method} {path}", answer
        answer.close()


@pytest.mark.parametrize("person", ["", "ada@example.com"])
def test_every_answer_of_every_address_is_careful(browser: Browser, person: str) -> None:
    if person:
        browser.sign_in(person)
    for what, said in answers(browser):
        headers = said.headers
        found = {name: headers.get(name) for name in PROMISED}
        assert found == PROMISED, what
        assert "camera=()" in headers["Permissions-Policy"], what
        assert "X-Powered-By" not in headers, what
        assert "unsafe" not in headers["Content-Security-Policy"], what
        is_not_kept = headers.get("Cache-Control") == "no-store"
        assert is_not_kept or what.split()[1].startswith("/static/"), what


def test_the_policy_lets_in_nothing_from_elsewhere(browser: Browser) -> None:
    rules = policy(browser.get("/privacy").headers["Content-Security-Policy"])
    assert rules["default-src"] == rules["style-src"] == rules["form-action"] == "'self'"
    assert rules["object-src"] == rules["base-uri"] == rules["frame-ancestors"] == "'none'"
    assert re.fullmatch(r"'nonce-[\w-]{22}'", rules["script-src"])
    assert rules["img-src"] == "'self' data:"


@pytest.mark.parametrize(
    ("path", "body", "status"),
    [
        ("/api/v1/webhook/pipedrive/k-acme", b"{}", 401),
        ("/chat/events", b"{}", 401),
        ("/form", b"x" * (MOST_ON_A_PAGE + 1), 413),
        ("/" + "x" * LONGEST_TARGET, b"", 414),
    ],
)
def test_answers_from_before_flask_are_as_careful(
    browser: Browser, settings: Settings, path: str, body: bytes, status: int
) -> None:
    database = Database(settings.database_url)
    client = Client(as_wsgi(doorway(settings, browser.app, database, Waker(settings))))

    answer = client.post(path, data=body)

    assert answer.status_code == status
    assert PROMISED.items() <= dict(answer.headers).items()
    assert answer.headers["Cache-Control"] == "no-store"
    assert policy(answer.headers["Content-Security-Policy"])["default-src"] == "'none'"
    database.close()


def test_the_nonce_of_a_page_is_that_of_its_policy_and_never_the_same(browser: Browser) -> None:
    seen = set()
    for _ in range(3):
        said = browser.get("/form")
        found = re.search(r'nonce="([^"]+)"', said.text)
        assert found
        assert policy(said.headers["Content-Security-Policy"])["script-src"] == f"'nonce-{found[1]}'"
        seen.add(found[1])

    assert len(seen) == 3


def test_nothing_is_promised_about_tls_where_there_is_none(tmp_path: Path) -> None:
    client = visitor(tmp_path, BASE_URL="http://127.0.0.1:8080")

    assert "Strict-Transport-Security" not in client.get("/privacy").headers


def test_only_what_everybody_may_see_is_kept_and_shown_elsewhere(browser: Browser) -> None:
    with browser.get("/static/avatar.png") as avatar, browser.get("/static/pages.css") as styles:
        assert avatar.headers["Cross-Origin-Resource-Policy"] == "cross-origin"
        assert styles.headers["Cross-Origin-Resource-Policy"] == "same-origin"
        assert "no-store" not in styles.headers.get("Cache-Control", "")
    assert browser.get("/form").headers["Cache-Control"] == "no-store"
