"""Injected faults apply in order, as often and where requested."""

import httpx
import pytest

from tests.web.playground.chat_talk import SPACE
from web.playground.chat.server import FakeChat
from web.playground.faults import Fault
from web.playground.pipedrive.server import FakePipedrive


def test_a_lost_reply_leaves_the_message_standing(chat: FakeChat, chat_api: httpx.Client) -> None:
    chat.faults.order(Fault(drop=True))
    with pytest.raises(httpx.RemoteProtocolError):
        chat_api.post(SPACE, json={"text": "x"})
    assert len(chat.cards("spaces/AAAA")) == 1
    assert [seen.status for seen in chat.writes("spaces/AAAA")] == [0]


def test_faults_come_as_ordered(pipedrive: FakePipedrive, pipedrive_api: httpx.Client) -> None:
    pipedrive.faults.order(Fault(where="/deals/", status=429, headers={"Retry-After": "2"}))
    pipedrive.faults.order(Fault(where="/deals/", drop=True))
    limited = pipedrive_api.get("/api/v2/deals/1")
    assert (limited.status_code, limited.headers["Retry-After"]) == (429, "2")
    with pytest.raises(httpx.RemoteProtocolError):
        pipedrive_api.get("/api/v2/deals/1")
    assert pipedrive_api.get("/api/v2/deals/1").status_code == 200
