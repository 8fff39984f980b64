"""Pipedrive's OAuth: codes of five minutes, access tokens of an hour, refresh tokens, revocation."""

import base64
import hashlib
import secrets
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode

from web.playground.wire import Answer, Request, answer_json

CODE_LIFETIME_S = 300
ACCESS_LIFETIME_S = 3599
SCOPE = "base,deals:full,contacts:read,activities:full,leads:full,users:read,webhooks:full"


@dataclass(slots=True)
class OAuth:
    """The app's registration and every grant; `consent` False plays a user who denies.

    `rotate` gives a new refresh token with every use and kills the old one. `skew_s` moves this clock.
    """

    company_url: str
    client_id: str = "playground-client"
    client_secret: str = "playground-secret"  # noqa: S105 - the playground's own, known to all
    consent: bool = True
    rotate: bool = False
    user_id: int = 1
    skew_s: float = 0.0
    refreshes: int = 0
    _codes: dict[str, tuple[float, int, str | None, str]] = field(default_factory=dict)
    _access: dict[str, tuple[float, int]] = field(default_factory=dict)
    _refresh: dict[str, int] = field(default_factory=dict)

    def grant(self, user_id: int, refresh_token: str | None = None) -> dict[str, Any]:
        """Tokens for a user without a browser, as after an install."""
        access = f"v1u:{secrets.token_urlsafe(48)}"
        refresh = refresh_token or f"{user_id}:{secrets.token_hex(20)}"
        self._access[access] = (self._now() + ACCESS_LIFETIME_S, user_id)
        self._refresh[refresh] = user_id
        return {
            "access_token": access,
            "token_type": "Bearer",
            "expires_in": ACCESS_LIFETIME_S,
            "refresh_token": refresh,
            "scope": SCOPE,
            "api_domain": self.company_url,
        }

    def user_of(self, access_token: str | None) -> int | None:
        until, user = self._access.get(access_token or "", (0.0, 0))
        return user if until > self._now() else None

    def forget_access(self) -> None:
        """Every access token given so far gets 401 from now on; refresh tokens stay good."""
        self._access.clear()

    def uninstall(self) -> None:
        self._access.clear()
        self._refresh.clear()

    def answer(self, request: Request) -> Answer | None:
        """Answers `/oauth/...`; None for another path."""
        if request.path == "/oauth/authorize" and request.method == "GET":
            return self._authorize(request.query)
        if request.path not in ("/oauth/token", "/oauth/revoke") or request.method != "POST":
            return None
        wanted = base64.b64encode(f"{self.client_id}:{self.client_secret}".encode()).decode()
        if request.headers.get("authorization") != f"Basic {wanted}":
            return _error(401, "invalid_client", "Client authentication failed")
        form = request.form()
        if request.path == "/oauth/revoke":
            self._refresh.pop(form.get("token", ""), None)
            self._access.pop(form.get("token", ""), None)
            return answer_json({"success": True})
        return self._token(form)

    def _authorize(self, query: Mapping[str, str]) -> Answer:
        back = query.get("redirect_uri")
        if query.get("client_id") != self.client_id or not back:
            return _error(400, "invalid_request", "Unknown client_id or no redirect_uri")
        if self.consent:
            code = secrets.token_hex(20)
            challenge = query.get("code_challenge")
            self._codes[code] = (self._now() + CODE_LIFETIME_S, self.user_id, challenge, back)
            found = {"code": code}
        else:
            found = {"error": "user_denied"}
        found |= {"state": query["state"]} if "state" in query else {}
        return Answer(302, headers={"Location": f"{back}{'&' if '?' in back else '?'}{urlencode(found)}"})

    def _token(self, form: Mapping[str, str]) -> Answer:
        kind = form.get("grant_type")
        if kind == "authorization_code":
            return self._by_code(form)
        if kind == "refresh_token":
            return self._by_refresh(form.get("refresh_token", ""))
        return _error(400, "unsupported_grant_type", f"Unsupported grant type: {kind}")

    def _by_code(self, form: Mapping[str, str]) -> Answer:
        until, user, challenge, back = self._codes.pop(form.get("code", ""), (0.0, 0, None, ""))
        if until <= self._now() or form.get("redirect_uri") != back:
            return _error(400, "invalid_grant", "Invalid grant: authorization code is invalid")
        if challenge and _challenge_of(form.get("code_verifier", "")) != challenge:
            return _error(400, "invalid_grant", "Invalid grant: code verifier is invalid")
        return answer_json(self.grant(user))

    def _by_refresh(self, token: str) -> Answer:
        user = self._refresh.get(token)
        if user is None:
            return _error(400, "invalid_grant", "Invalid grant: refresh token is invalid")
        self.refreshes += 1
        if self.rotate:
            del self._refresh[token]
        return answer_json(self.grant(user, None if self.rotate else token))

    def _now(self) -> float:
        return time.time() + self.skew_s


def _challenge_of(verifier: str) -> str:
    return base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).rstrip(b"=").decode()


def _error(status: int, error: str, message: str) -> Answer:
    return answer_json({"success": False, "message": message, "error": error}, status)
