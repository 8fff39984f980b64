"""Verifies that a request comes from Google Chat, before its body is read."""

from __future__ import annotations

import re
import threading
import time
from collections.abc import Callable, Mapping
from typing import Any, Final

import httpx
import structlog
from google.auth import jwt
from google.auth.exceptions import GoogleAuthError

from models.settings import Settings

CHAT_EMAIL: Final = "chat@system.gserviceaccount.com"
# Where Google publishes the certificates of Chat's own tokens and of its OpenID tokens
# (developers.google.com/workspace/chat/verify-requests-from-chat).
CHAT_CERTS: Final = f"https://www.googleapis.com/service_accounts/v1/metadata/x509/{CHAT_EMAIL}"
OPENID_CERTS: Final = "https://www.googleapis.com/oauth2/v1/certs"
OPENID_ISSUERS: Final = ("https://accounts.google.com", "accounts.google.com")
CLOCK_SKEW_S: Final = 60
FETCH_TIMEOUT_S: Final = 10.0
FRESH_S: Final = 3600.0
UNKNOWN_KID_PAUSE_S: Final = 60.0
FAILED_FETCH_PAUSE_S: Final = 1.0
MOST_TOKEN: Final = 16_384

log = structlog.get_logger()


class Certificates:
    """Google's certificates by key id, cached as long as Cache-Control allows."""

    def __init__(self, url: str, client: httpx.Client, clock: Callable[[], float] = time.monotonic) -> None:
        self._url, self._client, self._clock = url, client, clock
        self._lock = threading.Lock()
        self._certs: dict[str, str] = {}
        self._fresh_until = self._next_try = self._next_unknown = float("-inf")

    def get(self, kid: str) -> str | None:
        """Return the certificate of a key id, None for an unknown one or while Google is unavailable."""
        if kid in self._certs and self._clock() < self._fresh_until:
            return self._certs[kid]  # without the lock: an unknown kid in a forged token delays nobody else
        with self._lock:
            now = self._clock()
            if now >= self._fresh_until:
                self._certs = {}
                if now >= self._next_try:
                    self._fetch(now)
            elif kid not in self._certs and now >= self._next_unknown:
                self._next_unknown = now + UNKNOWN_KID_PAUSE_S
                self._fetch(now)
            return self._certs.get(kid)

    def _fetch(self, now: float) -> None:
        self._next_try = now + FAILED_FETCH_PAUSE_S
        try:
            reply = self._client.get(self._url)
            reply.raise_for_status()
            found = reply.json()
        except (httpx.HTTPError, ValueError) as failed:
            log.warning("chat_token.no_certificates", url=self._url, why=type(failed).__name__)
            return
        if isinstance(found, dict):
            self._certs = {kid: pem for kid, pem in found.items() if isinstance(pem, str)}
            self._fresh_until = self._clock() + _lifetime(reply.headers)


def _lifetime(headers: Mapping[str, str]) -> float:
    """Return for how many seconds a response may be cached."""
    match = re.search(r"max-age=(\d{1,9})", headers.get("cache-control", ""))
    if match is None:
        return FRESH_S
    age = headers.get("age", "")
    return max(1.0, float(match[1]) - (float(age) if age.isdecimal() else 0.0))


class ChatTokenVerifier:
    """Accepts only what Google Chat signed for this very app.

    `CHAT_AUDIENCE` in digits is the project number: tokens by Chat itself. A URL is the endpoint: OpenID
    tokens with Chat's e-mail. Add-on tokens are OpenID tokens with the e-mail of the app's own add-on
    (those of other add-ons look alike). A token of one kind is never accepted as another.
    """

    def __init__(
        self,
        settings: Settings,
        *,
        client: httpx.Client | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._number = settings.chat_audience if settings.chat_audience.isdecimal() else None
        self._endpoint = settings.chat_events_url if self._number else settings.chat_audience
        self._addon_email = settings.chat_addon_email
        # A proxy from the environment must not influence whom we trust.
        client = client or httpx.Client(timeout=FETCH_TIMEOUT_S, trust_env=False)
        one = settings.chat_certs_url
        self._openid = Certificates(one or OPENID_CERTS, client, clock)
        self._chat = self._openid if one else Certificates(CHAT_CERTS, client, clock)

    def admits(self, authorization: str | None) -> bool:
        """Return whether an Authorization header is Google Chat's, for us and valid now."""
        kind, _, token = (authorization or "").partition(" ")
        token = token.strip()
        if kind.lower() != "bearer" or not token or len(token) > MOST_TOKEN:
            return False
        try:
            return self._is_ours(token)
        except (GoogleAuthError, ValueError, TypeError, KeyError, AttributeError) as wrong:
            log.info("chat_token.refused", why=type(wrong).__name__)
            return False

    def _is_ours(self, token: str) -> bool:
        header = jwt.decode_header(token)
        issuer = jwt.decode(token, verify=False).get("iss")
        if header.get("alg") != "RS256" or not isinstance(header.get("kid"), str):
            return False
        if issuer == CHAT_EMAIL:
            return self._number is not None and self._verified(token, header, self._chat, self._number) != {}
        if issuer not in OPENID_ISSUERS:
            return False
        return self._is_known_sender(self._verified(token, header, self._openid, self._endpoint))

    def _is_known_sender(self, claims: Mapping[str, Any]) -> bool:
        if str(claims.get("email_verified", True)).lower() == "false":
            return False
        email = claims.get("email")
        by_chat = self._number is None and email == CHAT_EMAIL
        return by_chat or (self._addon_email is not None and email == self._addon_email)

    def _verified(
        self, token: str, header: Mapping[str, Any], certificates: Certificates, audience: str
    ) -> Mapping[str, Any]:
        """Return the claims of a token with valid signature, time and audience; empty for an unknown key."""
        certificate = certificates.get(header["kid"])
        if certificate is None:
            return {}
        known = {header["kid"]: certificate}
        claims: Mapping[str, Any] = jwt.decode(
            token, certs=known, audience=audience, clock_skew_in_seconds=CLOCK_SKEW_S
        )
        return claims
