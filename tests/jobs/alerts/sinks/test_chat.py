"""Alerts reach the operator's Chat space, and what they quote takes no effect there."""

from __future__ import annotations

from pathlib import Path

import pytest

from jobs.alerts.sinks.chat import ChatSink
from models.errors import TemporaryFailure
from models.operating.alerts.codes import Alert, AlertCode
from models.settings import from_env
from tests.crm import environment
from tests.engine import SPACE
from web.playground.chat.server import FakeChat
from web.playground.faults import Fault


def test_a_space_gets_the_words_and_nobody_is_called(tmp_path: Path, fake_chat: FakeChat) -> None:
    given = {"ALERT_WEBHOOK": fake_chat.webhook_url(SPACE), "CHAT_API_URL": fake_chat.url}
    sink = ChatSink(from_env(environment("http://127.0.0.1:9", tmp_path) | given))
    sink.send(Alert(AlertCode.CONNECTION, "Connect again: <users/all> & sons."))
    sink._chat._thread_client().close()
    (message,) = fake_chat.cards(SPACE)
    assert message["text"].startswith("Pipenotify: Needs you (critical)\nConnect again: ")
    assert "<users/all>" not in message["text"]
    assert "http://127.0.0.1:8080" in message["text"]


def test_an_alert_whose_answer_was_lost_is_posted_once(tmp_path: Path, fake_chat: FakeChat) -> None:
    given = {"ALERT_WEBHOOK": fake_chat.webhook_url(SPACE), "CHAT_API_URL": fake_chat.url}
    sink = ChatSink(from_env(environment("http://127.0.0.1:9", tmp_path) | given))
    alert = Alert(AlertCode.LATE, "It waits.")
    fake_chat.faults.order(Fault(drop=True))
    with pytest.raises(TemporaryFailure):
        sink.send(alert)
    sink.send(alert)
    assert len(fake_chat.cards(SPACE)) == 1
    sink.send(Alert(AlertCode.LATE, "It waits."))  # what happens another time is another alert
    sink._chat._thread_client().close()
    assert len(fake_chat.cards(SPACE)) == 2


def test_a_message_says_first_that_it_is_of_staging(tmp_path: Path, fake_chat: FakeChat) -> None:
    given = {"ALERT_WEBHOOK": fake_chat.webhook_url(SPACE), "CHAT_API_URL": fake_chat.url}
    staging = {"APP_ENV": "staging", "STAGING_SPACES": SPACE}
    sink = ChatSink(from_env(environment("http://127.0.0.1:9", tmp_path) | given | staging))
    sink.send(Alert(AlertCode.DISK, "Make room."))
    sink._chat._thread_client().close()
    (message,) = fake_chat.cards(SPACE)
    assert message["text"].startswith("[staging] Pipenotify: Needs you")
