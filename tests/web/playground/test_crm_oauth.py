"""Pipedrive's OAuth."""

import base64
import hashlib

import httpx
import pytest

from tests.web.playground.crm_talk import BACK, BASIC, consent, exchange
from web.playground.fake_pipedrive import FakePipedrive


def test_a_code_buys_tokens_once(pipedrive: FakePipedrive) -> None:
    found = consent(pipedrive)
    form = {"grant_type": "authorization_code", "code": found["code"][0], "redirect_uri": BACK}
    tokens = exchange(pipedrive, **form).json()
    assert found["state"] == ["s1"]
    assert tokens["api_domain"] == pipedrive.url
    bearer = {"Authorization": f"Bearer {tokens['access_token']}"}
    me = httpx.get(f"{pipedrive.url}/api/v1/users/me", headers=bearer).json()["data"]
    assert (me["id"], me["company_id"], me["company_domain"]) == (1, 12345, "acme")
    assert exchange(pipedrive, **form).json()["error"] == "invalid_grant"


def test_a_user_may_deny(pipedrive: FakePipedrive) -> None:
    pipedrive.oauth.consent = False
    assert consent(pipedrive) == {"error": ["user_denied"], "state": ["s1"]}


@pytest.mark.parametrize(("verifier", "status"), [("right", 200), ("wrong", 400)])
def test_a_code_challenge_is_kept(pipedrive: FakePipedrive, verifier: str, status: int) -> None:
    challenge = base64.urlsafe_b64encode(hashlib.sha256(b"right").digest()).rstrip(b"=").decode()
    code = consent(pipedrive, code_challenge=challenge, code_challenge_method="S256")["code"][0]
    form = {"grant_type": "authorization_code", "code": code, "redirect_uri": BACK, "code_verifier": verifier}
    assert exchange(pipedrive, **form).status_code == status


@pytest.mark.parametrize("rotate", [False, True])
def test_a_refresh_token_gives_new_access(pipedrive: FakePipedrive, rotate: bool) -> None:
    pipedrive.oauth.rotate = rotate
    first = pipedrive.oauth.grant(2)["refresh_token"]
    tokens = exchange(pipedrive, grant_type="refresh_token", refresh_token=first).json()
    again = exchange(pipedrive, grant_type="refresh_token", refresh_token=first)
    assert (tokens["refresh_token"] != first) is rotate
    assert again.status_code == (400 if rotate else 200)


@pytest.mark.parametrize(
    ("form", "auth", "status", "error"),
    [
        ({"grant_type": "refresh_token", "refresh_token": "none"}, BASIC, 400, "invalid_grant"),
        ({"grant_type": "authorization_code", "code": "none"}, BASIC, 400, "invalid_grant"),
        ({"grant_type": "password"}, BASIC, 400, "unsupported_grant_type"),
        ({"grant_type": "refresh_token"}, ("playground-client", "wrong"), 401, "invalid_client"),
    ],
)
def test_wrong_token_requests_are_refused(
    pipedrive: FakePipedrive, form: dict[str, str], auth: tuple[str, str], status: int, error: str
) -> None:
    answer = httpx.post(f"{pipedrive.url}/oauth/token", data=form, auth=auth)
    assert (answer.status_code, answer.json()["error"], answer.json()["success"]) == (status, error, False)


def test_a_revoked_refresh_token_is_dead(pipedrive: FakePipedrive) -> None:
    token = pipedrive.oauth.grant(1)["refresh_token"]
    httpx.post(f"{pipedrive.url}/oauth/revoke", data={"token": token}, auth=BASIC)
    assert exchange(pipedrive, grant_type="refresh_token", refresh_token=token).status_code == 400
