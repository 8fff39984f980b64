"""How often one may call: by team, by address, apart for figures; and who may call from a browser."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

import pytest
from limits import RateLimitItemPerMinute

from models.accounts.actions import invite_user
from models.accounts.actor import system
from tests.web.api.conftest import BOLT, Api
from web.api.limits import ANALYTICS, GENERAL, STRICT, UNKNOWN, RateLimits

RULES = "/admin/rules"
FIGURES = "/analytics/rules/me"


def test_the_limits_are_those_of_the_contract() -> None:
    assert (GENERAL.amount, GENERAL.get_expiry()) == (100, 60)
    assert (ANALYTICS.amount, ANALYTICS.get_expiry()) == (50, 60)
    assert (UNKNOWN.amount, UNKNOWN.get_expiry()) == (100, 900)
    assert (STRICT.amount, STRICT.get_expiry()) == (10, 300)


def test_a_team_that_asks_too_often_waits_and_no_other_does(api: Api) -> None:
    api.token(), api.token("admin", BOLT)
    left = [int(api.call("GET", RULES).headers["X-RateLimit-Remaining"]) for _ in range(3)]
    for _ in range(97):
        assert api.call("GET", RULES).status_code == 200

    refused = api.call("GET", RULES)
    assert left == [99, 98, 97]
    assert (refused.status_code, refused.get_json()["code"]) == (429, "RATE_LIMITED")
    assert 1 <= int(refused.headers["Retry-After"]) <= 61
    assert 0 < int(refused.headers["X-RateLimit-Reset"]) - time.time() <= 61
    assert api.call("GET", FIGURES).status_code == 200
    assert api.call("GET", RULES, token=api.token("admin", BOLT)).status_code == 200


def test_figures_have_a_limit_of_their_own(api: Api) -> None:
    answers = [api.call("GET", FIGURES).status_code for _ in range(51)]

    assert answers == [200] * 50 + [429]
    assert api.call("GET", RULES).status_code == 200


def test_whoever_guesses_is_stopped_by_their_address(api: Api) -> None:
    afar: dict[str, Any] = {"environ_base": {"REMOTE_ADDR": "203.0.113.9"}}
    answers = [api.client.get(f"/api/v1{RULES}", **afar).status_code for _ in range(101)]

    assert answers == [401] * 100 + [429]
    other = {"environ_base": {"REMOTE_ADDR": "203.0.113.10"}}
    assert api.client.get(f"/api/v1{RULES}", **other).status_code == 401
    assert api.call("GET", RULES, **afar).status_code == 200


@pytest.mark.parametrize("path", ["/auth/token", "/auth/refresh"])
def test_whoever_exchanges_what_is_no_token_is_stopped_sooner(api: Api, path: str) -> None:
    afar: dict[str, Any] = {"environ_base": {"REMOTE_ADDR": "203.0.113.9"}}
    body = {"token": "pn_wrong"} if path == "/auth/token" else {"refresh_token": "pnr_wrong"}
    answers = [api.client.post(f"/api/v1{path}", json=body, **afar) for _ in range(11)]

    assert [each.status_code for each in answers] == [401] * 10 + [429]
    assert 1 <= int(answers[-1].headers["Retry-After"]) <= 301
    elsewhere = {"environ_base": {"REMOTE_ADDR": "203.0.113.10"}}
    assert api.client.post(f"/api/v1{path}", json=body, **elsewhere).status_code == 401
    assert api.client.get(f"/api/v1{RULES}", **afar).status_code == 401
    assert api.client.post("/api/v1/auth/token", json={"token": api.token()}, **afar).status_code == 200


def test_invitations_stop_at_their_own_number_and_say_for_how_long(api: Api) -> None:
    with api.database.writing(api.tenants["acme"]) as session:
        actor = system(api.tenants["acme"], "test")
        for number in range(50):
            invite_user(session, actor, f"new{number}@x.test", "viewer")
    refused = api.call("POST", "/admin/users", {"email": "one@x.test", "role": "viewer"})

    assert (refused.status_code, refused.get_json()["code"]) == (429, "RATE_LIMITED")
    assert "invited many people" in refused.get_json()["error"]
    assert 3500 < int(refused.headers["Retry-After"]) <= 3601
    other = api.token("admin", BOLT)
    body = {"email": "two@x.test", "role": "viewer"}
    assert api.call("POST", "/admin/users", body, token=other).status_code == 201
    assert api.call("GET", RULES).status_code == 200


@pytest.mark.parametrize("path", ["/nowhere", "/monitoring/health", "/openapi.json", "/oauth/status", RULES])
def test_every_answer_says_what_is_left(api: Api, path: str) -> None:
    headers = api.client.get(f"/api/v1{path}").headers

    assert {"X-RateLimit-Limit", "X-RateLimit-Remaining", "X-RateLimit-Reset", "X-Request-ID"} <= set(
        headers.keys()
    )


def test_without_redis_calls_are_counted_here(tmp_path: Path) -> None:
    limits = RateLimits(f"unix://{tmp_path}/none.sock")
    few = RateLimitItemPerMinute(2)

    assert [limits.count(few, "a").is_over for _ in range(3)] == [False, False, True]
    assert limits.look(few, "a").remaining == 0
    assert limits.look(few, "b").remaining == 2


@pytest.mark.parametrize(
    ("origin", "allowed"), [("https://app.example.com", True), ("https://evil.example", False)]
)
def test_only_named_origins_may_call_from_a_browser(
    api: Api, monkeypatch: pytest.MonkeyPatch, origin: str, *, allowed: bool
) -> None:
    from web.api import blueprint, cors

    assert "Access-Control-Allow-Origin" not in api.call("GET", RULES, headers={"Origin": origin}).headers

    def named(response: Any, _origins: Any) -> None:
        cors.allow_origin(response, ("https://app.example.com",))

    monkeypatch.setattr(blueprint, "allow_origin", named)
    asked = api.client.options(f"/api/v1{RULES}", headers={"Origin": origin})
    assert (asked.headers.get("Access-Control-Allow-Origin") == origin) is allowed
    assert ("Authorization" in asked.headers.get("Access-Control-Allow-Headers", "")) is allowed
    assert "Access-Control-Allow-Credentials" not in asked.headers
