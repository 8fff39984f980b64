"""Alerts reach a Chat space by its incoming webhook and a mail address by SMTP."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from jobs.alerts.send import AlertSender
from models.errors import InvalidSettings, TemporaryFailure
from models.operating.alerts import Alert, AlertCode
from models.settings import from_env
from tests.crm import environment
from tests.engine import SPACE
from web.playground.chat.server import FakeChat

ALERT = Alert(AlertCode.CONNECTION, "Connect again: <users/all> & sons.")


class MailServer(threading.Thread):
    """Takes one mail, without TLS."""

    def __init__(self) -> None:
        super().__init__(daemon=True)
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = self._listener.getsockname()[1]
        self.lines: list[str] = []

    def run(self) -> None:
        connection, _ = self._listener.accept()
        with connection, connection.makefile("rwb") as wire:
            self._say(wire, "220 ready")
            in_mail = False
            for raw in wire:
                line = raw.decode().rstrip("\r\n")
                self.lines.append(line)
                if in_mail:
                    in_mail = line != "."
                    if not in_mail:
                        self._say(wire, "250 taken")
                elif line.upper() == "DATA":
                    in_mail = True
                    self._say(wire, "354 go on")
                elif line.upper() == "QUIT":
                    self._say(wire, "221 bye")
                    return
                else:
                    self._say(wire, "250 fine")

    def _say(self, wire: object, line: str) -> None:
        wire.write(f"{line}\r\n".encode())  # type: ignore[attr-defined]
        wire.flush()  # type: ignore[attr-defined]

    def close(self) -> None:
        self._listener.close()


@pytest.fixture
def mail_server() -> Iterator[MailServer]:
    made = MailServer()
    made.start()
    yield made
    made.close()


def _sender(tmp_path: Path, **variables: str) -> AlertSender:
    return AlertSender(from_env(environment("http://127.0.0.1:9", tmp_path) | variables))


def test_a_space_gets_the_words_and_nobody_is_called(tmp_path: Path, fake_chat: FakeChat) -> None:
    hook = fake_chat.webhook_url(SPACE)
    sender = _sender(tmp_path, ALERT_WEBHOOK=hook, CHAT_API_URL=fake_chat.url)
    assert sender.has_recipients
    sender.send(ALERT)
    sender._chat._thread_client().close()
    (message,) = fake_chat.cards(SPACE)
    assert message["text"].startswith("Pipenotify: Needs you\nConnect again: ")
    assert "<users/all>" not in message["text"]


def test_a_mail_address_gets_the_same(tmp_path: Path, mail_server: MailServer) -> None:
    url = f"smtp://127.0.0.1:{mail_server.port}"
    sender = _sender(tmp_path, ALERT_EMAIL="Ops@example.com", SMTP_URL=url, ALERT_FROM="app@example.com")
    sender.send(Alert(AlertCode.DISK, "There is room again.", is_over=True))
    mail_server.join(5)
    assert "Subject: Pipenotify: Better again" in mail_server.lines
    assert "To: ops@example.com" in mail_server.lines
    assert "From: app@example.com" in mail_server.lines
    assert "There is room again." in mail_server.lines


def test_a_mail_server_that_is_away_is_a_failure_for_now(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    with pytest.raises(TemporaryFailure, match="mail"):
        _sender(tmp_path, ALERT_EMAIL="a@x.test", SMTP_URL=f"smtp://127.0.0.1:{port}").send(ALERT)


@pytest.mark.parametrize(
    ("variable", "value"),
    [
        ("ALERT_WEBHOOK", "https://evil.example/v1/spaces/A/messages?key=k&token=t0ken"),
        ("ALERT_EMAIL", "nobody"),
        ("SMTP_URL", "http://mail"),
    ],
)
def test_places_that_cannot_be_are_refused_at_the_start(tmp_path: Path, variable: str, value: str) -> None:
    with pytest.raises(InvalidSettings, match=variable) as refused:
        _sender(tmp_path, **{variable: value})
    assert "t0ken" not in str(refused.value)


def test_without_settings_nobody_gets_anything(tmp_path: Path) -> None:
    assert not _sender(tmp_path).has_recipients
