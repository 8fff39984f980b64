"""Who may call: tokens, access tokens and their refresh; each refusal has its code."""

from __future__ import annotations

import time
from datetime import timedelta
from typing import Any

import jwt
import pytest
import time_machine

from models.accounts.actor import system
from models.accounts.tokens import list_tokens, revoke_token
from models.clock import now
from tests.web.api.conftest import BOLT, Api
from web.api.access_token import AUDIENCE, ISSUER, LIFE_S, AccessTokens
from web.api.auth import AUTH

RULES = "/admin/rules"
CLAIMS = {"tenantId", "userId", "email", "scopes", "iat", "exp", "iss", "aud", "jti"}


def exchange(api: Api, *args: str) -> dict[str, Any]:
    answer = api.client.post("/api/v1/auth/token", json={"token": api.token(*args)})
    assert answer.status_code == 200
    found: dict[str, Any] = answer.get_json()["data"]
    return found


def refresh(api: Api, secret: str) -> Any:
    return api.client.post("/api/v1/auth/refresh", json={"refresh_token": secret})


def refusal(answer: Any) -> tuple[int, str]:
    body = answer.get_json()
    assert set(body) == {"success", "error", "code", "details", "timestamp", "request_id"}
    assert body["success"] is False
    assert (answer.status_code == 401) is ("WWW-Authenticate" in answer.headers)
    return answer.status_code, body["code"]


def test_a_token_reads_what_its_team_has(api: Api) -> None:
    assert [rule["name"] for rule in api.data("GET", RULES)] == ["Wins"]


@pytest.mark.parametrize(
    ("header", "code"),
    [
        (None, "TOKEN_MISSING"),
        ("Basic YWRhOnB3", "TOKEN_MISSING"),
        ("Bearer ", "TOKEN_MISSING"),
        ("Bearer pn_nope", "TOKEN_INVALID"),
        ("Bearer a.b.c", "TOKEN_INVALID"),
        ("Bearer \xff", "TOKEN_INVALID"),
    ],
)
def test_whoever_has_no_good_token_is_told_which(api: Api, header: str | None, code: str) -> None:
    headers = {} if header is None else {"Authorization": header}
    assert refusal(api.client.get(f"/api/v1{RULES}", headers=headers)) == (401, code)


def test_an_old_token_says_that_it_has_expired_and_a_revoked_one_that_it_is_none(api: Api) -> None:
    token = api.token()
    access = exchange(api)["access_token"]
    with time_machine.travel(now() + timedelta(days=31)):
        assert refusal(api.call("GET", RULES, token=token)) == (401, "TOKEN_EXPIRED")
        assert refusal(api.call("GET", RULES, token=access)) == (401, "TOKEN_EXPIRED")
    with api.database.writing(api.tenants["acme"]) as session:
        actor = system(api.tenants["acme"], "test")
        revoke_token(session, actor, list_tokens(session, actor)[0][0].id)

    assert refusal(api.call("GET", RULES, token=token)) == (401, "TOKEN_INVALID")
    assert refusal(api.call("GET", RULES, token=access)) == (401, "TOKEN_INVALID")


def test_a_scope_that_is_missing_is_forbidden(api: Api) -> None:
    reader = api.token("admin", "acme", "read:rules")

    assert api.call("GET", RULES, token=reader).status_code == 200
    body = {"name": "Lost", "on": "deal.lost", "to": ["Wall"]}
    assert refusal(api.call("POST", RULES, body, token=reader)) == (403, "FORBIDDEN")
    assert refusal(api.call("POST", RULES, body, token=api.token("viewer"))) == (403, "FORBIDDEN")


def test_an_access_token_has_the_promised_claims_and_reads_the_same(api: Api) -> None:
    tokens = exchange(api)
    claims = jwt.decode(tokens["access_token"], options={"verify_signature": False})

    assert set(claims) == CLAIMS
    assert (claims["iss"], claims["aud"], claims["exp"] - claims["iat"]) == (ISSUER, AUDIENCE, LIFE_S)
    assert (claims["email"], claims["tenantId"]) == ("admin@acme.test", str(api.tenants["acme"]))
    assert (tokens["token_type"], tokens["expires_in"]) == ("Bearer", 86_400)
    assert api.call("GET", RULES, token=tokens["access_token"]).status_code == 200


@pytest.mark.parametrize("change", [{"aud": "other"}, {"iss": "other"}, {"exp": None}, {"jti": None}])
def test_a_token_that_we_did_not_sign_so_is_refused(api: Api, change: dict[str, Any]) -> None:
    tokens = AccessTokens(api.client.application.config["SECRET_KEY"])
    signed = exchange(api)["access_token"]
    claims = {**jwt.decode(signed, options={"verify_signature": False}), **change}
    forged = jwt.encode(
        {name: value for name, value in claims.items() if value is not None}, tokens._key, algorithm="HS256"
    )
    none = jwt.encode({**claims, "exp": int(time.time()) + 60}, "", algorithm="none")

    for token in (forged, none, signed[:-4] + "AAAA"):
        assert refusal(api.call("GET", RULES, token=token)) == (401, "TOKEN_INVALID")


def test_refresh_tokens_rotate_and_a_used_one_ends_everything(api: Api) -> None:
    first = exchange(api)
    second = refresh(api, first["refresh_token"]).get_json()["data"]
    assert api.call("GET", RULES, token=second["access_token"]).status_code == 200

    assert refusal(refresh(api, first["refresh_token"])) == (401, "TOKEN_INVALID")

    assert refusal(refresh(api, second["refresh_token"])) == (401, "TOKEN_INVALID")
    for tokens in (first, second):
        assert refusal(api.call("GET", RULES, token=tokens["access_token"])) == (401, "TOKEN_INVALID")


@pytest.mark.parametrize("way", ["header", "body"])
def test_logging_out_ends_the_session_and_no_other(api: Api, way: str) -> None:
    ended, other = exchange(api), exchange(api)
    if way == "header":
        answer = api.call("POST", "/auth/logout", token=ended["access_token"])
    else:
        answer = api.client.post("/api/v1/auth/logout", json={"refresh_token": ended["refresh_token"]})
    assert answer.get_json()["data"] == {"ended": True}

    assert refusal(api.call("GET", RULES, token=ended["access_token"])) == (401, "TOKEN_INVALID")
    assert refusal(refresh(api, ended["refresh_token"])) == (401, "TOKEN_INVALID")
    assert api.call("GET", RULES, token=other["access_token"]).status_code == 200
    assert api.call("GET", RULES).status_code == 200


@pytest.mark.parametrize("route", [each for each in AUTH if each.is_open], ids=lambda route: route.path)
def test_what_brings_no_proof_is_nobody(api: Api, route: Any) -> None:
    assert refusal(api.client.post(f"/api/v1{route.path}")) == (401, "TOKEN_MISSING")
    body = {"refresh_token": "x" * 43} if route.path != "/auth/token" else {"token": "x"}
    assert refusal(api.client.post(f"/api/v1{route.path}", json=body)) == (401, "TOKEN_INVALID")
    assert refusal(api.client.post(f"/api/v1{route.path}", json={"password": "x"}))[0] in (400, 401)


def test_the_other_team_is_another_world(api: Api) -> None:
    theirs = api.data("GET", RULES, token=api.token("admin", BOLT))[0]["id"]

    of_nobody = api.call("GET", f"{RULES}/999").get_json()
    of_theirs = api.call("GET", f"{RULES}/{theirs}").get_json()
    for body in (of_nobody, of_theirs):
        del body["timestamp"], body["request_id"]
    assert of_theirs == of_nobody
    assert of_nobody["code"] == "NOT_FOUND"


def test_a_program_lists_the_sessions_it_may_see_and_ends_one(api: Api) -> None:
    own, foreign = exchange(api, "viewer"), exchange(api, "admin", BOLT)
    viewer = f"Bearer {own['access_token']}"
    exchange(api)
    (mine,) = api.data("GET", "/auth/sessions", token=own["access_token"])
    everybody = api.data("GET", "/auth/sessions")
    (bolts,) = api.data("GET", "/auth/sessions", token=foreign["access_token"])

    assert mine["email"] == "viewer@acme.test"
    assert {each["email"] for each in everybody} == {"viewer@acme.test", "admin@acme.test"}
    assert own["refresh_token"] not in str(everybody)
    for other in (bolts, next(each for each in everybody if each["id"] != mine["id"])):
        refused = api.client.delete(f"/api/v1/auth/sessions/{other['id']}", headers={"Authorization": viewer})
        assert refusal(refused) == (404, "NOT_FOUND")
    assert api.data("DELETE", f"/auth/sessions/{mine['id']}") == mine
    assert refusal(refresh(api, own["refresh_token"])) == (401, "TOKEN_INVALID")


def test_a_day_later_the_refresh_token_goes_on(api: Api) -> None:
    first = exchange(api)
    assert api.call("GET", RULES, token=first["access_token"]).status_code == 200

    with time_machine.travel(now() + timedelta(hours=24, seconds=1)):
        assert refusal(api.call("GET", RULES, token=first["access_token"])) == (401, "TOKEN_EXPIRED")
        second = refresh(api, first["refresh_token"]).get_json()["data"]
        assert api.call("GET", RULES, token=second["access_token"]).status_code == 200
        assert refusal(api.call("GET", RULES, token=first["access_token"])) == (401, "TOKEN_EXPIRED")

    with time_machine.travel(now() + timedelta(hours=23, minutes=59)):
        assert api.call("GET", RULES, token=exchange(api)["access_token"]).status_code == 200


def test_from_login_to_logout(api: Api) -> None:
    first = exchange(api)
    assert api.call("GET", RULES, token=first["access_token"]).status_code == 200
    second = refresh(api, first["refresh_token"]).get_json()["data"]
    assert api.call("GET", RULES, token=second["access_token"]).status_code == 200

    assert api.call("POST", "/auth/logout", token=second["access_token"]).get_json()["data"] == {
        "ended": True
    }

    for tokens in (first, second):
        assert refusal(api.call("GET", RULES, token=tokens["access_token"])) == (401, "TOKEN_INVALID")
    assert refusal(refresh(api, second["refresh_token"])) == (401, "TOKEN_INVALID")
