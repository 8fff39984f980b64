"""The token endpoint: requests, responses, refusals."""

import json
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs

import httpx
import pytest

from jobs.to_pipedrive.errors import PipedriveRefused, TooManyCalls
from jobs.to_pipedrive.http import PipedriveWire
from jobs.to_pipedrive.oauth import AppRefused, Granted, GrantRefused, NotConnected, PipedriveOAuth
from models.clock import now
from models.errors import NotAllowed, NotFound, TemporaryFailure
from tests.crm import settings_for

GOOD = {
    "access_token": "a",
    "refresh_token": "r",
    "expires_in": 3599,
    "api_domain": "https://acme.pipedrive.com",
}
Ask = Callable[[PipedriveOAuth], Granted]


def asked(tmp_path: Path, ask: Ask, reply: Any, status: int = 200, **variables: str) -> Any:
    """What `ask` gives when the endpoint replies so, and the request it made."""
    seen: list[httpx.Request] = []

    def handle(request: httpx.Request) -> httpx.Response:
        seen.append(request)
        return httpx.Response(status, content=json.dumps(reply).encode())

    wire = PipedriveWire(httpx.MockTransport(handle))
    try:
        granted = ask(PipedriveOAuth(settings_for("https://oauth.example", tmp_path, **variables), wire))
    finally:
        wire.close()
    return granted, seen[0]


def refresh(oauth: PipedriveOAuth) -> Granted:
    return oauth.refresh("old")


def test_a_refresh_is_a_form_with_basic_credentials(tmp_path: Path) -> None:
    granted, request = asked(tmp_path, refresh, GOOD)

    assert str(request.url) == "https://oauth.example/oauth/token"
    basic = httpx.BasicAuth("playground-client", "playground-secret")
    assert request.headers["authorization"] == next(basic.auth_flow(request)).headers["authorization"]
    assert parse_qs(request.content.decode()) == {"grant_type": ["refresh_token"], "refresh_token": ["old"]}
    assert (granted.access_token, granted.refresh_token) == ("a", "r")
    assert granted.api_domain == "https://acme.pipedrive.com"
    assert timedelta(seconds=3590) < granted.expires_at - now() <= timedelta(seconds=3599)


def test_a_code_is_redeemed_with_its_verifier(tmp_path: Path) -> None:
    _, request = asked(tmp_path, lambda oauth: oauth.redeem("c", "https://us.example/back", "v"), GOOD)

    assert parse_qs(request.content.decode()) == {
        "grant_type": ["authorization_code"],
        "code": ["c"],
        "redirect_uri": ["https://us.example/back"],
        "code_verifier": ["v"],
    }


def test_a_refresh_token_that_does_not_come_back_stays(tmp_path: Path) -> None:
    granted, _ = asked(tmp_path, refresh, {"access_token": "a", "expires_in": 60})
    assert granted.refresh_token == "old"


@pytest.mark.parametrize("domain", [None, 7, "", "a\0b", "half \ud83d"])
def test_a_domain_that_no_record_can_keep_is_left_out(tmp_path: Path, domain: object) -> None:
    granted, _ = asked(tmp_path, refresh, GOOD | {"api_domain": domain})
    assert granted.api_domain is None


@pytest.mark.parametrize("life", [None, "3599", 0, -1, 10**9, True])
def test_a_life_that_cannot_be_is_taken_for_an_hour(tmp_path: Path, life: object) -> None:
    granted, _ = asked(tmp_path, refresh, GOOD | {"expires_in": life})
    assert timedelta(seconds=3590) < granted.expires_at - now() <= timedelta(hours=1)


@pytest.mark.parametrize(
    "reply",
    [
        {},
        {"access_token": ""},
        {"access_token": 1},
        {"refresh_token": "r"},
        {"access_token": "half \ud83d"},
        {"access_token": "a", "refresh_token": "r\0"},
    ],
)
def test_an_answer_without_tokens_is_a_failure(tmp_path: Path, reply: dict[str, Any]) -> None:
    with pytest.raises(TemporaryFailure):
        asked(tmp_path, refresh, reply)


@pytest.mark.parametrize(
    ("status", "error", "expected"),
    [
        (400, "invalid_grant", GrantRefused),
        (401, "invalid_grant", GrantRefused),
        (400, "invalid_request", PipedriveRefused),
        (400, "invalid_scope", PipedriveRefused),
        (400, "unsupported_grant_type", PipedriveRefused),
        (400, "unauthorized_client", AppRefused),
        (400, "invalid_client", AppRefused),
        (401, "invalid_client", AppRefused),
        (401, "", AppRefused),
        (402, "", NotAllowed),
        (403, "", NotAllowed),
        (404, "", NotFound),
        (410, "", NotFound),
        (422, "", PipedriveRefused),
        (429, "", TooManyCalls),
        (302, "", TemporaryFailure),
        (500, "server_error", TemporaryFailure),
        (503, "temporarily_unavailable", TemporaryFailure),
    ],
)
def test_only_invalid_grant_means_that_the_grant_is_refused(
    tmp_path: Path, status: int, error: str, expected: type[Exception]
) -> None:
    with pytest.raises(expected) as told:
        asked(tmp_path, refresh, {"error": error}, status)
    assert type(told.value) is expected


def test_without_an_oauth_app_nobody_is_connected(tmp_path: Path) -> None:
    with pytest.raises(NotConnected, match="PIPEDRIVE_CLIENT_ID"):
        asked(tmp_path, refresh, GOOD, PIPEDRIVE_CLIENT_ID="")


def test_what_was_granted_shows_no_token(tmp_path: Path) -> None:
    granted, _ = asked(tmp_path, refresh, GOOD | {"access_token": "visible-a", "refresh_token": "visible-r"})
    assert "visible" not in repr(granted)


def test_a_refused_app_is_nobodys_fault_but_the_operators(tmp_path: Path) -> None:
    with pytest.raises(AppRefused) as told:
        asked(tmp_path, refresh, {"error": "invalid_client"}, 401)
    assert "PIPEDRIVE_CLIENT_ID" in told.value.user_message
    assert "need not connect again" in told.value.user_message


def revoke(tmp_path: Path, reply: httpx.Response) -> httpx.Request:
    seen: list[httpx.Request] = []

    def handle(request: httpx.Request) -> httpx.Response:
        seen.append(request)
        return reply

    wire = PipedriveWire(httpx.MockTransport(handle))
    try:
        PipedriveOAuth(settings_for("https://oauth.example", tmp_path), wire).revoke("old")
    finally:
        wire.close()
    return seen[0]


@pytest.mark.parametrize(
    "reply",
    [
        httpx.Response(200),
        httpx.Response(204),
        httpx.Response(200, json={"success": True}),
        httpx.Response(400, json={"error": "invalid_grant"}),
    ],
    ids=["empty", "no content", "object", "gone already"],
)
def test_a_grant_is_taken_back_by_its_refresh_token(tmp_path: Path, reply: httpx.Response) -> None:
    request = revoke(tmp_path, reply)

    assert str(request.url) == "https://oauth.example/oauth/revoke"
    assert parse_qs(request.content.decode()) == {"token": ["old"], "token_type_hint": ["refresh_token"]}
    assert request.headers["authorization"].startswith("Basic ")


def test_a_grant_that_could_not_be_taken_back_is_a_failure(tmp_path: Path) -> None:
    with pytest.raises(TemporaryFailure):
        revoke(tmp_path, httpx.Response(503))
