"""An encrypted value is opened with any key that the process has, and as nothing but what it was."""

from __future__ import annotations

import pytest

from models.errors import SecretUnreadable
from models.tables.types.encrypted import PREFIX, ContentKeys, decrypt, needs_only, search_keys

OLD, NEW, LOST = bytes(32), bytes([1]) * 32, bytes([7]) * 32
KEYS = ContentKeys({"old": OLD})
TEXT = "jana@initech.test, 0151 \N{WHITE SMILING FACE}"


def test_it_is_another_text_each_time_and_none_of_it_is_readable() -> None:
    first, second = (KEYS.encrypt(1, TEXT.encode()) for _ in range(2))
    assert first != second
    assert {decrypt(first), decrypt(second)} == {TEXT.encode()}
    assert "jana" not in first


def test_after_a_rotation_old_ones_are_opened_and_new_ones_need_the_new_key() -> None:
    stored = KEYS.encrypt(1, b"before")
    rotated = ContentKeys({"new": NEW, "old": OLD})
    after = rotated.encrypt(1, b"after")
    assert (decrypt(stored), decrypt(after)) == (b"before", b"after")
    assert [needs_only(each, rotated.ids[0]) for each in (stored, after)] == [False, True]


def test_two_installations_with_keys_of_one_name_do_not_open_each_others() -> None:
    other = ContentKeys({"old": NEW})
    assert decrypt(other.encrypt(1, b"theirs")) == b"theirs"
    assert not needs_only(other.encrypt(1, b"theirs"), KEYS.ids[0])


@pytest.mark.parametrize(
    "form",
    [
        "{prefix}{key}:2:{coded}",
        "{prefix}{key}:1:{coded}AAAA",
        "{prefix}{key}:1:AAAA",
        "{prefix}{key}:1:no base64",
        "{prefix}{key}:1:",
        "{prefix}{key}",
        "{prefix}0000000000000000:1:{coded}",
        "{prefix}{key}:\N{SUPERSCRIPT TWO}:{coded}",
        "{prefix}{key}:99999999999999999999:{coded}",
    ],
)
def test_a_changed_one_opens_as_nothing(form: str) -> None:
    key, _, coded = KEYS.encrypt(1, b"a secret").removeprefix(PREFIX).split(":")
    with pytest.raises(SecretUnreadable):
        decrypt(form.format(prefix=PREFIX, key=key, coded=coded))


def test_it_is_found_again_by_its_text_within_its_tenant_only() -> None:
    key = KEYS.search_key(1, "jana@initech.test")
    assert key in search_keys(1, "jana@initech.test")
    assert key not in search_keys(1, "bo@initech.test")
    assert key not in search_keys(2, "jana@initech.test")
