"""Google's own library accepts and rejects the tokens as it should."""

import httpx
import pytest
from google.auth import jwt as google_jwt

from tests.web.playground.app_stub import AppStub
from tests.web.playground.chat_talk import ADA, DIRECT, SPACE, token_of
from web.playground.chat.server import FakeChat
from web.playground.google.tokens import ADDON_SENDER, CHAT_SENDER


def test_google_auth_gets_its_token_and_a_stranger_gets_none(chat: FakeChat) -> None:
    assert token_of(chat).startswith("ya29.")
    grant = {"grant_type": "urn:ietf:params:oauth:grant-type:jwt-bearer", "assertion": "a.b.c"}
    refused = httpx.post(f"{chat.url}/token", data=grant)
    assert (refused.status_code, refused.json()["error"]) == (400, "invalid_grant")


def test_forgotten_tokens_are_401_until_a_new_one(chat: FakeChat, chat_api: httpx.Client) -> None:
    chat.account.forget_tokens()
    assert chat_api.post(SPACE, json={"text": "x"}).status_code == 401
    renewed = {"Authorization": f"Bearer {token_of(chat)}"}
    assert chat_api.post(SPACE, json={"text": "x"}, headers=renewed).status_code == 200


@pytest.mark.parametrize(
    ("dialect", "audience", "issuer", "email"),
    [
        ("classic", None, "https://accounts.google.com", CHAT_SENDER),
        ("classic", "1234567890", CHAT_SENDER, None),
        ("addon", None, "https://accounts.google.com", ADDON_SENDER),
    ],
)
def test_googles_own_library_verifies_the_bearer(
    chat: FakeChat, chat_app: AppStub, dialect: str, audience: str | None, issuer: str, email: str | None
) -> None:
    chat.app.dialect, chat.app.audience = dialect, audience
    chat.client.say(DIRECT, ADA, "help")
    token = chat_app.seen[0].bearer()
    certificates = httpx.get(f"{chat.url}/certs")
    claims = google_jwt.decode(token, certs=certificates.json(), audience=audience or chat_app.url)
    assert "max-age" in certificates.headers["cache-control"]
    assert (claims["iss"], claims.get("email")) == (issuer, email)


def test_a_rotated_key_is_published_beside_the_old_one(chat: FakeChat, chat_app: AppStub) -> None:
    before = chat.signer.key.kid
    chat.signer.rotate()
    published = httpx.get(f"{chat.url}/certs").json()
    assert published.keys() == {before, chat.signer.key.kid}
