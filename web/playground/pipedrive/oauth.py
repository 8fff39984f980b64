"""Pipedrive's OAuth: codes of five minutes, access tokens of an hour, refresh tokens, revocation.

Sources: https://pipedrive.readme.io/docs/marketplace-oauth-authorization and app-uninstallation.
"""

import base64
import secrets
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field
from typing import Any
from urllib.parse import urlencode, urlsplit

from web.playground.google.sign_in import challenge_of
from web.playground.pipedrive.clock import Clock
from web.playground.pipedrive.oauth_errors import refusal
from web.playground.wire import Answer, Request, answer_json

CODE_LIFETIME_S = 300
ACCESS_LIFETIME_S = 3599
UNUSED_LIFETIME_S = 60 * 24 * 3600.0
SCOPE = "base,deals:full,contacts:full,activities:full,leads:full,users:read,products:read,projects:read,"
SCOPE += "webhooks:full"


@dataclass(slots=True)
class IssuedGrant:
    """A user's authorisation of the app in one company; `used_at` is the last use of its refresh token."""

    company_id: int
    user_id: int
    scope: str
    used_at: float


@dataclass(frozen=True, slots=True)
class _Code:
    until: float
    who: tuple[int, int]
    challenge: str | None
    redirect_uri: str


@dataclass(slots=True)
class OAuth:
    """The app's registration and every grant; `consent` False simulates a user who denies.

    `interactive` shows the consent page, otherwise the browser is redirected at once. `callback` is the app's
    only redirect URI (None: any). The user signed in at Pipedrive is `user_id` of `company_id`.
    `rotate` issues a new refresh token with every use and revokes the old one. `skew_s` shifts this clock
    alone. `on_uninstall` is called with (company_id, user_id) when the app itself revokes, `on_change` after
    every change of grants or tokens.
    """

    company_url: str
    clock: Clock = field(default_factory=Clock)
    client_id: str = "playground-client"
    client_secret: str = "playground-secret"  # noqa: S105 - the playground's own, known to all
    consent: bool = True
    interactive: bool = False
    callback: str | None = None
    scope: str = SCOPE
    rotate: bool = False
    company_id: int = 12345
    user_id: int = 1
    skew_s: float = 0.0
    refreshes: int = 0
    on_uninstall: Callable[[int, int], None] | None = None
    on_change: Callable[[], None] | None = None
    _codes: dict[str, _Code] = field(default_factory=dict)
    _access: dict[str, tuple[float, IssuedGrant]] = field(default_factory=dict)
    _refresh: dict[str, IssuedGrant] = field(default_factory=dict)

    def grant(
        self, user_id: int, refresh_token: str | None = None, *, company_id: int | None = None
    ) -> dict[str, Any]:
        """Tokens for a user without a browser, as after an install; the company is the present one."""
        grant = IssuedGrant(company_id or self.company_id, user_id, self.scope, self._now())
        return self._tokens(grant, refresh_token or f"{user_id}:{secrets.token_hex(20)}")

    def state(self) -> dict[str, Any]:
        """The tokens that are good now, for `restore`."""
        now = self._now()
        access = [
            [key, until, asdict(one)] for key, (until, one) in list(self._access.items()) if until > now
        ]
        return {
            "access": access,
            "refresh": [[key, asdict(one)] for key, one in list(self._refresh.items())],
        }

    def restore(self, state: Mapping[str, Any]) -> None:
        """Issue again exactly the tokens of `state`."""
        self._access = {key: (until, IssuedGrant(**one)) for key, until, one in state["access"]}
        self._refresh = {key: IssuedGrant(**one) for key, one in state["refresh"]}

    def user_of(self, access_token: str | None) -> int | None:
        grant = self.grant_of(access_token)
        return grant.user_id if grant else None

    def grant_of(self, access_token: str | None) -> IssuedGrant | None:
        """The grant of a currently valid token."""
        until, grant = self._access.get(access_token or "", (0.0, None))
        return grant if until > self._now() else None

    def forget_access(self) -> None:
        """Every access token issued so far gets 401 from now on; refresh tokens stay valid."""
        self._access.clear()

    def uninstall(self, company_id: int | None = None, user_id: int | None = None) -> None:
        """End every grant, or those of one company or one of its users."""
        self._access = {key: one for key, one in self._access.items() if not _is(one[1], company_id, user_id)}
        self._refresh = {key: one for key, one in self._refresh.items() if not _is(one, company_id, user_id)}
        self._changed()

    def install_from_marketplace(
        self, callback: str, *, company_id: int | None = None, user_id: int | None = None
    ) -> str:
        """The redirect after an install from the Marketplace: without a state."""
        code = self.code_for((company_id or self.company_id, user_id or self.user_id), None, callback)
        return f"{callback}?{urlencode({'code': code})}"

    def code_for(self, who: tuple[int, int], challenge: str | None, redirect_uri: str) -> str:
        """A code for a user (company id, user id) who consented."""
        code = f"{who[0]}.{who[1]}.{secrets.token_hex(20)}"
        self._codes[code] = _Code(self._now() + CODE_LIFETIME_S, who, challenge, redirect_uri)
        return code

    def answer(self, request: Request) -> Answer | None:
        """Answers `/oauth/token` and `/oauth/revoke`; None for another path."""
        if request.path not in ("/oauth/token", "/oauth/revoke") or request.method != "POST":
            return None
        if request.headers.get("content-type", "").partition(";")[0] != "application/x-www-form-urlencoded":
            return refusal("no_form")
        form = request.form()
        if wrong := self._wrong_client(request, form):
            return refusal(wrong)
        if request.path == "/oauth/revoke":
            return self._revoke(form.get("token", ""))
        return self._token(form)

    def _wrong_client(self, request: Request, form: Mapping[str, str]) -> str | None:
        kind, _, basic = request.headers.get("authorization", "").partition(" ")
        if kind == "Basic":
            wanted = base64.b64encode(f"{self.client_id}:{self.client_secret}".encode()).decode()
            return None if basic == wanted else "wrong_basic"
        if "client_id" not in form or "client_secret" not in form:
            return "no_client"
        given = (form["client_id"], form["client_secret"])
        return None if given == (self.client_id, self.client_secret) else "wrong_client"

    def _revoke(self, token: str) -> Answer:
        """A refresh token revokes the whole install, an access token only itself; unknown ones are fine."""
        self._access.pop(token, None)
        self._changed()
        grant = self._refresh.get(token)
        if grant:
            self.uninstall(grant.company_id, grant.user_id)
            if self.on_uninstall:
                self.on_uninstall(grant.company_id, grant.user_id)
        return answer_json({"success": True})

    def _token(self, form: Mapping[str, str]) -> Answer:
        kind = form.get("grant_type")
        if kind == "authorization_code":
            return self._by_code(form)
        if kind == "refresh_token":
            return self._by_refresh(form.get("refresh_token", ""))
        return refusal("wrong_grant_type" if kind else "no_grant_type")

    def _by_code(self, form: Mapping[str, str]) -> Answer:
        code, back = self._codes.get(form.get("code", "")), form.get("redirect_uri", "")
        if code is None:
            return refusal("wrong_code")
        if code.until <= self._now():
            return refusal("old_code")
        if not urlsplit(back).scheme:
            return refusal("no_redirect_uri")
        if back != code.redirect_uri:
            return refusal("wrong_redirect_uri")
        if code.challenge and challenge_of(form.get("code_verifier", "")) != code.challenge:
            return refusal("wrong_verifier")
        del self._codes[form["code"]]
        company_id, user_id = code.who
        return answer_json(self.grant(user_id, company_id=company_id))

    def _by_refresh(self, token: str) -> Answer:
        grant = self._refresh.get(token)
        if grant is None or grant.used_at + UNUSED_LIFETIME_S <= self._now():
            return refusal("wrong_refresh_token")
        self.refreshes += 1
        grant.used_at = self._now()
        if self.rotate:
            del self._refresh[token]
            token = f"{grant.user_id}:{secrets.token_hex(20)}"
        return answer_json(self._tokens(grant, token))

    def _tokens(self, grant: IssuedGrant, refresh_token: str) -> dict[str, Any]:
        access = f"v1u:{secrets.token_urlsafe(48)}"
        self._access[access] = (self._now() + ACCESS_LIFETIME_S, grant)
        self._refresh[refresh_token] = grant
        self._changed()
        return {
            "access_token": access,
            "token_type": "Bearer",
            "expires_in": ACCESS_LIFETIME_S,
            "refresh_token": refresh_token,
            "scope": grant.scope,
            "api_domain": self.company_url,
        }

    def _changed(self) -> None:
        if self.on_change:
            self.on_change()

    def _now(self) -> float:
        return self.clock.now() + self.skew_s


def _is(grant: IssuedGrant | None, company_id: int | None, user_id: int | None) -> bool:
    """Whether a grant matches; None matches any."""
    return grant is not None and company_id in (None, grant.company_id) and user_id in (None, grant.user_id)
