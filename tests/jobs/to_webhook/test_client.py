"""A call reaches the address that was checked, once, and its status says how it went."""

from __future__ import annotations

import socket
import threading
from pathlib import Path
from typing import Any

import pytest

from jobs.to_webhook import client
from jobs.to_webhook.client import MOST_BYTES, WebhookClient
from models.destinations.outside import OutgoingWebhook
from models.errors import AppError, DestinationGone, PermanentFailure, TemporaryFailure
from models.settings import from_env
from tests.crm import environment
from tests.jobs.to_webhook.receiver import Receiver

HEADERS = {"content-type": "application/json"}


def _client(data: Path, allowed: str = "127.0.0.0/8") -> WebhookClient:
    return WebhookClient(
        from_env(environment("http://127.0.0.1:9", data) | {"WEBHOOK_ALLOWED_RANGES": allowed})
    )


def _webhook(url: str) -> OutgoingWebhook:
    return OutgoingWebhook(url, "whsec_")


def test_the_receiver_gets_the_body_as_it_is(tmp_path: Path, receiver: Receiver) -> None:
    _client(tmp_path).post(_webhook(receiver.url), b'{"a": 1}', HEADERS)

    (call,) = receiver.calls
    assert (call.path, call.body) == ("/hook?of=us", b'{"a": 1}')
    assert call.headers["content-type"] == "application/json"


@pytest.mark.parametrize(
    ("status", "error"),
    [
        (410, DestinationGone),
        (400, TemporaryFailure),
        (404, TemporaryFailure),
        (429, TemporaryFailure),
        (500, TemporaryFailure),
        (503, TemporaryFailure),
    ],
)
def test_a_refusal_is_known_by_its_status(
    tmp_path: Path, receiver: Receiver, status: int, error: type[AppError]
) -> None:
    receiver.status = status

    with pytest.raises(AppError, match=str(status)) as refused:
        _client(tmp_path).post(_webhook(receiver.url), b"{}", HEADERS)

    assert type(refused.value) is error
    assert "hook" not in str(refused.value).replace("webhooks", "")


def test_a_redirect_is_not_followed(tmp_path: Path, receiver: Receiver) -> None:
    receiver.status, receiver.headers = 307, {"location": receiver.url}

    with pytest.raises(TemporaryFailure, match="307"):
        _client(tmp_path).post(_webhook(receiver.url), b"{}", HEADERS)

    assert len(receiver.calls) == 1


def test_private_addresses_are_refused_unless_allowed(tmp_path: Path, receiver: Receiver) -> None:
    with pytest.raises(PermanentFailure, match="private"):
        _client(tmp_path, "10.0.0.0/8").post(_webhook(receiver.url), b"{}", HEADERS)
    assert receiver.calls == []


def test_plain_http_goes_into_allowed_ranges_only(tmp_path: Path) -> None:
    with pytest.raises(PermanentFailure, match="https only"):
        _client(tmp_path).post(_webhook("http://8.8.8.8/hook"), b"{}", HEADERS)


def test_a_name_is_looked_up_once_and_its_address_kept(
    tmp_path: Path, receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    lookups = []

    def lookup(host: str, *_args: Any, **_options: Any) -> list[Any]:
        lookups.append(host)
        return [(2, 1, 6, "", ("127.0.0.1", receiver.port))] if len(lookups) == 1 else []

    monkeypatch.setattr(socket, "getaddrinfo", lookup)
    _client(tmp_path).post(_webhook(f"http://hooks.example:{receiver.port}/x"), b"{}", HEADERS)

    assert lookups == ["hooks.example"]
    assert receiver.calls[0].headers["host"] == f"hooks.example:{receiver.port}"


def test_too_long_a_body_is_not_sent(tmp_path: Path, receiver: Receiver) -> None:
    with pytest.raises(PermanentFailure, match="too long"):
        _client(tmp_path).post(_webhook(receiver.url), b" " * (MOST_BYTES + 1), HEADERS)


def test_a_receiver_that_answers_in_drops_is_left(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(client, "TIMEOUT_S", 0.3)
    with socket.create_server(("127.0.0.1", 0)) as listener:
        threading.Thread(target=_answer_in_drops, args=(listener,), daemon=True).start()
        with pytest.raises(TemporaryFailure, match="TimeoutError"):
            _client(tmp_path).post(_webhook(f"http://127.0.0.1:{listener.getsockname()[1]}/"), b"{}", HEADERS)


def _answer_in_drops(listener: socket.socket) -> None:
    connection, _ = listener.accept()
    with connection:
        try:
            for letter in b"HTTP/1.1 200 OK\r\n" + b"x: y\r\n" * 1000:
                connection.sendall(bytes([letter]))
                threading.Event().wait(0.05)
        except OSError:
            return
