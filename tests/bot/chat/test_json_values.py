import pytest

from bot.chat.json_values import as_flag, as_integer, as_list, as_mapping, as_text


@pytest.mark.parametrize(
    ("value", "found"),
    [(1, 1), ("1", 1), (1.0, 1), ("-3.6E6", -3_600_000), (True, None), ("x", None), (None, None), ([], None)],
)
def test_whole_numbers_come_in_many_spellings(value: object, found: int | None) -> None:
    assert as_integer(value) == found


@pytest.mark.parametrize("value", [float("inf"), float("nan"), 1e300, "9" * 400])
def test_numbers_that_are_too_large_count_as_absent(value: object) -> None:
    assert as_integer(value) is None


@pytest.mark.parametrize(
    ("value", "up"), [(True, True), ("true", True), ("True ", True), ("no", False), (1, False)]
)
def test_a_flag_may_be_text(value: object, up: bool) -> None:
    assert as_flag(value) is up


def test_a_value_of_the_wrong_type_counts_as_absent() -> None:
    assert (as_mapping([]), as_list({}), as_text(7)) == ({}, [], "")
    assert (as_mapping({"a": 1}), as_list([1]), as_text("a\0b")) == ({"a": 1}, [1], "ab")
