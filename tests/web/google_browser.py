"""A browser that signs in with the simulated Google: it follows redirects, and keeps its cookies."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import httpx
from werkzeug.test import TestResponse

from models.accounts.connect_links import issue
from models.database.engine import Database
from models.tables.accounts import CONNECT
from tests.web.browser import BASE, Browser, app_of
from web.playground.google.server import FakeGoogle

CALLBACK = "/oauth/google/callback"
ADA, BEN = "ada@example.com", "ben@example.com"


@contextmanager
def google_at(base: str = BASE) -> Iterator[FakeGoogle]:
    """A Google that knows our callback, with Ada signed in."""
    with FakeGoogle() as google:
        google.sign_in.redirect_uris.add(f"{base}{CALLBACK}")
        google.auto = ADA
        yield google


@contextmanager
def browser_before(
    google: FakeGoogle, database: Database, folder: Path, url: str, **variables: str
) -> Iterator[Browser]:
    """A browser of an app that signs in at this Google."""
    client = {
        "GOOGLE_CLIENT_ID": google.sign_in.client_id,
        "GOOGLE_CLIENT_SECRET": google.sign_in.client_secret,
    }
    with app_of(database, folder, url, GOOGLE_OAUTH_URL=google.url, **(client | variables)) as app:
        yield Browser(app)


def led(answer: TestResponse) -> str:
    """The redirect of a response."""
    assert answer.status_code in {302, 303}, answer.text[:300]
    return answer.headers["Location"]


def agree(there: str) -> str:
    """Consent at Google; return the path of the redirect back."""
    back = httpx.get(there, trust_env=False)
    assert back.status_code == 302, back.text[:300]
    url = urlsplit(back.headers["location"])
    assert f"{url.scheme}://{url.netloc}{url.path}" == f"{BASE}{CALLBACK}"
    return f"{url.path}?{url.query}"


def sign_in(browser: Browser, start: str = "/sign-in") -> TestResponse:
    """Press "Sign in with Google" and come back."""
    return browser.get(agree(led(browser.get(start))))


def asked(there: str) -> dict[str, str]:
    """The query parameters of a URL."""
    return dict(parse_qsl(urlsplit(there).query))


def ticket(database: Database, email: str = ADA, **said: Any) -> str:
    """The connect link that `/pipenotify connect` gives somebody in the space Deals."""
    usual = {
        "purpose": CONNECT,
        "email": email,
        "chat_name": "users/1",
        "tenant_id": None,
        "space": "spaces/A",
        "space_title": "Deals <b>",
    }
    with database.writing_all() as session:
        return issue(session, **(usual | said))
