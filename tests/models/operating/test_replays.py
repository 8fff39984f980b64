"""The arguments of `replay`; what it prints is in tests/models/test___main__.py."""

from __future__ import annotations

import argparse

import pytest

from models.operating.replays import up_to


def test_a_number_of_a_range_is_read_and_no_other() -> None:
    parse = up_to(500, "number")
    assert (parse("1"), parse("500")) == (1, 500)
    for text in ("0", "501", "-1", "1.5", "", "9" * 5000):
        with pytest.raises(argparse.ArgumentTypeError, match="is no number from 1 to 500"):
            parse(text)
