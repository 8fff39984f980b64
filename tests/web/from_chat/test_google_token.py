from __future__ import annotations

import base64
import json
import time
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

import httpx
import pytest
from cryptography.hazmat.primitives.asymmetric import rsa

from jobs.to_servers.http import HttpClient
from models.settings import Settings, from_env
from tests.jobs.to_servers.dripping import BODY, HEADERS, LIMIT_S, MOST_S, dripping
from web.from_chat import google_token
from web.from_chat.google_token import CHAT_CERTS, OPENID_CERTS, ChatTokenVerifier
from web.playground.google.tokens import ADDON_SENDER, CHAT_SENDER, SigningKey, TokenSigner

ENDPOINT = "https://pipenotify.example.com/chat/events"
NUMBER = "123456789012"


class Google:
    """Serves certificates, and can be away, slow to publish a new key, or fresh for a while only."""

    def __init__(self) -> None:
        self.signer = TokenSigner()
        self.published: dict[str, Any] = dict(self.signer.certificates)
        self.asked: list[str] = []
        self.headers = {"Cache-Control": "public, max-age=600, must-revalidate"}
        self.is_away = False
        self.now = 1000.0

    def __call__(self, request: httpx.Request) -> httpx.Response:
        self.asked.append(str(request.url))
        if self.is_away:
            raise httpx.ConnectError("nobody there")
        return httpx.Response(200, json=self.published, headers=self.headers)

    def verifier(self, **settings: str) -> ChatTokenVerifier:
        client = HttpClient(transport=httpx.MockTransport(self))
        return ChatTokenVerifier(told(**settings), client=client, clock=lambda: self.now)


def told(**variables: str) -> Settings:
    defaults = {
        "PIPENOTIFY_DATA": "/nonexistent",
        "ENCRYPTION_KEYS": "k:" + base64.b64encode(bytes(32)).decode(),
        "BASE_URL": "https://pipenotify.example.com",
    }
    return from_env({**defaults, **{name.upper(): value for name, value in variables.items()}})


@pytest.fixture
def google() -> Google:
    return Google()


@cache
def fresh_private() -> rsa.RSAPrivateKey:
    """A key that Google never had."""
    return rsa.generate_private_key(public_exponent=65537, key_size=2048)


def bearer(token: str) -> str:
    return f"Bearer {token}"


def claims(**other: Any) -> dict[str, Any]:
    now = int(time.time())
    openid = {"iss": "https://accounts.google.com", "aud": ENDPOINT, "iat": now, "exp": now + 3600}
    # Times are told in seconds from now: the tests may have been collected minutes ago.
    moments = {name: now + other[name] for name in ("iat", "exp") if other.get(name) is not None}
    made = {**openid, "email": CHAT_SENDER, "email_verified": True, **other, **moments}
    return {name: value for name, value in made.items() if value is not None}


def test_chat_is_let_in_by_the_endpoints_url(google: Google) -> None:
    verifier = google.verifier(chat_audience=ENDPOINT)
    assert verifier.admits(bearer(google.signer.chat_token(ENDPOINT)))
    assert google.asked == [OPENID_CERTS]


def test_chat_is_let_in_by_the_project_number(google: Google) -> None:
    verifier = google.verifier(chat_audience=NUMBER)
    assert verifier.admits(bearer(google.signer.chat_token(NUMBER)))
    assert google.asked == [CHAT_CERTS]


def test_neither_kind_passes_for_the_other(google: Google) -> None:
    assert not google.verifier(chat_audience=ENDPOINT).admits(bearer(google.signer.chat_token(NUMBER)))
    assert not google.verifier(chat_audience=NUMBER).admits(bearer(google.signer.chat_token(ENDPOINT)))


def test_ones_own_add_on_is_let_in_and_every_other_is_not(google: Google) -> None:
    own, other = (
        bearer(google.signer.endpoint_token(ENDPOINT, email))
        for email in (ADDON_SENDER, "service-999@gcp-sa-gsuiteaddons.iam.gserviceaccount.com")
    )
    for audience in (ENDPOINT, NUMBER):
        verifier = google.verifier(chat_audience=audience, chat_addon_email=ADDON_SENDER)
        assert verifier.admits(own)
        assert not verifier.admits(other)
        assert not google.verifier(chat_audience=audience).admits(own)


def test_one_address_serves_the_certificates_of_all_kinds_when_told_so(google: Google) -> None:
    url = "http://127.0.0.1:9/certs"
    verifier = google.verifier(chat_audience=NUMBER, chat_addon_email=ADDON_SENDER, chat_certs_url=url)
    assert verifier.admits(bearer(google.signer.chat_token(NUMBER)))
    assert verifier.admits(bearer(google.signer.endpoint_token(ENDPOINT, ADDON_SENDER)))
    assert google.asked == [url]


@pytest.mark.parametrize(
    "wrong",
    [
        {"aud": "https://other.example.com/chat/events"},
        {"aud": ENDPOINT + "/"},
        {"aud": None},
        {"iss": "https://evil.example.com"},
        {"iss": None},
        {"email": "mallory@evil.example.com"},
        {"email": None},
        {"email_verified": False},
        {"email_verified": "false"},
        {"exp": -120},
        {"iat": 7200, "exp": 9000},
        {"iat": None},
        {"exp": None},
    ],
    ids=str,
)
def test_a_token_with_a_wrong_claim_is_refused(google: Google, wrong: dict[str, Any]) -> None:
    verifier = google.verifier(chat_audience=ENDPOINT)
    assert verifier.admits(bearer(google.signer.key.sign(claims())))
    assert not verifier.admits(bearer(google.signer.key.sign(claims(**wrong))))


@pytest.mark.parametrize(
    "tolerated",
    [
        {"email_verified": None},
        {"iss": "accounts.google.com"},
        {"iat": 40},
        {"exp": -30},
    ],
    ids=str,
)
def test_a_clock_that_is_off_by_a_little_is_tolerated(google: Google, tolerated: dict[str, Any]) -> None:
    verifier = google.verifier(chat_audience=ENDPOINT)
    assert verifier.admits(bearer(google.signer.key.sign(claims(**tolerated))))


def part(value: dict[str, Any]) -> str:
    return base64.urlsafe_b64encode(json.dumps(value).encode()).decode().rstrip("=")


def unsigned(google: Google) -> str:
    return f"{part({'alg': 'none', 'kid': google.signer.key.kid})}.{part(claims())}."


def signed_by_a_stranger(google: Google) -> str:
    stranger = SigningKey(fresh_private())
    stranger.kid = google.signer.key.kid
    return stranger.sign(claims())


def signed_with_the_public_key(google: Google) -> str:
    """Sign with HMAC over the certificate, as if it were a shared secret."""
    import hmac

    head = f"{part({'alg': 'HS256', 'kid': google.signer.key.kid})}.{part(claims())}"
    digest = hmac.digest(google.signer.key.certificate().encode(), head.encode(), "sha256")
    return f"{head}.{base64.urlsafe_b64encode(digest).decode().rstrip('=')}"


def without_a_kid(google: Google) -> str:
    import jwt

    return jwt.encode(claims(), google.signer.key.private, algorithm="RS256")


def with_other_claims_glued_on(google: Google) -> str:
    head, _, signature = google.signer.key.sign(claims()).split(".")
    return f"{head}.{part(claims(email=CHAT_SENDER, extra=1))}.{signature}"


@pytest.mark.parametrize(
    "forge",
    [unsigned, signed_by_a_stranger, signed_with_the_public_key, without_a_kid, with_other_claims_glued_on],
)
def test_a_forged_token_is_refused(google: Google, forge: Callable[[Google], str]) -> None:
    assert not google.verifier(chat_audience=ENDPOINT).admits(bearer(forge(google)))


@pytest.mark.parametrize(
    "header",
    [
        None,
        "",
        "Bearer",
        "Bearer ",
        "Basic abc",
        "Bearer a.b.c",
        "Bearer ...",
        "Bearer \ud800",
        "Bearer " + "x" * 99_999,
    ],
    ids=lambda header: repr(header)[:20],
)
def test_what_is_no_token_is_refused(google: Google, header: str | None) -> None:
    assert not google.verifier(chat_audience=ENDPOINT).admits(header)


def test_certificates_are_kept_as_long_as_google_says(google: Google) -> None:
    verifier = google.verifier(chat_audience=ENDPOINT)
    token = bearer(google.signer.chat_token(ENDPOINT))
    for seconds, fetches in ((0, 1), (599, 1), (2, 2), (599, 2)):
        google.now += seconds
        assert verifier.admits(token)
        assert len(google.asked) == fetches


@pytest.mark.parametrize(
    ("headers", "fresh"),
    [({}, 3600), ({"Cache-Control": "no-cache"}, 3600), ({"Cache-Control": "max-age=100", "Age": "40"}, 60)],
)
def test_without_a_word_of_google_certificates_are_kept_an_hour(
    google: Google, headers: dict[str, str], fresh: int
) -> None:
    google.headers = headers
    verifier, token = google.verifier(chat_audience=ENDPOINT), bearer(google.signer.chat_token(ENDPOINT))
    for seconds, fetches in ((0, 1), (fresh - 1, 1), (2, 2)):
        google.now += seconds
        verifier.admits(token)
        assert len(google.asked) == fetches


def test_a_new_key_of_google_is_fetched_at_once_and_strangers_keys_once_a_minute(google: Google) -> None:
    verifier = google.verifier(chat_audience=ENDPOINT)
    assert verifier.admits(bearer(google.signer.chat_token(ENDPOINT)))
    google.signer.rotate()
    google.published = dict(google.signer.certificates)
    assert verifier.admits(bearer(google.signer.chat_token(ENDPOINT)))
    assert len(google.asked) == 2
    for _ in range(50):
        assert not verifier.admits(bearer(SigningKey(fresh_private()).sign(claims())))
    assert len(google.asked) == 2
    google.now += 61
    assert not verifier.admits(bearer(SigningKey(fresh_private()).sign(claims())))
    assert len(google.asked) == 3


def test_without_certificates_nobody_is_let_in(google: Google) -> None:
    verifier, token = google.verifier(chat_audience=ENDPOINT), bearer(google.signer.chat_token(ENDPOINT))
    google.is_away = True
    assert not verifier.admits(token)
    google.is_away = False
    google.now += 2
    assert verifier.admits(token)


def test_certificates_serve_for_an_hour_longer_while_google_does_not_answer(google: Google) -> None:
    verifier, token = google.verifier(chat_audience=ENDPOINT), bearer(google.signer.chat_token(ENDPOINT))
    assert verifier.admits(token)
    google.is_away = True
    for seconds, admitted in ((601, True), (3000, True), (1000, False)):
        google.now += seconds
        assert verifier.admits(token) is admitted
        assert not verifier.admits(bearer(SigningKey(fresh_private()).sign(claims())))


@pytest.mark.parametrize("published", [[], "text", {"kid": 7}, None])
def test_certificates_that_are_none_let_nobody_in(google: Google, published: Any) -> None:
    google.published = published
    assert not google.verifier(chat_audience=ENDPOINT).admits(bearer(google.signer.chat_token(ENDPOINT)))


def test_no_proxy_of_the_environment_is_asked(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("HTTPS_PROXY", "http://127.0.0.1:1")
    verifier = ChatTokenVerifier(told(chat_audience=ENDPOINT))
    assert verifier._openid._client._client.trust_env is False


@pytest.mark.parametrize("beginning", [HEADERS, BODY])
def test_a_google_that_drips_holds_up_no_thread(beginning: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(google_token, "FETCH_TIMEOUT_S", LIMIT_S)
    with dripping(beginning) as url:
        verifier = ChatTokenVerifier(told(chat_audience=ENDPOINT, chat_certs_url=url))
        began = time.monotonic()
        assert not verifier.admits(bearer(TokenSigner().chat_token(ENDPOINT)))
        assert time.monotonic() - began < MOST_S
