"""An identity token is accepted only if every claim is valid; a table of those that are not."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import time
from typing import Any

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey

from jobs.to_google.id_token import (
    ClocksApart,
    ExpectedClaims,
    Identity,
    NotVerified,
    SignInRefused,
    identity_of,
)
from web.playground.google.tokens import SigningKey, private_of

KEY = SigningKey(private_of("sign-in"))
OTHER = SigningKey()
CLIENT = "client.apps.googleusercontent.com"
ISSUER = "https://accounts.google.com"
EXPECTED = ExpectedClaims((ISSUER, "accounts.google.com"), CLIENT, "the nonce")
LEFT_OUT: Any = object()


def published(key_id: str) -> RSAPublicKey | None:
    return KEY.private.public_key() if key_id == KEY.kid else None


def claims(**other: Any) -> dict[str, Any]:
    """Claims of a valid token; `iat` and `exp` are in seconds from now, because tests are collected early."""
    now = int(time.time())
    usual: dict[str, Any] = {
        "iss": ISSUER,
        "aud": CLIENT,
        "sub": "1",
        "email": "Ada@Example.com",
        "email_verified": True,
        "name": "Ada Lovelace",
        "nonce": "the nonce",
        "iat": 0,
        "exp": 3600,
    } | other
    moments = {name: now + usual[name] for name in ("iat", "exp", "nbf") if isinstance(usual.get(name), int)}
    return {name: value for name, value in (usual | moments).items() if value is not LEFT_OUT}


def token(key: SigningKey = KEY, kid: Any = KEY.kid, **other: Any) -> str:
    return jwt.encode(claims(**other), key.private, algorithm="RS256", headers={"kid": kid})


def by_hand(head: dict[str, Any], body: dict[str, Any], secret: bytes | None) -> str:
    """A token that no library would make."""

    def coded(raw: bytes) -> str:
        return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()

    signed = f"{coded(json.dumps(head).encode())}.{coded(json.dumps(body).encode())}"
    mac = hmac.digest(secret, signed.encode(), hashlib.sha256) if secret is not None else b""
    return f"{signed}.{coded(mac)}"


def test_a_good_token_says_who_came() -> None:
    assert identity_of(token(), published, EXPECTED) == Identity("ada@example.com", "Ada Lovelace")
    assert identity_of(token(iss="accounts.google.com"), published, EXPECTED).email == "ada@example.com"
    assert identity_of(token(name=LEFT_OUT), published, EXPECTED).display_name == ""
    assert identity_of(token(name="Ada\0 \ud83d\u202e"), published, EXPECTED).display_name == "Ada"


@pytest.mark.parametrize(
    "wrong",
    [
        {"aud": "somebody.else"},
        {"aud": [CLIENT, "somebody.else"]},
        {"aud": LEFT_OUT},
        {"iss": "https://evil.example"},
        {"iss": "https://accounts.google.com.evil.example"},
        {"iss": LEFT_OUT},
        {"nonce": "another"},
        {"nonce": ""},
        {"nonce": LEFT_OUT},
        {"sub": LEFT_OUT},
        {"exp": LEFT_OUT},
        {"iat": LEFT_OUT},
        {"iat": "now"},
        {"exp": "never"},
        {"email": LEFT_OUT},
        {"email": "nobody"},
        {"email": ["ada@example.com"]},
        {"email": "x" * 320 + "@example.com"},
    ],
)
def test_a_token_that_says_something_else_is_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(SignInRefused) as refused:
        identity_of(token(**wrong), published, EXPECTED)

    assert refused.value.user_message == SignInRefused.user_message


@pytest.mark.parametrize("said", [False, "true", 1, None, LEFT_OUT])
def test_an_address_that_google_has_not_verified_is_nobodys(said: Any) -> None:
    with pytest.raises(NotVerified):
        identity_of(token(email_verified=said), published, EXPECTED)


def test_another_key_signs_nobody_in() -> None:
    for forged in (token(OTHER), token(OTHER, kid=OTHER.kid), token(kid="unknown"), token()[:-4] + "AAAA"):
        with pytest.raises(SignInRefused):
            identity_of(forged, published, EXPECTED)


@pytest.mark.parametrize("secret", [KEY.public_pem().encode(), b"", None])
@pytest.mark.parametrize("algorithm", ["none", "None", "HS256", "RS512", None])
def test_the_token_does_not_choose_how_it_is_checked(algorithm: str | None, secret: bytes | None) -> None:
    forged = by_hand({"alg": algorithm, "typ": "JWT", "kid": KEY.kid}, claims(), secret)

    with pytest.raises(SignInRefused):
        identity_of(forged, published, EXPECTED)


def test_another_rsa_signature_is_not_taken() -> None:
    signed = jwt.encode(claims(), KEY.private, algorithm="RS512", headers={"kid": KEY.kid})

    with pytest.raises(SignInRefused):
        identity_of(signed, published, EXPECTED)


@pytest.mark.parametrize(
    "rubbish", ["", "a", "a.b.c", "....", "ünïcode.x.y", "x" * 20_000, token() + ".x", "e30.e30.", "\x00"]
)
def test_what_is_no_token_is_refused(rubbish: str) -> None:
    with pytest.raises(SignInRefused):
        identity_of(rubbish, published, EXPECTED)


@pytest.mark.parametrize(
    "moments",
    [
        {"iat": 600, "exp": 4200},
        {"iat": 75, "exp": 3675},
        {"iat": -600, "exp": 3000},
        {"iat": -4200, "exp": -600},
        {"nbf": 600},
    ],
)
def test_clocks_ten_minutes_apart_sign_nobody_in_and_are_told_as_such(moments: dict[str, Any]) -> None:
    with pytest.raises(ClocksApart) as apart:
        identity_of(token(**moments), published, EXPECTED)

    assert "clock" in apart.value.user_message


@pytest.mark.parametrize("skew", [-45, 45])
def test_clocks_within_a_minute_do(skew: int) -> None:
    good = token(iat=skew, exp=skew + 3600)

    assert identity_of(good, published, EXPECTED).email == "ada@example.com"


def test_a_forged_token_is_not_told_its_time_first() -> None:
    """A client that cannot sign must not learn what else would be wrong."""
    with pytest.raises(SignInRefused) as refused:
        identity_of(token(OTHER, iat=-90_000, exp=-80_000), published, EXPECTED)

    assert not isinstance(refused.value, ClocksApart)
