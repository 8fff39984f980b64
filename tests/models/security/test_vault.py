"""Encryption at rest: a secret decrypts only in its own row, unchanged, with a present key."""

from __future__ import annotations

import base64

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.errors import SecretUnreadable
from models.security.keys import KeyRing
from models.security.vault import Vault, associated_data

OLD = Vault(KeyRing({"a": bytes(32)}))
ROTATED = Vault(KeyRing({"b": bytes([1]) * 32, "a": bytes(32)}))
HERE = associated_data(1, "destinations", "address", "u1")


@given(st.text(st.characters(codec="utf-8"), max_size=200))
def test_what_was_closed_opens_again(secret: str) -> None:
    assert OLD.open(OLD.close(secret, HERE), HERE) == secret


def test_two_closings_of_one_secret_differ_and_show_nothing() -> None:
    first, second = OLD.close("hunter2", HERE), OLD.close("hunter2", HERE)
    assert first != second
    assert b"hunter2" not in base64.b64decode(first.rsplit(":", 1)[1])


@pytest.mark.parametrize(
    "elsewhere",
    [
        associated_data(2, "destinations", "address", "u1"),
        associated_data(1, "destinations", "address", "u2"),
    ],
)
def test_secret_moved_to_another_row_stays_shut(elsewhere: str) -> None:
    with pytest.raises(SecretUnreadable):
        OLD.open(OLD.close("x", HERE), elsewhere)


@pytest.mark.parametrize(
    "closed", ["", "x", "v1:a:", "v1:a:%%%", "v1:z:AAAA", "v2:a:AAAA", "v1:a:" + "A" * 64]
)
def test_what_is_no_secret_of_ours_is_unreadable(closed: str) -> None:
    with pytest.raises(SecretUnreadable):
        OLD.open(closed, HERE)


def test_old_secret_opens_after_a_rotation_and_is_known_as_old() -> None:
    closed = OLD.close("x", HERE)
    assert ROTATED.open(closed, HERE) == "x"
    assert OLD.is_closed_with_newest(closed)
    assert not ROTATED.is_closed_with_newest(closed)
    with pytest.raises(SecretUnreadable):
        OLD.open(ROTATED.close("x", HERE), HERE)
