"""Google's public keys by their id, cached as long as Google allows."""

from __future__ import annotations

import re
import threading
import time
from collections.abc import Callable, Mapping
from typing import Any, Final

import jwt
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey

FRESH_S: Final = 3600.0
LONGEST_S: Final = 24 * 3600.0
UNKNOWN_PAUSE_S: Final = 60.0

Published = tuple[Mapping[str, Any], Mapping[str, str]]  # a JWKS document and the headers of its response


class GoogleKeys:
    """The keys of a JWKS document. An unknown id causes a new fetch, at most once a minute."""

    def __init__(self, fetch: Callable[[], Published], clock: Callable[[], float] = time.monotonic) -> None:
        self._fetch, self._clock = fetch, clock
        self._lock = threading.Lock()
        self._keys: dict[str, RSAPublicKey] = {}
        self._fresh_until = self._next_unknown = float("-inf")

    def get(self, key_id: str) -> RSAPublicKey | None:
        """Return a key, None for an id that Google does not publish. Raises what `fetch` raises.

        No thread waits for another's fetch, so that a slow Google does not block the threads that serve.
        """
        if self._has_to_fetch(key_id):
            payload, headers = self._fetch()
            self._keys, self._fresh_until = keys_in(payload), self._clock() + lifetime(headers)
        return self._keys.get(key_id)

    def _has_to_fetch(self, key_id: str) -> bool:
        with self._lock:
            at = self._clock()
            if at < self._fresh_until and (key_id in self._keys or at < self._next_unknown):
                return False
            self._next_unknown = at + UNKNOWN_PAUSE_S
            return True


def keys_in(document: Mapping[str, Any]) -> dict[str, RSAPublicKey]:
    """Return the RSA signing keys of a JWKS document; other keys are left out."""
    listed = document.get("keys")
    found = (_key(each) for each in (listed if isinstance(listed, list) else []))
    return dict(filter(None, found))


def _key(payload: Any) -> tuple[str, RSAPublicKey] | None:
    is_ours = (
        isinstance(payload, dict) and payload.get("kty") == "RSA" and isinstance(payload.get("kid"), str)
    )
    if not is_ours or payload.get("use", "sig") != "sig" or payload.get("alg", "RS256") != "RS256":
        return None
    try:
        key = jwt.PyJWK(payload, algorithm="RS256").key
    except (jwt.PyJWTError, ValueError, TypeError):
        return None
    return (payload["kid"], key) if isinstance(key, RSAPublicKey) else None


def lifetime(headers: Mapping[str, str]) -> float:
    """Return for how many seconds a response may be cached, by its Cache-Control."""
    payload = re.search(r"max-age=(\d{1,9})", headers.get("cache-control", ""))
    return min(max(1.0, float(payload[1])), LONGEST_S) if payload else FRESH_S
