"""Shared by tests of the simulated Google: requests of an app, and the exchange of a code."""

from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx
import jwt

from web.playground.google.server import FakeGoogle
from web.playground.google.sign_in import challenge_of

BACK = "http://127.0.0.1/oauth/google/callback"
VERIFIER = "v" * 64


def ask(google: FakeGoogle, **changes: str | None) -> httpx.Response:
    """Open the sign-in page like a browser; a change to None removes that parameter."""
    query: dict[str, str | None] = {
        "client_id": google.sign_in.client_id,
        "redirect_uri": BACK,
        "response_type": "code",
        "scope": "openid email profile",
        "state": "s1",
        "nonce": "n1",
        "code_challenge": challenge_of(VERIFIER),
        "code_challenge_method": "S256",
    }
    said = {name: value for name, value in (query | changes).items() if value is not None}
    return httpx.get(f"{google.url}/o/oauth2/v2/auth", params=said)


def told(answer: httpx.Response) -> dict[str, str]:
    """Read the parameters of a redirect to the app."""
    assert answer.status_code == 302
    return {name: values[0] for name, values in parse_qs(urlsplit(answer.headers["location"]).query).items()}


def code_of(google: FakeGoogle, email: str = "ada@example.com") -> str:
    google.auto = email
    return told(ask(google))["code"]


def exchange(google: FakeGoogle, **changes: str | None) -> httpx.Response:
    form: dict[str, str | None] = {
        "grant_type": "authorization_code",
        "client_id": google.sign_in.client_id,
        "client_secret": google.sign_in.client_secret,
        "redirect_uri": BACK,
        "code_verifier": VERIFIER,
    }
    said = {name: value for name, value in (form | changes).items() if value is not None}
    return httpx.post(f"{google.url}/token", data=said)


def read(google: FakeGoogle, token: str) -> dict[str, Any]:
    """Check an identity token like a client, by discovery; raises jwt.PyJWTError."""
    about = httpx.get(f"{google.url}/.well-known/openid-configuration").json()
    keys = jwt.PyJWKSet.from_dict(httpx.get(about["jwks_uri"]).json())
    key = keys[jwt.get_unverified_header(token)["kid"]]
    checked = {"audience": google.sign_in.client_id, "issuer": about["issuer"]}
    found: dict[str, Any] = jwt.decode(token, key, algorithms=["RS256"], **checked)
    return found
