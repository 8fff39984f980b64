"""Identity tokens of Google: who a person is, accepted only if every claim is valid.

Source: https://developers.google.com/identity/openid-connect/openid-connect#validatinganidtoken
"""

from __future__ import annotations

import hmac
import time
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from typing import Any, Final

import jwt
import structlog
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey

from bot.text.format import clean
from models.errors import InvalidRequest

SKEW_S: Final = 60
FRESH_S: Final = 300  # a token comes directly from the endpoint that made it
MOST_TOKEN: Final = 16_384
NEEDED: Final = ["iss", "aud", "sub", "iat", "exp", "nonce", "email"]

log = structlog.get_logger()


class SignInRefused(InvalidRequest):
    """Raised when somebody cannot be signed in; `user_message` says why and what to do."""

    code = "SIGN_IN_REFUSED"
    user_message = (
        "What Google answered could not be believed. Please sign in again; "
        "if it happens once more, tell whoever runs this service."
    )


class ClocksApart(SignInRefused):
    """Raised when a token was issued in the future of our clock, or too long ago for a new one."""

    code = "CLOCKS_APART"
    user_message = (
        "The clock of this service and Google's are more than a minute apart. "
        "Ask whoever runs it to set its clock, then sign in again."
    )


class NotVerified(SignInRefused):
    """Raised for an account whose e-mail address Google has not verified."""

    code = "EMAIL_NOT_VERIFIED"
    user_message = (
        "Google has not verified the e-mail address of this account. "
        "Verify it in your Google account, or sign in with another one."
    )


@dataclass(frozen=True, slots=True)
class Identity:
    """A person as Google identifies them; `email` is verified and in lower case."""

    email: str
    display_name: str


@dataclass(frozen=True, slots=True)
class ExpectedClaims:
    """The required claims of an identity token: issuer, audience and nonce."""

    issuers: Collection[str]
    client_id: str
    nonce: str


def verified_claims(
    token: str,
    key_of: Callable[[str], RSAPublicKey | None],
    *,
    audience: str,
    issuers: Collection[str],
    required: Collection[str],
) -> Mapping[str, Any]:
    """Return what a token of Google says, once signature, time, audience and issuer hold.

    The one verifier of Google's tokens, Chat's and those of sign-in. Raises jwt.PyJWTError, ValueError or
    TypeError for any other token, and whatever `key_of` raises.
    """
    if len(token) > MOST_TOKEN:
        raise ValueError("too long")
    key_id = jwt.get_unverified_header(token).get("kid")
    key = key_of(key_id) if isinstance(key_id, str) else None
    if key is None:
        raise ValueError("an unknown key")
    # One algorithm, named by us: what the token names (none, HS256 with a public key) does not count.
    claims: Mapping[str, Any] = jwt.decode(
        token,
        key,
        algorithms=["RS256"],
        audience=audience,
        issuer=list(issuers),
        leeway=SKEW_S,
        options={"require": list(required), "strict_aud": True},
    )
    return claims


def identity_of(
    token: str, key_of: Callable[[str], RSAPublicKey | None], expected: ExpectedClaims
) -> Identity:
    """Return the person of an identity token; `key_of` returns the published keys by their id.

    Raises SignInRefused, ClocksApart or NotVerified, and whatever `key_of` raises.
    """
    try:
        claims = verified_claims(
            token, key_of, audience=expected.client_id, issuers=expected.issuers, required=NEEDED
        )
    except (jwt.ExpiredSignatureError, jwt.ImmatureSignatureError) as apart:
        raise ClocksApart(type(apart).__name__) from apart
    except (jwt.PyJWTError, ValueError, TypeError) as wrong:
        log.warning("sign_in.token_refused", why=type(wrong).__name__)
        raise SignInRefused(type(wrong).__name__) from wrong
    if time.time() - int(claims["iat"]) > FRESH_S:
        raise ClocksApart("the token is old although it has just been made")
    if not hmac.compare_digest(str(claims["nonce"]).encode(), expected.nonce.encode()):
        raise SignInRefused("another nonce")
    return _identity(claims)


def _identity(claims: Mapping[str, Any]) -> Identity:
    email, name = claims["email"], claims.get("name")
    if not isinstance(email, str) or "@" not in email or len(email) > 320:
        raise SignInRefused("no e-mail address")
    if claims.get("email_verified") is not True:
        raise NotVerified("the e-mail address is not verified")
    return Identity(email.strip().lower(), clean(name) if isinstance(name, str) else "")
