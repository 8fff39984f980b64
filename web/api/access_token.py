"""Access tokens (JWT): signed for a day, and good only as long as their session is."""

from __future__ import annotations

import hmac
import secrets
import time
from typing import Any, Final

import jwt

from models.accounts.api_sessions import IssuedSession
from models.errors import TokenExpired, TokenInvalid

LIFE_S: Final = 86_400
ISSUER: Final = "pipenotify"
AUDIENCE: Final = "pipenotify-api"
ALGORITHM: Final = "HS256"
_REQUIRED: Final = ["iss", "aud", "jti", "iat", "exp"]


class AccessTokens:
    """Signs and reads access tokens, with a key derived from the installation's SECRET_KEY."""

    def __init__(self, secret_key: bytes) -> None:
        self._key = hmac.digest(secret_key, b"pipenotify access tokens", "sha256")

    def sign(self, issued: IssuedSession) -> str:
        """Return an access token of a session. Its `jti` begins with the session's uid."""
        at, caller = int(time.time()), issued.caller
        claims = {
            "iss": ISSUER,
            "aud": AUDIENCE,
            "jti": f"{issued.uid}.{secrets.token_hex(8)}",
            "iat": at,
            "exp": at + LIFE_S,
            "tenantId": str(caller.actor.tenant),
            "userId": str(caller.actor.user_id),
            "email": caller.actor.name,
            "scopes": sorted(caller.scopes),
        }
        return jwt.encode(claims, self._key, algorithm=ALGORITHM)

    def read(self, token: str) -> tuple[str, frozenset[str]]:
        """Return the uid of the session of an access token, and its scopes.

        Raises TokenExpired, and TokenInvalid for what we did not sign.
        """
        try:
            claims: dict[str, Any] = jwt.decode(
                token,
                self._key,
                algorithms=[ALGORITHM],
                issuer=ISSUER,
                audience=AUDIENCE,
                options={"require": _REQUIRED},
            )
        except jwt.ExpiredSignatureError as old:
            raise TokenExpired from old
        except (jwt.InvalidTokenError, ValueError) as forged:
            raise TokenInvalid from forged
        scopes = claims.get("scopes")
        return str(claims["jti"]).partition(".")[0], frozenset(scopes if isinstance(scopes, list) else ())
