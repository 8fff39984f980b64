"""Which texts can be ids of our rows."""

import pytest

from models.database.row_ids import row_id

pytestmark = pytest.mark.unit


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("7", 7),
        ("0012", 12),
        ("9" * 18, int("9" * 18)),
        ("9" * 19, None),
        ("", None),
        ("-1", None),
        ("1.0", None),
        (" 1", None),
        ("٣", None),
        ("²", None),
        ("x", None),
    ],
)
def test_only_digits_that_fit_are_an_id(text: str, found: int | None) -> None:
    assert row_id(text) == found
