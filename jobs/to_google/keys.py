"""Google's public keys by their id, kept as long as Google says: for Chat's tokens and for sign-in."""

from __future__ import annotations

import re
import threading
import time
from collections.abc import Callable, Mapping
from typing import Any, Final

import jwt
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from cryptography.x509 import load_pem_x509_certificate

from models.errors import Unavailable

FRESH_S: Final = 3600.0
LONGEST_S: Final = 24 * 3600.0
UNKNOWN_PAUSE_S: Final = 60.0
FIRST_WAIT_S: Final = 5.0
STALE_S: Final = 3600.0  # keys serve so long after their time, while new ones are fetched or Google is away

Keys = Mapping[str, RSAPublicKey]
Published = tuple[Keys, float]  # the keys, and for how many seconds they are fresh


class KeyCache:
    """The keys that one address publishes. `fetch` asks for them and raises when it cannot.

    One thread fetches at a time, and nobody waits for it but those who come while there are no keys at all.
    An unknown id has the keys fetched again, at most once a minute. Where a fetch fails or finds no key, the
    old keys serve for another `stale_s` seconds, and the next try waits `failed_pause_s`.
    """

    def __init__(
        self,
        fetch: Callable[[], Published],
        clock: Callable[[], float] = time.monotonic,
        *,
        stale_s: float = 0.0,
        failed_pause_s: float = 0.0,
    ) -> None:
        self._fetch, self._clock = fetch, clock
        self._stale_s, self._failed_pause_s = stale_s, failed_pause_s
        self._changed = threading.Condition()
        self._keys: Keys = {}
        self._is_fetching = False
        self._failure: Exception | None = None
        self._fresh_until = self._next_try = self._next_unknown = float("-inf")

    def get(self, key_id: str) -> RSAPublicKey | None:
        """Return a key, None for an id that is not published.

        Raises what the last `fetch` raised while there are no keys that may be used.
        """
        if self._should_fetch(key_id):
            self._fetch_now()
        with self._changed:
            if self._is_fetching and not self._keys:
                self._changed.wait(FIRST_WAIT_S)
            if self._clock() < self._fresh_until + self._stale_s:
                return self._keys.get(key_id)
            if self._failure is not None:
                raise self._failure
            return None

    def _should_fetch(self, key_id: str) -> bool:
        with self._changed:
            at = self._clock()
            if self._is_fetching or at < self._next_try:
                return False
            if at < self._fresh_until:
                if key_id in self._keys or at < self._next_unknown:
                    return False
                self._next_unknown = at + UNKNOWN_PAUSE_S
            self._is_fetching = True
            return True

    def _fetch_now(self) -> None:
        try:
            keys, lifetime_s = self._fetch()
        except Exception as failed:  # noqa: BLE001 - whatever it is, `get` raises it where it matters
            self._note(failure=failed)
            return
        if keys:
            self._note(keys, lifetime_s)
        else:  # an error page with status 200, say: kept for its hour, it would let nobody in
            self._note(failure=Unavailable("what was published contains no key"))

    def _note(
        self, keys: Keys | None = None, lifetime_s: float = 0, *, failure: Exception | None = None
    ) -> None:
        with self._changed:
            self._is_fetching, self._failure = False, failure
            if keys is None:
                self._next_try = self._clock() + self._failed_pause_s
            else:
                self._keys, self._fresh_until = keys, self._clock() + lifetime_s
            self._changed.notify_all()


def lifetime(headers: Mapping[str, str]) -> float:
    """Return for how many seconds an answer stays fresh, by its Cache-Control and Age; an hour without."""
    match = re.search(r"max-age=(\d{1,9})", headers.get("cache-control", ""))
    if match is None:
        return FRESH_S
    age = headers.get("age", "")
    return min(max(1.0, float(match[1]) - (float(age) if age.isdecimal() else 0.0)), LONGEST_S)


def keys_in_jwks(document: Any) -> dict[str, RSAPublicKey]:
    """Return the RSA signing keys of a JWKS document; what is none of them is left out."""
    listed = document.get("keys") if isinstance(document, Mapping) else None
    found = (_jwk(each) for each in (listed if isinstance(listed, list) else []))
    return dict(filter(None, found))


def _jwk(payload: Any) -> tuple[str, RSAPublicKey] | None:
    is_rsa = isinstance(payload, dict) and payload.get("kty") == "RSA" and isinstance(payload.get("kid"), str)
    if not is_rsa or payload.get("use", "sig") != "sig" or payload.get("alg", "RS256") != "RS256":
        return None
    try:
        key = jwt.PyJWK(payload, algorithm="RS256").key
    except (jwt.PyJWTError, ValueError, TypeError):
        return None
    return (payload["kid"], key) if isinstance(key, RSAPublicKey) else None


def keys_in_certificates(document: Any) -> dict[str, RSAPublicKey]:
    """Return the keys of a map from key id to PEM certificate; what is none is left out."""
    found = {}
    for key_id, pem in document.items() if isinstance(document, Mapping) else ():
        try:
            key = load_pem_x509_certificate(pem.encode()).public_key()
        except (ValueError, AttributeError):
            continue
        if isinstance(key, RSAPublicKey):
            found[key_id] = key
    return found
