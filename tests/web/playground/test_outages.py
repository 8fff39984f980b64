"""What is let fail fails until it is ended, one thing of Chat at a time."""

import httpx
import pytest

from tests.web.playground.chat_talk import SPACE
from web.playground.chat.server import FakeChat
from web.playground.faults import Faults
from web.playground.outages import OF_CHAT, Outages


def test_a_refusing_chat_refuses_until_it_is_ended(chat: FakeChat, chat_api: httpx.Client) -> None:
    outages = Outages(chat.faults)
    for name, status in (("chat-429", 429), ("chat-403", 403)):
        outages.switch(name, on=True)
        assert outages.state()["active"] == [name]
        assert [chat_api.post(SPACE, json={"text": "x"}).status_code for _ in range(2)] == [status] * 2
    outages.switch("chat-403", on=False)
    assert outages.state()["active"] == []
    assert chat_api.post(SPACE, json={"text": "x"}).status_code == 200
    assert len(chat.cards("spaces/AAAA")) == 1


def test_a_hanging_chat_does_nothing_and_never_answers(chat: FakeChat, chat_api: httpx.Client) -> None:
    Outages(chat.faults).switch("chat-hangs", on=True)
    with pytest.raises(httpx.ReadTimeout):
        chat_api.post(SPACE, json={"text": "x"}, timeout=0.2)
    assert chat.cards("spaces/AAAA") == []


def test_reads_go_on_while_chat_refuses(chat: FakeChat, chat_api: httpx.Client) -> None:
    Outages(chat.faults).switch("chat-403", on=True)
    assert chat_api.get(SPACE).status_code != 403


def test_the_worker_is_killed_only_where_somebody_can_start_another() -> None:
    outages = Outages(Faults())
    assert outages.state()["offered"] == list(OF_CHAT)
    for unknown in ("worker", "everything"):
        with pytest.raises(ValueError, match="no outage"):
            outages.switch(unknown, on=True)
