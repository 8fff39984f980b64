"""Browser sessions in two cookies, each an opaque secret of which only the hash is stored.

`session` identifies who is signed in. `browser` exists before that: it binds a consent, and the forms of
people who are not signed in, to one browser. With https both are `__Host-` cookies: for this host only, never
sent without TLS.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Final
from urllib.parse import urlsplit

from flask import g, request
from werkzeug.wrappers import Response

from models.accounts import sessions
from models.accounts.permissions import refusal
from models.accounts.rights import Action
from models.accounts.sessions import LIFE, Origin, SignedInUser
from models.database.engine import Database
from models.errors import NotAllowed
from models.logs import note_who_acts
from models.security.secrets import digest_of, may_be_secret, new_secret
from models.settings import Settings

BY_ITSELF: Final = "X-By-Itself"  # sent by a page that polls, perhaps with nobody watching
BROWSER_LIFE: Final = timedelta(hours=1)  # a consent takes minutes


class Sessions:
    """The sessions of one web part. Its methods refer to the present request."""

    def __init__(self, database: Database, settings: Settings) -> None:
        self._database = database
        self._is_secure = urlsplit(settings.base_url).scheme == "https"
        prefix = "__Host-" if self._is_secure else ""
        self.session_cookie, self.browser_cookie = f"{prefix}session", f"{prefix}browser"

    def current(self, *, is_use: bool = True) -> SignedInUser | None:
        """Return who is signed in in this browser; None if nobody is, or if the session ended.

        Read from the database once a request. A request that does not use the session, or that a page makes
        by itself, does not keep it alive. Raises DatabaseUnavailable.
        """
        if "person" not in g:
            g.person = self._find(is_use=is_use and BY_ITSELF not in request.headers)
            if g.person is not None:
                note_who_acts(g.person.actor)
        person: SignedInUser | None = g.person
        return person

    def require(self, person: SignedInUser, action: Action) -> None:
        """Check what a person may do in their selected tenant. Raises NotAllowed, DatabaseUnavailable."""
        if person.may(action):
            return
        if person.tenant_id is None:
            raise NotAllowed(user_message="You belong to no team yet. Ask an admin of yours to invite you.")
        with self._database.reading(person.tenant_id) as session:
            raise refusal(session, person.actor, action)

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
        """Sign a person in under a new session id; the person signed in here before is signed out.

        `space` and `tenant_id` are where in Chat they came from, if known.
        """
        origin = Origin(tenant_id, space, space_title)
        before = self._cookie(self.session_cookie)
        with self._database.writing_all() as session:
            secret = sessions.open_session(session, email, display_name, request.user_agent.string, origin)
            if before:
                sessions.close_session(session, before)
        g.pop("person", None)
        self._give(response, self.session_cookie, secret, LIFE)

    def sign_out(self, response: Response) -> None:
        """End the session of this browser, in the database and in its cookies."""
        if secret := self._cookie(self.session_cookie):
            with self._database.writing_all() as session:
                sessions.close_session(session, secret)
        g.person = None
        for cookie in (self.session_cookie, self.browser_cookie):
            response.delete_cookie(cookie, path="/", secure=self._is_secure, httponly=True, samesite="Lax")

    def switch_tenant(self, session_id: int, tenant_id: int) -> None:
        """Switch a session to another tenant; its user's role there decides what it may do."""
        with self._database.writing_all() as session:
            sessions.switch_tenant(session, session_id, tenant_id)
        g.pop("person", None)

    def browser(self, response: Response) -> str:
        """Return the secret of this browser and extend its cookie by an hour."""
        secret = self.browser_secret()
        self._give(response, self.browser_cookie, secret, BROWSER_LIFE)
        g.browser_is_new = False
        return secret

    def browser_hash(self) -> str | None:
        """Return the hash that consents of this browser are bound to; None while it has no secret."""
        secret = self._cookie(self.browser_cookie)
        return digest_of(secret) if secret else None

    def browser_secret(self) -> str:
        """Return the secret of this browser; a new one is sent with the response (see `keep_browser`)."""
        if "browser_secret" not in g:
            known = self._cookie(self.browser_cookie)
            g.browser_secret, g.browser_is_new = known or new_secret(), not known
        secret: str = g.browser_secret
        return secret

    def form_secret(self) -> str:
        """Return the secret that forms are bound to: that of the session, else that of the browser."""
        return self._cookie(self.session_cookie) or self.browser_secret()

    def keep_browser(self, response: Response) -> None:
        """Set the cookie of a secret that was created while the page was rendered."""
        if g.get("browser_is_new"):
            self._give(response, self.browser_cookie, g.browser_secret, BROWSER_LIFE)

    @staticmethod
    def _cookie(name: str) -> str:
        """Return the secret in a cookie; empty if there is none, or if it cannot be one of ours."""
        given = request.cookies.get(name, "")
        return given if may_be_secret(given) else ""

    def _find(self, *, is_use: bool) -> SignedInUser | None:
        secret = self._cookie(self.session_cookie)
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
