"""Consents in tests: one app, a simulated Pipedrive over HTTP, and any number of browsers."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final
from urllib.parse import parse_qs, urlencode, urlsplit

import httpx
from flask import Flask
from sqlalchemy import select
from werkzeug.test import TestResponse

from models.database.engine import Database
from models.tables import Connection
from tests.web.browser import BASE, Browser, app_of, csrf_of
from web.connections.flow import PIPEDRIVE
from web.playground.pipedrive.server import FakePipedrive

START: Final = "/api/v1/oauth/pipedrive"
CALLBACK: Final = "/api/v1/oauth/callback"
CONFIRM: Final = "/api/v1/oauth/confirm"
ADA, BEN = "ada@example.com", "ben@example.com"  # users of the simulated company; Ada is admin


@dataclass
class Bench:
    """The app with its database and its Pipedrive."""

    app: Flask
    database: Database
    pipedrive: FakePipedrive

    def browser(self, email: str | None = None, **origin: Any) -> Browser:
        """Return a new browser, with somebody signed in."""
        browser = Browser(self.app)
        if email:
            browser.sign_in(email, **origin)
        return browser

    def connections(self) -> dict[str, tuple[int, str]]:
        """The tenant of each company, and the state of its connection."""
        with self.database.reading_all() as session:
            rows = session.scalars(select(Connection).order_by(Connection.id)).all()
        return {row.company_id: (row.tenant_id, row.state) for row in rows}

    def asked(self, path: str = "/oauth/token") -> int:
        """How often this path of Pipedrive was called."""
        return sum(each[1] == path for each in self.pipedrive.requests)


@contextmanager
def bench(database: Database, url: str, folder: Path, **variables: str) -> Iterator[Bench]:
    with FakePipedrive(burst=None) as pipedrive:
        told = {"PIPEDRIVE_OAUTH_URL": pipedrive.url, "PIPEDRIVE_API_URL": pipedrive.url} | variables
        with app_of(database, folder, url, **told) as app:
            yield Bench(app, database, pipedrive)
            app.extensions[PIPEDRIVE].close()


def way_back(location: str) -> str:
    """Consent at Pipedrive like a redirected browser; return the path of the redirect back."""
    answer = httpx.get(location, follow_redirects=False, trust_env=False)
    assert answer.status_code == 302, answer.text
    parts = urlsplit(answer.headers["location"])
    assert f"{parts.scheme}://{parts.netloc}" == BASE
    return f"{parts.path}?{parts.query}"


def allowed(browser: Browser, path: str = START) -> str:
    """Go to Pipedrive, consent, and return the path of the callback without calling it."""
    answer = browser.get(path)
    assert answer.status_code == 302, answer.text
    return way_back(answer.location)


def connect(browser: Browser, path: str = START) -> TestResponse:
    return browser.get(allowed(browser, path))


def confirm(browser: Browser, location: str, **changes: str) -> TestResponse:
    """Confirm on the page at `location`."""
    page = browser.get(location)
    assert page.status_code == 200, page.text
    handle = parse_qs(urlsplit(location).query)["install"][0]
    team = page.text.partition('name="team" value="')[2].partition('"')[0]
    return browser.post(CONFIRM, {"csrf": csrf_of(page), "install": handle, "team": team} | changes)


def changed(path: str, **query: str) -> str:
    """The same callback with other parameters; an empty one is removed."""
    parts = urlsplit(path)
    said = {name: values[0] for name, values in parse_qs(parts.query).items()} | query
    return f"{parts.path}?{urlencode({name: value for name, value in said.items() if value})}"
