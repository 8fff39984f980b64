import pytest

from bot.chat.json_values import flag, listed, mapping, text, whole


@pytest.mark.parametrize(
    ("value", "found"),
    [(1, 1), ("1", 1), (1.0, 1), ("-3.6E6", -3_600_000), (True, None), ("x", None), (None, None), ([], None)],
)
def test_whole_numbers_come_in_many_spellings(value: object, found: int | None) -> None:
    assert whole(value) == found


@pytest.mark.parametrize("value", [float("inf"), float("nan"), 1e300, "9" * 400])
def test_what_is_beyond_counting_is_no_number(value: object) -> None:
    assert whole(value) is None


@pytest.mark.parametrize(
    ("value", "up"), [(True, True), ("true", True), ("True ", True), ("no", False), (1, False)]
)
def test_a_flag_may_be_text(value: object, up: bool) -> None:
    assert flag(value) is up


def test_the_wrong_kind_is_as_if_absent() -> None:
    assert (mapping([]), listed({}), text(7)) == ({}, [], "")
    assert (mapping({"a": 1}), listed([1]), text("a\0b")) == ({"a": 1}, [1], "ab")
