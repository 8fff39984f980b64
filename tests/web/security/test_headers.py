"""Every response has the security headers, and its own nonce."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from werkzeug.test import TestResponse

from models.database.engine import Database
from tests.web.browser import BASE, BROWSER, Browser, app_of
from tests.web.visitor import visitor
from web.incoming.request import json_response

PATHS = ("/privacy", "/form", "/nowhere", "/for/people", "/health/live", "/static/pages.css")
PROMISED = {
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "X-XSS-Protection": "0",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Strict-Transport-Security": "max-age=31536000; includeSubDomains",
}


@pytest.fixture
def browser(migrated_sqlite: Path, tmp_path: Path) -> Iterator[Browser]:
    file = tmp_path / "pipenotify.db"
    file.write_bytes(migrated_sqlite.read_bytes())
    database = Database(f"sqlite:///{file}")
    with app_of(database, tmp_path, f"sqlite:///{file}") as app:
        yield Browser(app)
    database.close()


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
        assert not {"X-Powered-By", "Server"} & {*headers.keys()}, what
        assert "unsafe" not in headers["Content-Security-Policy"], what
        is_not_kept = headers.get("Cache-Control") == "no-store"
        assert is_not_kept or what.split()[1].startswith("/static/"), what


def test_the_policy_lets_in_nothing_from_elsewhere(browser: Browser) -> None:
    rules = policy(browser.get("/privacy").headers["Content-Security-Policy"])
    assert rules["default-src"] == rules["style-src"] == rules["form-action"] == "'self'"
    assert rules["object-src"] == rules["base-uri"] == rules["frame-ancestors"] == "'none'"
    assert re.fullmatch(r"'nonce-[\w-]{22}'", rules["script-src"])
    assert rules["img-src"] == "'self' data:"


def test_answers_from_before_flask_are_as_careful() -> None:
    headers = dict(json_response(401, {"success": False}, ("Retry-After", "2")).headers)
    promised = {name: value for name, value in PROMISED.items() if not name.startswith("Strict")}
    assert promised.items() <= headers.items()
    assert (headers["Cache-Control"], headers["Retry-After"]) == ("no-store", "2")
    assert policy(headers["Content-Security-Policy"])["default-src"] == "'none'"


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
