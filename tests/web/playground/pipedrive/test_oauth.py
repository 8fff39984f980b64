"""Pipedrive's OAuth."""

import base64
import hashlib
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest

from tests.web.playground.crm_talk import BACK, BASIC, consent, exchange
from web.playground.pipedrive.server import FakePipedrive


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
        ({"grant_type": "refresh_token"}, None, 400, "invalid_client"),
        (
            {"grant_type": "refresh_token", "client_id": "x", "client_secret": "y"},
            None,
            400,
            "invalid_client",
        ),
        ({"code": "none"}, BASIC, 400, "invalid_request"),
    ],
)
def test_wrong_token_requests_are_refused(
    pipedrive: FakePipedrive, form: dict[str, str], auth: tuple[str, str] | None, status: int, error: str
) -> None:
    answer = httpx.post(f"{pipedrive.url}/oauth/token", data=form, auth=auth)
    assert (answer.status_code, answer.json()["error"], answer.json()["success"]) == (status, error, False)


def test_the_secret_may_stand_in_the_form(pipedrive: FakePipedrive) -> None:
    form = {"grant_type": "refresh_token", "refresh_token": pipedrive.oauth.grant(1)["refresh_token"]}
    form |= {"client_id": BASIC[0], "client_secret": BASIC[1]}
    assert httpx.post(f"{pipedrive.url}/oauth/token", data=form).status_code == 200


def test_json_is_no_form(pipedrive: FakePipedrive) -> None:
    answer = httpx.post(f"{pipedrive.url}/oauth/token", json={"grant_type": "refresh_token"}, auth=BASIC)
    assert (answer.status_code, answer.json()["error"]) == (400, "invalid_request")


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"redirect_uri": "http://127.0.0.1/other"}, "Invalid request: `redirect_uri` is invalid"),
        ({"redirect_uri": ""}, "Invalid request: `redirect_uri` is not a valid URI"),
        ({"code": "12345.1.guessed"}, "Invalid grant: authorization code is invalid"),
    ],
)
def test_a_code_is_bound_to_where_it_was_sent(
    pipedrive: FakePipedrive, changes: dict[str, str], message: str
) -> None:
    form = {"grant_type": "authorization_code", "code": consent(pipedrive)["code"][0], "redirect_uri": BACK}
    answer = exchange(pipedrive, **(form | changes))
    assert (answer.status_code, answer.json()["message"]) == (400, message)


def test_a_code_is_good_for_five_minutes(pipedrive: FakePipedrive) -> None:
    form = {"grant_type": "authorization_code", "code": consent(pipedrive)["code"][0], "redirect_uri": BACK}
    pipedrive.clock.forward(301)
    assert exchange(pipedrive, **form).json()["message"] == "Invalid grant: authorization code has expired"


def test_a_challenge_cannot_be_taken_away(pipedrive: FakePipedrive) -> None:
    code = consent(pipedrive, code_challenge="x" * 43, code_challenge_method="S256")["code"][0]
    form = {"grant_type": "authorization_code", "code": code, "redirect_uri": BACK}
    assert exchange(pipedrive, **form).json()["error"] == "invalid_grant"


def test_a_refresh_token_dies_after_60_days_without_use(pipedrive: FakePipedrive) -> None:
    form = {"grant_type": "refresh_token", "refresh_token": pipedrive.oauth.grant(1)["refresh_token"]}
    for _ in range(2):
        pipedrive.clock.forward(59 * 24 * 3600)
        assert exchange(pipedrive, **form).status_code == 200
    pipedrive.clock.forward(60 * 24 * 3600)
    assert exchange(pipedrive, **form).json()["error"] == "invalid_grant"


def test_an_access_token_is_good_for_an_hour(pipedrive: FakePipedrive) -> None:
    token = pipedrive.oauth.grant(1)["access_token"]
    pipedrive.clock.forward(3500)
    assert pipedrive.oauth.user_of(token) == 1
    pipedrive.clock.forward(100)
    assert pipedrive.oauth.user_of(token) is None


def revoke(pipedrive: FakePipedrive, token: str) -> None:
    """Revoking is always answered with 200, as RFC 7009 has it."""
    answer = httpx.post(f"{pipedrive.url}/oauth/revoke", data={"token": token}, auth=BASIC)
    assert answer.status_code == 200


def test_revoking_a_refresh_token_takes_the_whole_install_with_it(pipedrive: FakePipedrive) -> None:
    first, second, other = (pipedrive.oauth.grant(user) for user in (1, 1, 2))
    wish = {"subscription_url": "http://127.0.0.1/x", "event_action": "*", "event_object": "*", "name": "n"}
    ours = pipedrive.subscriptions.add(wish, 1)
    others = pipedrive.subscriptions.add(wish, 2)
    by_hand = pipedrive.register("http://127.0.0.1/y")
    revoke(pipedrive, first["refresh_token"])
    assert exchange(pipedrive, grant_type="refresh_token", refresh_token=first["refresh_token"]).is_error
    assert pipedrive.oauth.user_of(first["access_token"]) is None
    assert pipedrive.oauth.user_of(second["access_token"]) is None
    assert pipedrive.oauth.user_of(other["access_token"]) == 2
    assert ours.remove_reason
    assert sorted(pipedrive.subscriptions.all) == [others.id, by_hand.id]


def test_revoking_an_access_token_leaves_the_install(pipedrive: FakePipedrive) -> None:
    tokens = pipedrive.oauth.grant(1)
    revoke(pipedrive, tokens["access_token"])
    revoke(pipedrive, "never given")
    assert pipedrive.oauth.user_of(tokens["access_token"]) is None
    form = {"grant_type": "refresh_token", "refresh_token": tokens["refresh_token"]}
    assert exchange(pipedrive, **form).status_code == 200


def test_an_install_from_the_marketplace_brings_no_state(pipedrive: FakePipedrive) -> None:
    address = pipedrive.oauth.install_from_marketplace(BACK, user_id=2)
    assert address.startswith(f"{BACK}?")
    query = parse_qs(urlsplit(address).query)
    assert list(query) == ["code"]
    form = {"grant_type": "authorization_code", "code": query["code"][0], "redirect_uri": BACK}
    assert pipedrive.oauth.user_of(exchange(pipedrive, **form).json()["access_token"]) == 2
