"""Private messages stay private, and waiting threads are woken."""

import httpx

from tests.web.playground.chat_talk import ADA, BEN, PLACE, SPACE
from web.playground.chat.server import FakeChat


def test_a_private_message_is_seen_by_its_viewer_alone(chat: FakeChat, chat_api: httpx.Client) -> None:
    chat_api.post(SPACE, json={"text": "psst", "privateMessageViewer": {"name": "users/1001"}})
    assert len(chat.store.visible("spaces/AAAA", "users/1001")) == 1
    assert chat.store.visible("spaces/AAAA", "users/1002") == []


def test_a_slash_command_is_seen_by_its_author_alone(chat: FakeChat) -> None:
    chat.client.say(PLACE, ADA, "/pipenotify")
    assert len(chat.store.visible(PLACE, ADA)) == 1
    assert chat.store.visible(PLACE, BEN) == []
