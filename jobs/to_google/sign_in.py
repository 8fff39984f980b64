"""The client of Google's sign-in: the consent URL, and the identity for the code of its callback.

Source: https://developers.google.com/identity/openid-connect/openid-connect
"""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import urlencode, urlsplit

import httpx
import structlog

from jobs.to_google.id_token import ExpectedClaims, Identity, SignInRefused, identity_of
from jobs.to_google.keys import STALE_S, KeyCache, Published, keys_in_jwks, lifetime
from jobs.to_servers.http import HttpClient
from models.errors import Unavailable
from models.settings import Settings

TIMEOUT_S: Final = 8.0
# Of the threads that also receive webhooks, a slow Google may block at most this many.
MOST_AT_ONCE: Final = 6
MOST_BYTES: Final = 1024 * 1024
DISCOVERY: Final = "/.well-known/openid-configuration"
CALLBACK: Final = "/oauth/google/callback"
SCOPE: Final = "openid email profile"
# Google's tokens use either form.
GOOGLE: Final = ("https://accounts.google.com", "accounts.google.com")

log = structlog.get_logger()


class GoogleAway(Unavailable):
    """Raised when Google does not answer, or with an invalid response."""

    code = "GOOGLE_AWAY"
    user_message = "Google does not answer just now, so nobody can sign in. Please try again in a minute."


@dataclass(frozen=True, slots=True)
class GoogleEndpoints:
    """Google's endpoints, and its issuer names."""

    consent: str
    token: str
    keys: str
    issuers: tuple[str, ...]


class GoogleSignIn:
    """The OAuth client of this installation; for all threads."""

    def __init__(
        self,
        settings: Settings,
        transport: httpx.BaseTransport | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._url = settings.google_oauth_url
        self._client_id = settings.google_client_id or ""
        self._secret = settings.google_client_secret or ""
        self._redirect_uri = f"{settings.base_url}{CALLBACK}"
        self._http = HttpClient(keeps_connections=False, transport=transport)  # people sign in rarely
        self._clock, self._turns = clock, threading.BoundedSemaphore(MOST_AT_ONCE)
        self._known: tuple[GoogleEndpoints, float] | None = None
        self._keys = KeyCache(self._published, clock, stale_s=STALE_S)

    @property
    def is_there(self) -> bool:
        """Return whether this installation has a client at Google."""
        return bool(self._client_id and self._secret)

    def consent_url(self, state: str, nonce: str, challenge: str, hint: str = "") -> str:
        """Return the URL to choose an account at; `hint` is the e-mail to offer. Raises GoogleAway."""
        asked = {
            "client_id": self._client_id,
            "redirect_uri": self._redirect_uri,
            "response_type": "code",
            "scope": SCOPE,
            "state": state,
            "nonce": nonce,
            "code_challenge": challenge,
            "code_challenge_method": "S256",
            "prompt": "select_account",
        }
        return f"{self._places().consent}?{urlencode(asked | ({'login_hint': hint} if hint else {}))}"

    def identity(self, code: str, verifier: str, nonce: str) -> Identity:
        """Redeem the code of a callback and return who signed in.

        Raises SignInRefused and its subclasses, or GoogleAway.
        """
        places = self._places()
        form = {
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": self._redirect_uri,
            "client_id": self._client_id,
            "client_secret": self._secret,
            "code_verifier": verifier,
        }
        status, payload, _ = self._ask(self._http.build_request("POST", places.token, data=form))
        token = payload.get("id_token")
        if status != httpx.codes.OK or not isinstance(token, str):
            raise _refused(status, payload)
        return identity_of(token, self._keys.get, ExpectedClaims(places.issuers, self._client_id, nonce))

    def _published(self) -> Published:
        status, payload, headers = self._ask(self._http.build_request("GET", self._places().keys))
        if status != httpx.codes.OK:
            raise GoogleAway(f"keys: {status}")
        return keys_in_jwks(payload), lifetime(headers)

    def _places(self) -> GoogleEndpoints:
        """Return the endpoints by discovery, cached as Google allows; the well-known ones after a 404."""
        known = self._known
        if known is not None and self._clock() < known[1]:
            return known[0]
        status, payload, headers = self._ask(self._http.build_request("GET", f"{self._url}{DISCOVERY}"))
        if status not in {httpx.codes.OK, httpx.codes.NOT_FOUND}:
            raise GoogleAway(f"discovery: {status}")
        places = self._discovered(payload) if status == httpx.codes.OK else _usual(self._url)
        self._known = places, self._clock() + lifetime(headers)
        return places

    def _discovered(self, payload: Mapping[str, Any]) -> GoogleEndpoints:
        names = ("authorization_endpoint", "token_endpoint", "jwks_uri")
        urls = [payload.get(name) for name in names]
        wanted = {"https"} if self._url.startswith("https:") else {"http", "https"}
        issuer = payload.get("issuer")
        good = [url for url in urls if isinstance(url, str) and urlsplit(url).scheme in wanted]
        if len(good) != len(names) or not isinstance(issuer, str) or not issuer:
            raise GoogleAway("discovery says something odd")
        return GoogleEndpoints(good[0], good[1], good[2], GOOGLE if issuer in GOOGLE else (issuer,))

    def _ask(self, request: httpx.Request) -> tuple[int, dict[str, Any], Mapping[str, str]]:
        """Send a request; return status, JSON object ({} for none) and headers. Raises GoogleAway."""
        if not self._turns.acquire(timeout=1.0):
            raise GoogleAway("too many ask at once")
        try:
            answer = self._http.send(request, TIMEOUT_S, MOST_BYTES)
        except (httpx.HTTPError, OSError) as broken:
            raise GoogleAway(type(broken).__name__) from broken
        finally:
            self._turns.release()
        return answer.status, _object(answer.body), answer.headers


def _usual(url: str) -> GoogleEndpoints:
    return GoogleEndpoints(
        f"{url}/o/oauth2/v2/auth", f"{url}/token", f"{url}/oauth2/v3/certs", (url, *GOOGLE)
    )


def _refused(status: int, payload: Mapping[str, Any]) -> Exception:
    """Return the error for a bad response of the token endpoint; its text is Google's, for the log."""
    error = payload.get("error")
    log.warning("sign_in.code_refused", status=status, error=str(error)[:60])
    if status >= httpx.codes.INTERNAL_SERVER_ERROR or status == httpx.codes.TOO_MANY_REQUESTS:
        return GoogleAway(f"token endpoint: {status}")
    if error in {"invalid_client", "unauthorized_client", "redirect_uri_mismatch"}:
        message = (
            "Google does not know this installation: GOOGLE_CLIENT_ID, GOOGLE_CLIENT_SECRET or the redirect "
            f"URI BASE_URL{CALLBACK} is not as it is registered there. Tell whoever runs this service."
        )
        return SignInRefused(str(error), user_message=message)
    message = "Google takes this answer no more: it was used already, or is too old. Please sign in again."
    return SignInRefused(f"token endpoint: {status}", user_message=message)


def _object(body: bytes) -> dict[str, Any]:
    try:
        payload = json.loads(body)
    except (ValueError, RecursionError):
        return {}
    return payload if isinstance(payload, dict) else {}
