"""Opaque secrets: never equal, and not derivable from what is stored."""

from __future__ import annotations

import re

import pytest

from models.security.secrets import digest_of, new_secret


def test_every_secret_is_its_own_and_fits_a_url_and_a_cookie() -> None:
    made = {new_secret() for _ in range(100)}

    assert len(made) == 100
    assert all(re.fullmatch(r"[A-Za-z0-9_-]{43}", each) for each in made)


def test_what_is_kept_finds_the_secret_and_does_not_tell_it() -> None:
    secret = new_secret()

    assert digest_of(secret) == digest_of(secret)
    assert digest_of(secret) != digest_of(new_secret())
    assert re.fullmatch(r"[0-9a-f]{64}", digest_of(secret))


@pytest.mark.parametrize("hostile", ["", "\x00", "😀" * 10_000, "\ud800 half"])
def test_whatever_somebody_types_has_a_digest(hostile: str) -> None:
    assert len(digest_of(hostile)) == 64
