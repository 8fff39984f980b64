"""Reasons of deliveries in plain words."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.deliveries.reasons import GONE, OURS, SILENT, WEBHOOK_GONE, plain_reason

MACHINE_WORDS = re.compile(r"\b[1-5]\d\d\b|spaces/|users/|Error\b|Exception|Errno|[A-Z]{3,}_[A-Z]|UNAUTH")


@pytest.mark.parametrize(
    ("stored", "plain"),
    [
        ("", ""),
        ("ConnectionRefusedError: [Errno 111]", SILENT),
        ("ConnectError: [Errno 111] Connection refused", SILENT),
        ("ReadTimeout", SILENT),
        ("RemoteProtocolError: Server disconnected", SILENT),
        ("503 UNAVAILABLE: The service is currently unavailable.", SILENT),
        ("500 <html>", SILENT),
        ("429 RESOURCE_EXHAUSTED: Quota exceeded", "Google asked Pipenotify to wait"),
        (
            "401 UNAUTHENTICATED: Request had invalid authentication credentials.",
            "Google did not accept how Pipenotify signs in",
        ),
        ("403 PERMISSION_DENIED: The caller does not have permission", GONE),
        ("404 NOT_FOUND: spaces/AAAA", "the space, or its webhook, is not there any more"),
        ("400 INVALID_ARGUMENT: bad card", "Google refused this card"),
        ("401 the webhook was removed in the space", WEBHOOK_GONE),
        (
            "the destination is paused: 401 the webhook was removed in the space",
            f"the destination is paused: {WEBHOOK_GONE}",
        ),
        (
            "the destination is paused: paused by ada@acme.test",
            "the destination is paused: paused by ada@acme.test",
        ),
        ("KeyError: 'title'", OURS),
        ("held by quiet hours", "held by quiet hours"),
        ("destination removed", "destination removed"),
        ("no channel for slack", "Pipenotify cannot send there"),
        ("cannot write to spaces/AAAA/messages/client-1", "cannot write to the space"),
    ],
)
def test_a_reason_needs_notice_in_plain_words(stored: str, plain: str) -> None:
    assert plain_reason(stored) == plain
    assert not MACHINE_WORDS.search(plain_reason(stored))
    assert plain_reason(plain_reason(stored)) == plain


@given(st.integers(300, 599), st.text(max_size=80))
def test_no_status_is_ever_shown(status: int, text: str) -> None:
    assert str(status) not in plain_reason(f"{status} {text}")
