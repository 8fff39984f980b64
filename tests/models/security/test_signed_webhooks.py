"""A webhook is taken as signed with our secret, for these bytes, lately; and for nothing else."""

from __future__ import annotations

import base64
from datetime import UTC, datetime, timedelta

import pytest

from models.security.signed_webhooks import TOLERANCE, is_secret, is_signed, sign

AT = datetime(2026, 11, 28, 12, tzinfo=UTC)
SECRET, OTHER = (f"whsec_{base64.b64encode(letter * 32).decode()}" for letter in (b"a", b"b"))
BODY = b'{"id": "evt_1"}'


def headers(secret: str = SECRET, at: datetime = AT, body: bytes = BODY) -> dict[str, str]:
    stamp = str(int(at.timestamp()))
    signature = sign(secret, f"msg_1.{stamp}.".encode() + body)
    return {"webhook-id": "msg_1", "webhook-timestamp": stamp, "webhook-signature": signature}


def test_the_signature_is_that_of_the_published_example() -> None:
    secret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
    signed = b'msg_p5jXN8AQM9LWM0D4loKWxJek.1614265330.{"test": 2432232314}'

    assert sign(secret, signed) == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="


@pytest.mark.parametrize("late", [timedelta(), TOLERANCE, -TOLERANCE])
def test_a_webhook_of_these_minutes_is_taken(late: timedelta) -> None:
    assert is_signed([SECRET], headers(), BODY, AT + late)


def test_while_a_secret_is_replaced_both_are_good() -> None:
    assert is_signed([OTHER, SECRET], headers(), BODY, AT)
    several = headers() | {"webhook-signature": f"v1a,x {sign(OTHER, b'x')} {headers()['webhook-signature']}"}
    assert is_signed([SECRET], several, BODY, AT)


@pytest.mark.parametrize(
    ("changed", "body", "at"),
    [
        ({}, BODY, AT + TOLERANCE + timedelta(seconds=1)),
        ({}, BODY, AT - TOLERANCE - timedelta(seconds=1)),
        ({}, BODY + b" ", AT),
        ({"webhook-id": "msg_2"}, BODY, AT),
        ({"webhook-id": ""}, BODY, AT),
        ({"webhook-timestamp": "x"}, BODY, AT),
        ({"webhook-timestamp": ""}, BODY, AT),
        ({"webhook-timestamp": "9" * 40}, BODY, AT),
        ({"webhook-timestamp": "²"}, BODY, AT),
        ({"webhook-signature": ""}, BODY, AT),
        ({"webhook-signature": "v1,é"}, BODY, AT),
        ({"webhook-signature": "v1,x " * 500}, BODY, AT),
        (headers(OTHER), BODY, AT),
    ],
)
def test_nothing_else_is_taken(changed: dict[str, str], body: bytes, at: datetime) -> None:
    assert not is_signed([SECRET], headers() | changed, body, at)


def test_without_a_secret_nothing_is_signed() -> None:
    assert not is_signed([], headers(), BODY, AT)


@pytest.mark.parametrize(
    ("text", "is_one"),
    [(SECRET, True), ("whsec_eA==", False), ("x", False), (SECRET[6:], False), ("whsec_é", False)],
)
def test_a_secret_is_long_enough(text: str, is_one: bool) -> None:
    assert is_secret(text) is is_one
