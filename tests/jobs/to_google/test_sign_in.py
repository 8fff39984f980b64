"""The client of Google's sign-in: requests, accepted responses, and errors while Google is away."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest

from jobs.to_google import sign_in
from jobs.to_google.id_token import ClocksApart, NotVerified, SignInRefused
from jobs.to_google.sign_in import MOST_BYTES, GoogleAway, GoogleSignIn
from models.accounts.oauth_flows import challenge_of, new_verifier
from models.settings import Settings
from tests.clock import Clock
from tests.crm import settings_for
from tests.jobs.to_servers.dripping import BODY, HEADERS, LIMIT_S, MOST_S, dripping
from web.playground.faults import Fault
from web.playground.google.server import FakeGoogle

BASE = "https://pipenotify.example.com"
BACK = f"{BASE}/oauth/google/callback"
NONCE = "a nonce"
Change = Callable[[FakeGoogle], object]


def told(folder: Path, google: str, **variables: str) -> Settings:
    usual = {"BASE_URL": BASE, "GOOGLE_OAUTH_URL": google}
    client = {
        "GOOGLE_CLIENT_ID": "playground.apps.googleusercontent.com",
        "GOOGLE_CLIENT_SECRET": "playground-google-secret",
    }
    return settings_for("http://127.0.0.1:9", folder, **(usual | client | variables))


@pytest.fixture
def google() -> Iterator[FakeGoogle]:
    with FakeGoogle() as running:
        running.sign_in.redirect_uris.add(BACK)
        running.auto = "ada@example.com"
        yield running


@pytest.fixture
def wire(google: FakeGoogle, tmp_path: Path) -> GoogleSignIn:
    return GoogleSignIn(told(tmp_path, google.url))


def code(wire: GoogleSignIn, verifier: str, nonce: str = NONCE) -> str:
    """What a browser brings back."""
    answer = httpx.get(wire.consent_url("state", nonce, challenge_of(verifier)), trust_env=False)
    return parse_qs(urlsplit(answer.headers["location"]).query)["code"][0]


def signed_in(wire: GoogleSignIn) -> Any:
    verifier = new_verifier()
    return wire.identity(code(wire, verifier), verifier, NONCE)


def test_people_are_sent_with_state_nonce_and_challenge_to_choose_an_account(
    wire: GoogleSignIn, google: FakeGoogle
) -> None:
    url = urlsplit(wire.consent_url("the state", "the nonce", "c" * 43, "ada@example.com"))

    assert f"{url.scheme}://{url.netloc}{url.path}" == f"{google.url}/o/oauth2/v2/auth"
    assert {name: values[0] for name, values in parse_qs(url.query).items()} == {
        "client_id": "playground.apps.googleusercontent.com",
        "redirect_uri": BACK,
        "response_type": "code",
        "scope": "openid email profile",
        "state": "the state",
        "nonce": "the nonce",
        "code_challenge": "c" * 43,
        "code_challenge_method": "S256",
        "prompt": "select_account",
        "login_hint": "ada@example.com",
    }
    assert "login_hint" not in wire.consent_url("s", "n", "c" * 43)


def test_a_code_says_who_came(wire: GoogleSignIn) -> None:
    who = signed_in(wire)

    assert (who.email, who.display_name) == ("ada@example.com", "Ada Lovelace")


def test_google_is_asked_for_its_places_and_keys_once(wire: GoogleSignIn, google: FakeGoogle) -> None:
    for _ in range(3):
        signed_in(wire)

    asked = [path for _, path, _ in google.requests]
    assert asked.count("/.well-known/openid-configuration") == 1
    assert asked.count("/oauth2/v3/certs") == 1
    assert asked.count("/token") == 3


def test_a_key_that_google_began_to_use_is_found(google: FakeGoogle, tmp_path: Path) -> None:
    wire = GoogleSignIn(told(tmp_path, google.url), clock=Clock())
    signed_in(wire)
    google.sign_in.rotate()

    assert signed_in(wire).email == "ada@example.com"


@pytest.mark.parametrize(
    "change",
    [
        lambda google: google.sign_in.claims.update(aud="somebody.else"),
        lambda google: google.sign_in.claims.update(iss="https://evil.example"),
        lambda google: google.sign_in.claims.update(nonce="another"),
        lambda google: setattr(google.sign_in, "algorithm", "none"),
        lambda google: setattr(google.sign_in, "algorithm", "HS256"),
        lambda google: setattr(google.sign_in, "stranger", True),
    ],
)
def test_forged_identities_are_refused(wire: GoogleSignIn, google: FakeGoogle, change: Change) -> None:
    change(google)

    with pytest.raises(SignInRefused) as refused:
        signed_in(wire)
    assert refused.value.user_message == SignInRefused.user_message


def test_an_unverified_address_needs_notice(wire: GoogleSignIn, google: FakeGoogle) -> None:
    google.sign_in.unverified.add("ada@example.com")

    with pytest.raises(NotVerified):
        signed_in(wire)


@pytest.mark.parametrize(("skew", "needs_notice"), [(600, True), (-600, True), (40, False), (-40, False)])
def test_clocks_apart_are_told(
    wire: GoogleSignIn, google: FakeGoogle, skew: float, *, needs_notice: bool
) -> None:
    google.sign_in.skew_s = skew

    if not needs_notice:
        assert signed_in(wire).email == "ada@example.com"
        return
    with pytest.raises(ClocksApart):
        signed_in(wire)


def test_a_code_is_good_once_and_with_its_verifier(wire: GoogleSignIn) -> None:
    verifier = new_verifier()
    bought = code(wire, verifier)
    assert wire.identity(bought, verifier, NONCE).email == "ada@example.com"

    for again, other in ((bought, verifier), (code(wire, verifier), new_verifier()), ("made up", verifier)):
        with pytest.raises(SignInRefused, match="token endpoint: 400") as refused:
            wire.identity(again, other, NONCE)
        assert "sign in again" in refused.value.user_message


def test_a_wrong_client_needs_notice_to_whoever_runs_this(google: FakeGoogle, tmp_path: Path) -> None:
    wire = GoogleSignIn(told(tmp_path, google.url, GOOGLE_CLIENT_SECRET="not-it"))

    with pytest.raises(SignInRefused) as refused:
        signed_in(wire)

    assert "GOOGLE_CLIENT_SECRET" in refused.value.user_message
    assert "not-it" not in f"{refused.value} {refused.value.user_message}"


@pytest.mark.parametrize("path", ["/.well-known/openid-configuration", "/token", "/oauth2/v3/certs"])
@pytest.mark.parametrize("fault", [{"status": 503}, {"status": 429}, {"drop": True}])
def test_google_away_is_no_fault_of_the_person(
    wire: GoogleSignIn, google: FakeGoogle, path: str, fault: dict[str, Any]
) -> None:
    google.faults.order(Fault(where=path, **fault))

    with pytest.raises(GoogleAway):
        signed_in(wire)
    assert signed_in(wire).email == "ada@example.com", "and it works as soon as Google is back"


def replying(
    folder: Path, replies: dict[str, httpx.Response], url: str = "https://sso.example"
) -> GoogleSignIn:
    def handle(request: httpx.Request) -> httpx.Response:
        return replies.get(request.url.path, httpx.Response(404))

    return GoogleSignIn(told(folder, url), httpx.MockTransport(handle))


def test_without_discovery_the_usual_places_are_taken(tmp_path: Path) -> None:
    wire = replying(tmp_path, {})

    assert wire.consent_url("s", "n", "c").startswith("https://sso.example/o/oauth2/v2/auth?")
    assert wire._places().token == "https://sso.example/token"
    assert wire._places().keys == "https://sso.example/oauth2/v3/certs"
    assert "https://sso.example" in wire._places().issuers


@pytest.mark.parametrize(
    "said",
    [
        {},
        [],
        "text",
        {"authorization_endpoint": "https://sso.example/a", "token_endpoint": "https://sso.example/t"},
        {
            "issuer": "https://sso.example",
            "authorization_endpoint": "http://sso.example/a",
            "token_endpoint": "https://sso.example/t",
            "jwks_uri": "https://sso.example/k",
        },
        {
            "issuer": None,
            "authorization_endpoint": "https://sso.example/a",
            "token_endpoint": "https://sso.example/t",
            "jwks_uri": "https://sso.example/k",
        },
    ],
)
def test_an_odd_discovery_leads_nowhere(tmp_path: Path, said: Any) -> None:
    wire = replying(tmp_path, {"/.well-known/openid-configuration": httpx.Response(200, json=said)})

    with pytest.raises(GoogleAway):
        wire.consent_url("s", "n", "c")


@pytest.mark.parametrize(
    "answer",
    [
        httpx.Response(302, headers={"Location": "https://evil.example/token"}),
        httpx.Response(200, content=b"x" * (MOST_BYTES + 1)),
    ],
)
def test_no_redirect_is_followed_and_no_flood_is_read(tmp_path: Path, answer: httpx.Response) -> None:
    wire = replying(tmp_path, {"/token": answer})

    with pytest.raises((SignInRefused, GoogleAway)):
        wire.identity("code", "verifier", NONCE)


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b'{"id_token": 7}', b"[" * 100_000])
def test_an_answer_without_a_token_signs_nobody_in(tmp_path: Path, body: bytes) -> None:
    wire = replying(tmp_path, {"/token": httpx.Response(200, content=body)})

    with pytest.raises(SignInRefused):
        wire.identity("code", "verifier", NONCE)


@pytest.mark.parametrize(
    ("client", "secret", "is_there"), [("a", "b", True), ("a", "", False), ("", "b", False), ("", "", False)]
)
def test_a_client_needs_its_name_and_its_secret(
    tmp_path: Path, client: str, secret: str, *, is_there: bool
) -> None:
    settings = told(tmp_path, "https://sso.example", GOOGLE_CLIENT_ID=client, GOOGLE_CLIENT_SECRET=secret)

    assert GoogleSignIn(settings).is_there is is_there


def test_a_slow_google_holds_few_threads(tmp_path: Path) -> None:
    wire = replying(tmp_path, {})
    while wire._turns.acquire(blocking=False):
        pass

    with pytest.raises(GoogleAway, match="too many"):
        wire.consent_url("s", "n", "c")


@pytest.mark.parametrize("beginning", [HEADERS, BODY])
def test_a_google_that_drips_is_left_in_time(
    tmp_path: Path, beginning: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sign_in, "TIMEOUT_S", LIMIT_S)
    with dripping(beginning) as url:
        began = time.monotonic()
        with pytest.raises(GoogleAway, match="ReadTimeout"):
            GoogleSignIn(told(tmp_path, url)).consent_url("s", "n", "c")
        assert time.monotonic() - began < MOST_S
