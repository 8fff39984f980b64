"""Every response has the security headers, and its own nonce."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from models.database.engine import Database
from tests.web.browser import Browser, app_of
from tests.web.visitor import visitor

PATHS = ("/privacy", "/form", "/nowhere", "/for/people", "/health/live", "/static/pages.css")


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


@pytest.mark.parametrize("path", PATHS)
def test_every_answer_is_careful(browser: Browser, path: str) -> None:
    with browser.get(path) as said:
        headers = said.headers

    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["X-Frame-Options"] == "DENY"
    assert headers["Referrer-Policy"] == "no-referrer"
    assert headers["Cross-Origin-Opener-Policy"] == "same-origin"
    assert headers["Strict-Transport-Security"] == "max-age=31536000; includeSubDomains"
    assert "camera=()" in headers["Permissions-Policy"]
    rules = policy(headers["Content-Security-Policy"])
    assert rules["default-src"] == rules["style-src"] == rules["form-action"] == "'self'"
    assert rules["object-src"] == rules["base-uri"] == rules["frame-ancestors"] == "'none'"
    assert re.fullmatch(r"'nonce-[\w-]{22}'", rules["script-src"])
    assert rules["img-src"] == "'self' data:"
    assert "unsafe" not in headers["Content-Security-Policy"]


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
