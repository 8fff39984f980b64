"""Incoming webhooks against the stand-in for Chat; their URL is a secret."""

from __future__ import annotations

import time

import pytest

from jobs.to_chat import incoming_webhook
from jobs.to_chat.incoming_webhook import ChatWebhook
from models.errors import AppError, BadMessage, DestinationGone, RateLimited, TemporaryFailure
from models.settings import Settings
from tests.engine import SPACE
from tests.jobs.to_servers.dripping import BODY, HEADERS, LIMIT_S, MOST_S, dripping
from web.playground.chat.server import FakeChat
from web.playground.faults import Fault


@pytest.fixture
def hook(engine_settings: Settings) -> ChatWebhook:
    return ChatWebhook(engine_settings)


def _post(hook: ChatWebhook, chat: FakeChat, request_id: str = "r1") -> str:
    try:
        return hook.create(chat.webhook_url(SPACE), {"text": "hello"}, request_id=request_id)
    finally:
        hook._thread_client().close()
        del hook._threads.client


def test_the_address_leads_to_the_named_chat_and_keeps_its_secrets(
    hook: ChatWebhook, fake_chat: FakeChat
) -> None:
    name = _post(hook, fake_chat)

    (seen,) = fake_chat.writes(SPACE)
    assert seen.query == {"key": "key-aaaa", "token": "token-aaaa", "requestId": "r1"}
    assert name == fake_chat.cards(SPACE)[0]["name"]


def test_the_same_request_again_finds_the_same_message(hook: ChatWebhook, fake_chat: FakeChat) -> None:
    assert _post(hook, fake_chat) == _post(hook, fake_chat)
    assert len(fake_chat.cards(SPACE)) == 1


@pytest.mark.parametrize(
    ("fault", "kind"),
    [
        (Fault(status=400), BadMessage),
        (Fault(status=401), DestinationGone),
        (Fault(status=403), DestinationGone),
        (Fault(status=404), DestinationGone),
        (Fault(status=409), TemporaryFailure),
        (Fault(status=409, body={"error": {"code": 409, "status": "ABORTED"}}), TemporaryFailure),
        (Fault(status=429), RateLimited),
        (Fault(status=503), TemporaryFailure),
        (Fault(drop=True), TemporaryFailure),
    ],
)
def test_no_error_contains_the_url(
    hook: ChatWebhook, fake_chat: FakeChat, fault: Fault, kind: type[AppError]
) -> None:
    fake_chat.faults.order(fault)

    with pytest.raises(kind) as raised:
        _post(hook, fake_chat)

    assert "token" not in str(raised.value)
    assert raised.value.__cause__ is None


def test_a_removed_webhook_is_gone(hook: ChatWebhook, fake_chat: FakeChat) -> None:
    url = fake_chat.webhook_url(SPACE).replace("token-aaaa", "wrong")

    with pytest.raises(DestinationGone, match="removed"):
        hook.create(url, {"text": "hello"}, request_id="r")
    hook._thread_client().close()


def test_a_chat_that_is_not_there_is_tried_again_later(
    engine_settings: Settings, fake_chat: FakeChat
) -> None:
    hook = ChatWebhook(engine_settings.model_copy(update={"chat_api_url": "http://127.0.0.1:9"}))

    with pytest.raises(TemporaryFailure, match="ConnectError"):
        _post(hook, fake_chat)


@pytest.mark.parametrize("beginning", [HEADERS, BODY])
def test_a_chat_that_drips_is_left_in_time(
    engine_settings: Settings, fake_chat: FakeChat, beginning: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(incoming_webhook, "TIMEOUT_S", LIMIT_S)
    with dripping(beginning) as url:
        hook = ChatWebhook(engine_settings.model_copy(update={"chat_api_url": url}))
        began = time.monotonic()
        with pytest.raises(TemporaryFailure, match="ReadTimeout"):
            _post(hook, fake_chat)
        assert time.monotonic() - began < MOST_S
