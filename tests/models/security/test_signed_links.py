"""A signed link does one thing, for one row, and cannot be made up."""

import pytest

from models.security.signed_links import UNSUBSCRIBE, read_signed, sign

KEY, UID = b"k" * 32, "a" * 32


def test_a_link_of_ours_names_its_row() -> None:
    assert read_signed(KEY, UNSUBSCRIBE, sign(KEY, UNSUBSCRIBE, UID)) == UID


@pytest.mark.parametrize(
    "token",
    [
        "",
        UID,
        f"{UID}.{'0' * 64}",
        sign(b"other" * 8, UNSUBSCRIBE, UID),
        sign(KEY, "another", UID),
        sign(KEY, UNSUBSCRIBE, UID).replace("a" * 32, "b" * 32),
        f"{sign(KEY, UNSUBSCRIBE, UID)}\n",
    ],
)
def test_any_other_link_names_nothing(token: str) -> None:
    assert read_signed(KEY, UNSUBSCRIBE, token) is None
