"""No other site acts in somebody's name: a token in each form, and where the browser says it comes from."""

from __future__ import annotations

import hmac
from typing import Final
from urllib.parse import urlsplit

from flask import current_app, request

from models.errors import DatabaseUnavailable, NotAllowed
from models.settings import Settings
from web.security.sessions import Sessions

FIELD: Final = "csrf"
HEADER: Final = "X-CSRF-Token"
SAFE: Final = frozenset({"GET", "HEAD", "OPTIONS"})


class Forged(NotAllowed):
    """Raised when a form may not be of our page, or is of an older visit."""

    code = "FORGED"
    user_message = (
        "This page has grown old, is of another team than the one you look at now, or is not ours. "
        "Reload it and try again."
    )


class CrossSite:
    """Makes the tokens of forms and checks them.

    A token is bound to the session's secret, else to the browser's, so it is worth nothing to anybody else;
    and to the tenant looked at, so that a page left open on one does nothing to another.
    """

    def __init__(self, settings: Settings, sessions: Sessions) -> None:
        self._own = urlsplit(settings.base_url).netloc
        self._sessions = sessions

    def token(self) -> str:
        """Return the token for the forms of the page that is being drawn."""
        text = f"csrf:{self._sessions.form_secret()}:{self._tenant() or ''}"
        return hmac.digest(_key(), text.encode(), "sha256").hex()

    def check(self) -> None:
        """Raise Forged unless the present request is a form of ours, or only reads."""
        if request.method in SAFE:
            return
        given = request.headers.get(HEADER) or request.form.get(FIELD, "")
        is_token = hmac.compare_digest(given.encode("utf-8", "replace"), self.token().encode())
        if not (is_token and self._is_from_here()):
            raise Forged(f"{request.method} without a token or from another site")

    def _tenant(self) -> int | None:
        try:
            person = self._sessions.current()
        except DatabaseUnavailable:
            return None  # the page is drawn all the same; its forms are refused by then, or later
        return person.tenant_id if person else None

    def _is_from_here(self) -> bool:
        """Read Sec-Fetch-Site and Origin, where the browser sends them.

        A page with `no-referrer` sends the Origin `null` with its own forms, too
        (https://fetch.spec.whatwg.org/#append-a-request-origin-header), so that says nothing.
        """
        if request.headers.get("Sec-Fetch-Site", "same-origin") not in {"same-origin", "none"}:
            return False
        origin = request.headers.get("Origin", "null")
        return origin == "null" or _netloc(origin) in {self._own, request.host}


def _netloc(origin: str) -> str:
    try:
        return urlsplit(origin).netloc
    except ValueError:
        return ""


def _key() -> bytes:
    key: bytes = current_app.config["SECRET_KEY"]
    return key
