"""A finding is one line: how bad it is, about what, and in which words."""

import pytest

from models.operating.finding import NOTE, OK, WRONG, Finding


@pytest.mark.parametrize(
    ("level", "line"),
    [(OK, "ok    disk: enough"), (NOTE, "note  disk: enough"), (WRONG, "wrong disk: enough")],
)
def test_lines_stand_in_columns(level: str, line: str) -> None:
    assert Finding("disk", level, "enough").as_line() == line
