"""Protection against cross-site requests: a token in each form, and the browser's origin headers."""

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
    """Raised when a form may not be from our page, or is from an older session."""

    code = "FORGED"
    user_message = (
        "This page has grown old, is of another team than the one you look at now, or is not ours. "
        "Reload it and try again."
    )


class CrossSite:
    """Creates the tokens of forms and checks them.

    A token is bound to the session's secret, else to the browser's, so it is useless to anybody else;
    and to the selected tenant, so that a page left open on one tenant cannot change another.
    """

    def __init__(self, settings: Settings, sessions: Sessions) -> None:
        self._own = urlsplit(settings.base_url).netloc
        self._sessions = sessions

    def token(self) -> str:
        """Return the token for the forms of the page being rendered."""
        text = f"csrf:{self._sessions.form_secret()}:{self._tenant() or ''}"
        return hmac.digest(_key(), text.encode(), "sha256").hex()

    def check(self) -> None:
        """Raise Forged unless the present request only reads or is a form of ours."""
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
            return None  # the page is still rendered; its forms are refused if the database stays down
        return person.tenant_id if person else None

    def _is_from_here(self) -> bool:
        """Check Sec-Fetch-Site and Origin, if the browser sends them.

        A page with `no-referrer` sends the Origin `null` with its own forms, too
        (https://fetch.spec.whatwg.org/#append-a-request-origin-header), so `null` is ignored.
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
