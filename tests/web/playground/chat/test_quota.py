"""Writes over Google's quotas get 429."""

import time

import httpx

from tests.web.playground.chat_talk import SPACE, error_of, token_of
from web.playground.chat.server import FakeChat


def test_a_second_write_within_a_second_is_429_for_every_writer_of_the_space() -> None:
    with FakeChat() as chat, httpx.Client(base_url=chat.url) as client:
        bearer = {"Authorization": f"Bearer {token_of(chat)}"}
        hook = {"key": "key-aaaa", "token": "token-aaaa"}
        assert client.post(SPACE, json={"text": "1"}, headers=bearer).status_code == 200
        assert error_of(client.post(SPACE, params=hook, json={"text": "2"}))[:2] == (
            429,
            "RESOURCE_EXHAUSTED",
        )
        assert client.post("/v1/spaces/BBBB/messages", json={"text": "3"}, headers=bearer).status_code == 200
        time.sleep(1.01)
        assert client.post(SPACE, params=hook, json={"text": "4"}).status_code == 200


def test_a_project_has_a_quota_of_its_own(chat: FakeChat, chat_api: httpx.Client) -> None:
    assert chat_api.post(SPACE, json={"text": "x"}).status_code == 200
    chat.quota.project_per_minute = 0
    assert error_of(chat_api.post(SPACE, json={"text": "x"}))[:2] == (429, "RESOURCE_EXHAUSTED")
