"""Keys that cannot open an installation's secrets are noticed at the start, and a rotation needs no pause."""

from __future__ import annotations

import pytest

from models.database.engine import Database
from models.errors import InvalidSettings
from models.security.installed_keys import check_keys, has_installed_key, install_newest_key
from models.security.keys import KeyRing
from models.tables import InstallationValue
from tests.models.rows import count

OLD, NEW, OTHER = (bytes([number]) * 32 for number in (1, 2, 3))
FIRST = KeyRing({"old": OLD})
BOTH = KeyRing({"new": NEW, "old": OLD})
LAST = KeyRing({"new": NEW})
ELSEWHERE = KeyRing({"old": OTHER})  # the same id, another key: as made anew by another machine


def is_accepted(database: Database, ring: KeyRing) -> bool:
    with database.reading_all() as session:
        fits = has_installed_key(session, ring)
    try:
        check_keys(database, ring)
    except InvalidSettings:
        assert not fits
        return False
    assert fits
    return True


def test_first_start_decides_and_another_key_is_refused(database: Database) -> None:
    assert is_accepted(database, FIRST)
    assert not is_accepted(database, ELSEWHERE)
    assert is_accepted(database, FIRST)


def test_rotation_needs_both_keys_until_everything_is_encrypted_with_the_new_one(database: Database) -> None:
    steps = [(FIRST, True), (BOTH, True), (FIRST, True), (LAST, False)]
    assert [is_accepted(database, ring) for ring, _ in steps] == [accepted for _, accepted in steps]
    with database.writing_all() as session:
        install_newest_key(session, BOTH)
    steps = [(BOTH, True), (LAST, True), (FIRST, False)]
    assert [is_accepted(database, ring) for ring, _ in steps] == [accepted for _, accepted in steps]
    assert count(database, InstallationValue) == 1


def test_refusal_says_what_to_do_and_shows_no_key(database: Database) -> None:
    check_keys(database, FIRST)
    with pytest.raises(InvalidSettings) as refused:
        check_keys(database, ELSEWHERE)
    assert "rekey --accept-loss" in str(refused.value)
    assert FIRST.fingerprints()[0] not in str(refused.value)


def test_fingerprints_differ_by_key_and_not_by_id() -> None:
    assert KeyRing({"a": OLD}).fingerprints() == FIRST.fingerprints()
    assert len({*BOTH.fingerprints(), *ELSEWHERE.fingerprints()}) == 3
