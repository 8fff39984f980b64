"""A mail is taken, is to be sent again, or is refused for good, as its server says."""

from __future__ import annotations

import ssl
import time
from collections.abc import Iterator
from contextlib import nullcontext
from email.message import EmailMessage
from pathlib import Path

import pytest

from jobs.mail import smtp
from jobs.mail.smtp import Mailer
from models.errors import AppError, DestinationGone, PermanentFailure, TemporaryFailure
from models.settings import from_env
from tests.crm import environment
from tests.jobs.mail.server import DRIPS, MailServer
from tests.jobs.to_servers.dripping import LIMIT_S, MOST_S
from tests.jobs.to_servers.tls import certificate
from tests.stack import free_port


@pytest.fixture
def server() -> Iterator[MailServer]:
    made = MailServer()
    yield made
    made.close()


def _mailer(data: Path, url: str) -> Mailer:
    return Mailer(from_env(environment("http://127.0.0.1:9", data) | {"SMTP_URL": url}))


def _mail() -> EmailMessage:
    mail = EmailMessage()
    mail["Subject"], mail["From"], mail["To"] = "Hello", "app@example.com", "ada@example.com"
    mail.set_content("A line.\n.\nAnother.")
    return mail


def test_a_mail_arrives_whole(tmp_path: Path, server: MailServer) -> None:
    _mailer(tmp_path, server.url).send(_mail())

    (mail,) = server.mails
    assert mail["To"] == "ada@example.com"
    assert mail.get_content().replace("\r\n", "\n") == "A line.\n.\nAnother.\n"


@pytest.mark.parametrize(
    ("base_url", "name"),
    [
        ("https://pipenotify.example.com/", "pipenotify.example.com"),
        ("http://127.0.0.1:8080", "[127.0.0.1]"),
        ("http://[::1]:8080", "[IPv6:::1]"),
    ],
)
def test_a_server_is_greeted_by_our_address_without_a_look_up(base_url: str, name: str) -> None:
    assert smtp._own_name(base_url) == name


def test_a_slow_look_up_of_our_own_name_holds_up_no_mail(
    tmp_path: Path, server: MailServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("socket.getfqdn", lambda *_: pytest.fail("looked up"))
    _mailer(tmp_path, server.url).send(_mail())
    assert len(server.mails) == 1


def test_a_server_that_takes_no_password_is_no_refusal_of_the_mail(
    tmp_path: Path, server: MailServer
) -> None:
    with pytest.raises(TemporaryFailure, match="takes no user and password"):
        _mailer(tmp_path, server.url.replace("smtp://", "smtp://ada:secret@")).send(_mail())


@pytest.mark.parametrize(
    ("command", "answer", "error"),
    [
        ("RCPT", "450 4.2.0 greylisted", TemporaryFailure),
        ("RCPT", "550 5.1.1 no such user", DestinationGone),
        ("RCPT", "550 5.7.1 relaying denied", PermanentFailure),
        ("MAIL", "553 5.7.1 not from here", PermanentFailure),
        ("DATA", "451 4.3.0 later", TemporaryFailure),
        (".", "554 5.6.0 looks like spam", PermanentFailure),
        (".", "452 4.3.1 no room", TemporaryFailure),
    ],
)
def test_a_refusal_says_whether_to_come_again(
    tmp_path: Path, server: MailServer, command: str, answer: str, error: type[AppError]
) -> None:
    server.answers[command] = answer

    with pytest.raises(AppError, match=answer.split(" ", 1)[1]) as refused:
        _mailer(tmp_path, server.url).send(_mail())

    assert type(refused.value) is error
    assert server.mails == []


def test_what_goes_wrong_after_the_mail_was_taken_sends_it_no_second_time(
    tmp_path: Path, server: MailServer
) -> None:
    server.answers["QUIT"] = "451 not now"

    _mailer(tmp_path, server.url).send(_mail())

    assert len(server.mails) == 1


def test_a_server_that_is_away_is_a_failure_for_now(tmp_path: Path) -> None:
    with pytest.raises(TemporaryFailure, match="did not answer"):
        _mailer(tmp_path, f"smtp://127.0.0.1:{free_port()}").send(_mail())


@pytest.mark.parametrize("command", ["", "EHLO", "MAIL", "RCPT", "DATA", "."])
def test_a_server_that_drips_is_left_in_time(
    tmp_path: Path, server: MailServer, command: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(smtp, "IN_ALL_S", LIMIT_S)
    server.answers[command] = DRIPS
    began = time.monotonic()

    with pytest.raises(TemporaryFailure, match="did not answer"):
        _mailer(tmp_path, server.url).send(_mail())

    assert time.monotonic() - began < MOST_S


def test_a_goodbye_that_drips_sends_a_mail_no_second_time(
    tmp_path: Path, server: MailServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(smtp, "IN_ALL_S", 1.0)
    server.answers["QUIT"] = DRIPS
    began = time.monotonic()

    _mailer(tmp_path, server.url).send(_mail())

    assert len(server.mails) == 1
    assert time.monotonic() - began < MOST_S


@pytest.mark.parametrize("is_dripping", [False, True])
def test_a_server_of_tls_is_heard_and_left_in_time_as_well(
    tmp_path: Path, is_dripping: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = certificate(tmp_path)
    theirs = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    theirs.load_cert_chain(file)
    ours = ssl.create_default_context(cafile=str(file))
    monkeypatch.setattr(ssl, "create_default_context", lambda: ours)
    monkeypatch.setattr(smtp, "IN_ALL_S", 1.0 if is_dripping else MOST_S)
    server = MailServer(theirs)
    server.answers |= {"RCPT": DRIPS} if is_dripping else {}
    began = time.monotonic()

    with pytest.raises(TemporaryFailure) if is_dripping else nullcontext():
        _mailer(tmp_path, server.url).send(_mail())

    assert len(server.mails) == (0 if is_dripping else 1)
    assert time.monotonic() - began < MOST_S
    server.close()
