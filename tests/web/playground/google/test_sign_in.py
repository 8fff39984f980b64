"""Google's rules of signing in: refusals, code exchange, and deliberately invalid tokens."""

from typing import Any

import httpx
import jwt
import pytest

from tests.web.playground.google_talk import ask, code_of, exchange, read
from web.playground.google.server import FakeGoogle


@pytest.mark.parametrize(
    ("changes", "status", "error"),
    [
        ({"client_id": "other"}, 401, "invalid_client"),
        ({"redirect_uri": "http://127.0.0.1/oauth/google/callback/"}, 400, "redirect_uri_mismatch"),
        ({"redirect_uri": "http://evil.example/oauth/google/callback"}, 400, "redirect_uri_mismatch"),
        ({"response_type": "token"}, 400, "unsupported_response_type"),
        ({"response_type": None}, 400, "invalid_request"),
        ({"scope": "openid"}, 400, "invalid_scope"),
        ({"scope": "openid email calendar"}, 400, "invalid_scope"),
        ({"state": None}, 400, "invalid_request"),
        ({"nonce": None}, 400, "invalid_request"),
        ({"code_challenge": None}, 400, "invalid_request"),
        ({"code_challenge": "short"}, 400, "invalid_request"),
        ({"code_challenge_method": "plain"}, 400, "invalid_request"),
    ],
)
def test_a_wrong_request_stays_on_googles_page(
    google: FakeGoogle, changes: dict[str, str | None], status: int, error: str
) -> None:
    google.auto = "ada@example.com"
    answer = ask(google, **changes)
    assert answer.status_code == status
    assert error in answer.text
    assert google.sign_in.codes == {}


def test_a_code_buys_one_signed_identity(google: FakeGoogle) -> None:
    code = code_of(google)
    claims = read(google, exchange(google, code=code).json()["id_token"])
    assert (claims["email"], claims["email_verified"], claims["nonce"]) == ("ada@example.com", True, "n1")
    assert (claims["sub"], claims["name"]) == ("1001", "Ada Lovelace")
    assert claims["exp"] - claims["iat"] == 3600
    again = exchange(google, code=code)
    assert (again.status_code, again.json()["error"]) == (400, "invalid_grant")


@pytest.mark.parametrize(
    ("changes", "status", "error"),
    [
        ({"client_secret": "wrong"}, 401, "invalid_client"),
        ({"redirect_uri": "http://127.0.0.1/other"}, 400, "redirect_uri_mismatch"),
        ({"code_verifier": "x" * 64}, 400, "invalid_grant"),
        ({"code_verifier": None}, 400, "invalid_grant"),
        ({"grant_type": "refresh_token"}, 400, "unsupported_grant_type"),
        ({"code": "4/guessed"}, 400, "invalid_grant"),
    ],
)
def test_a_wrong_exchange_buys_nothing(
    google: FakeGoogle, changes: dict[str, str | None], status: int, error: str
) -> None:
    answer = exchange(google, **({"code": code_of(google)} | changes))
    assert (answer.status_code, answer.json()["error"]) == (status, error)


def test_a_client_may_show_its_secret_by_basic_auth(google: FakeGoogle) -> None:
    form = {"grant_type": "authorization_code", "code": code_of(google), "code_verifier": "v" * 64}
    form["redirect_uri"] = "http://127.0.0.1/oauth/google/callback"
    secret = (google.sign_in.client_id, google.sign_in.client_secret)
    assert httpx.post(f"{google.url}/token", data=form, auth=secret).status_code == 200


def test_a_code_is_good_for_ten_minutes(google: FakeGoogle) -> None:
    code = code_of(google)
    google.sign_in.skew_s = 601
    assert exchange(google, code=code).json()["error"] == "invalid_grant"


@pytest.mark.parametrize(
    ("knobs", "wrong"),
    [
        ({"claims": {"aud": "another-app"}}, jwt.InvalidAudienceError),
        ({"claims": {"iss": "https://evil.example"}}, jwt.InvalidIssuerError),
        ({"skew_s": -7200.0}, jwt.ExpiredSignatureError),
        ({"skew_s": 7200.0}, jwt.ImmatureSignatureError),
        ({"stranger": True}, jwt.InvalidSignatureError),
        ({"algorithm": "none"}, jwt.PyJWTError),
        ({"algorithm": "HS256"}, jwt.PyJWTError),
    ],
)
def test_a_token_made_wrong_fails_a_careful_check(
    google: FakeGoogle, knobs: dict[str, Any], wrong: type[Exception]
) -> None:
    for name, value in knobs.items():
        setattr(google.sign_in, name, value)
    token = exchange(google, code=code_of(google)).json()["id_token"]
    with pytest.raises(wrong):
        read(google, token)


def test_claims_can_be_replaced_left_out_and_unverified(google: FakeGoogle) -> None:
    google.sign_in.claims = {"nonce": "another", "name": None}
    google.sign_in.unverified.add("ben@example.com")
    claims = read(google, exchange(google, code=code_of(google, "ben@example.com")).json()["id_token"])
    assert (claims["nonce"], claims["email_verified"]) == ("another", False)
    assert "name" not in claims


def test_after_a_rotation_old_and_new_tokens_are_good(google: FakeGoogle) -> None:
    old = exchange(google, code=code_of(google)).json()["id_token"]
    google.sign_in.rotate()
    new = exchange(google, code=code_of(google)).json()["id_token"]
    assert jwt.get_unverified_header(old)["kid"] != jwt.get_unverified_header(new)["kid"]
    assert read(google, old)["sub"] == read(google, new)["sub"] == "1001"
