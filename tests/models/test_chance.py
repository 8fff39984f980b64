"""Ids are never the same twice, random numbers are from 0 to below 1."""

import re

from models.chance import fraction, new_id


def test_an_id_has_32_hexadecimal_digits_and_never_comes_twice() -> None:
    ids = [new_id() for _ in range(1000)]

    assert len(set(ids)) == 1000
    assert all(re.fullmatch("[0-9a-f]{32}", each) for each in ids)


def test_a_fraction_is_from_0_to_below_1() -> None:
    numbers = [fraction() for _ in range(1000)]

    assert all(0 <= each < 1 for each in numbers)
    assert len(set(numbers)) > 900
