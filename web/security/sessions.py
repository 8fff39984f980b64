"""Browsers and who sits before them: two cookies, each an opaque secret whose hash alone is kept.

`session` says who is signed in. `browser` is there before that: it binds a consent, and the forms of
nobody, to one browser. With https both are `__Host-` cookies: of this host alone, never sent without TLS.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Final
from urllib.parse import urlsplit

from flask import g, request
from werkzeug.wrappers import Response

from models.accounts import sessions
from models.accounts.sessions import LIFE, Origin, SignedInUser
from models.database.engine import Database
from models.security.secrets import digest_of, new_secret
from models.settings import Settings

BY_ITSELF: Final = "X-By-Itself"  # said by a page that asks for news while perhaps nobody looks at it
BROWSER_LIFE: Final = timedelta(hours=1)  # a consent takes minutes


class Sessions:
    """The sessions of one web part. Its methods speak of the present request."""

    def __init__(self, database: Database, settings: Settings) -> None:
        self._database = database
        self._is_secure = urlsplit(settings.base_url).scheme == "https"
        prefix = "__Host-" if self._is_secure else ""
        self.session_cookie, self.browser_cookie = f"{prefix}session", f"{prefix}browser"

    def current(self, *, is_use: bool = True) -> SignedInUser | None:
        """Return who is signed in in this browser; None for nobody, and for a session that ended.

        Asked of the record once a request. A request that is no use of the session, or that a page makes by
        itself, does not keep it alive. Raises DatabaseUnavailable.
        """
        if "person" not in g:
            g.person = self._find(is_use=is_use and BY_ITSELF not in request.headers)
        person: SignedInUser | None = g.person
        return person

    def sign_in(
        self,
        response: Response,
        email: str,
        display_name: str,
        *,
        space: str | None = None,
        space_title: str = "",
        tenant_id: int | None = None,
    ) -> None:
        """Sign a person in under a new id; whoever was signed in here before is signed out.

        `space` and `tenant_id` are where in Chat they came from, if they did.
        """
        origin = Origin(tenant_id, space, space_title)
        before = request.cookies.get(self.session_cookie)
        with self._database.writing_all() as session:
            secret = sessions.open_session(session, email, display_name, request.user_agent.string, origin)
            if before:
                sessions.close_session(session, before)
        g.pop("person", None)
        self._give(response, self.session_cookie, secret, LIFE)

    def sign_out(self, response: Response) -> None:
        """End the session of this browser, in the record and in its cookies."""
        if secret := request.cookies.get(self.session_cookie):
            with self._database.writing_all() as session:
                sessions.close_session(session, secret)
        g.person = None
        for cookie in (self.session_cookie, self.browser_cookie):
            response.delete_cookie(cookie, path="/", secure=self._is_secure, httponly=True, samesite="Lax")

    def switch_tenant(self, session_id: int, tenant_id: int) -> None:
        """Turn a session to another tenant; what it may do there its user's role says."""
        with self._database.writing_all() as session:
            sessions.switch_tenant(session, session_id, tenant_id)
        g.pop("person", None)

    def browser(self, response: Response) -> str:
        """Return the secret of this browser and see that it keeps it for another hour."""
        secret = self.browser_secret()
        self._give(response, self.browser_cookie, secret, BROWSER_LIFE)
        g.browser_is_new = False
        return secret

    def browser_hash(self) -> str | None:
        """Return the hash that consents of this browser are bound to; None while it has no secret."""
        secret = request.cookies.get(self.browser_cookie)
        return digest_of(secret) if secret else None

    def browser_secret(self) -> str:
        """Return the secret of this browser; a new one goes out with the answer (see `keep_browser`)."""
        if "browser_secret" not in g:
            known = request.cookies.get(self.browser_cookie)
            g.browser_secret, g.browser_is_new = known or new_secret(), not known
        secret: str = g.browser_secret
        return secret

    def form_secret(self) -> str:
        """Return the secret that forms are bound to: that of the session, else that of the browser."""
        return request.cookies.get(self.session_cookie) or self.browser_secret()

    def keep_browser(self, response: Response) -> None:
        """Send a secret out that was made while the page was drawn."""
        if g.get("browser_is_new"):
            self._give(response, self.browser_cookie, g.browser_secret, BROWSER_LIFE)

    def _find(self, *, is_use: bool) -> SignedInUser | None:
        secret = request.cookies.get(self.session_cookie)
        if not secret:
            return None
        with self._database.reading_all() as session:
            found = sessions.find(session, secret)
        if found is None:
            return None
        person, is_time = found
        if is_time and is_use:
            with self._database.writing_all() as session:
                sessions.touch(session, person.session_id)
        return person

    def _give(self, response: Response, cookie: str, secret: str, life: timedelta) -> None:
        response.set_cookie(
            cookie, secret, max_age=life, path="/", secure=self._is_secure, httponly=True, samesite="Lax"
        )
