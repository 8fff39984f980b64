"""Decides whether a request comes from Google Chat, before anything of it is read."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Mapping
from typing import Any, Final

import httpx
import jwt
import structlog

from jobs.to_google.id_token import MOST_TOKEN, verified_claims
from jobs.to_google.keys import STALE_S, KeyCache, Published, keys_in_certificates, lifetime
from jobs.to_servers.http import HttpClient
from models.errors import Unavailable
from models.settings import Settings

CHAT_EMAIL: Final = "chat@system.gserviceaccount.com"
# Where Google publishes the certificates of Chat's own tokens and of its OpenID tokens
# (developers.google.com/workspace/chat/verify-requests-from-chat).
CHAT_CERTS: Final = f"https://www.googleapis.com/service_accounts/v1/metadata/x509/{CHAT_EMAIL}"
OPENID_CERTS: Final = "https://www.googleapis.com/oauth2/v1/certs"
OPENID_ISSUERS: Final = ("https://accounts.google.com", "accounts.google.com")
REQUIRED: Final = ("iss", "aud", "iat", "exp")
FETCH_TIMEOUT_S: Final = 10.0
MOST_BYTES: Final = 1024 * 1024
FAILED_PAUSE_S: Final = 1.0

log = structlog.get_logger()


class Certificates:
    """The certificates of one address of Google, and the tokens that they prove."""

    def __init__(self, url: str, client: HttpClient, clock: Callable[[], float]) -> None:
        self._url, self._client = url, client
        self._keys = KeyCache(self._published, clock, stale_s=STALE_S, failed_pause_s=FAILED_PAUSE_S)

    def _published(self) -> Published:
        asked = self._client.build_request("GET", self._url)
        try:
            reply = self._client.send(asked, FETCH_TIMEOUT_S, MOST_BYTES)
            if reply.status == httpx.codes.OK:
                return keys_in_certificates(json.loads(reply.body)), lifetime(reply.headers)
            why = f"HTTP {reply.status}"
        except (httpx.HTTPError, OSError, ValueError, RecursionError) as failed:
            why = type(failed).__name__
        log.warning("chat_token.no_certificates", url=self._url, why=why)
        raise Unavailable(f"no certificates from {self._url}")

    def key(self, key_id: str) -> Any:
        """Return a public key; None for an unknown id, and while there are none."""
        try:
            return self._keys.get(key_id)
        except Unavailable:
            return None


class ChatTokenVerifier:
    """Accepts what Google Chat signed for this very app, and nothing else.

    `CHAT_AUDIENCE` in digits is the project number: tokens by Chat itself. A URL is the endpoint: OpenID
    tokens with Chat's e-mail. Add-on tokens are OpenID tokens with the e-mail of the app's own add-on
    (those of other add-ons look alike). A token of one kind is never accepted as another.
    """

    def __init__(
        self,
        settings: Settings,
        *,
        client: HttpClient | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._number = settings.chat_audience if settings.chat_audience.isdecimal() else None
        self._endpoint = settings.chat_events_url if self._number else settings.chat_audience
        self._addon_email = settings.chat_addon_email
        # A proxy from the environment must not influence whom we trust.
        client = client or HttpClient()
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
        except (jwt.PyJWTError, ValueError, TypeError) as invalid:
            log.info("chat_token.refused", why=type(invalid).__name__)
            return False

    def _is_ours(self, token: str) -> bool:
        issuer = jwt.decode(token, options={"verify_signature": False}).get("iss")
        if issuer == CHAT_EMAIL:
            return self._number is not None and bool(
                verified_claims(
                    token, self._chat.key, audience=self._number, issuers=(CHAT_EMAIL,), required=REQUIRED
                )
            )
        if issuer not in OPENID_ISSUERS:
            return False
        claims = verified_claims(
            token, self._openid.key, audience=self._endpoint, issuers=OPENID_ISSUERS, required=REQUIRED
        )
        return self._is_known_sender(claims)

    def _is_known_sender(self, claims: Mapping[str, Any]) -> bool:
        if str(claims.get("email_verified", True)).lower() == "false":
            return False
        email = claims.get("email")
        by_chat = self._number is None and email == CHAT_EMAIL
        return by_chat or (self._addon_email is not None and email == self._addon_email)
