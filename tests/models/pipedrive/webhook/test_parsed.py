"""Values that the dialects share: ids, times, users and sides of a change, in any spelling."""

from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.pipedrive.entity import ENTITIES
from models.pipedrive.webhook.parsed import Unreadable, identity, mapping, moment, state, users

ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=6,
)


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (8, "8"),
        ("8", "8"),
        (0, "0"),
        ("", None),
        (None, None),
        (True, None),
        (8.0, None),
        ([8], None),
        (10**41, None),
        ("x" * 300, "x" * 255),
    ],
)
def test_ids_are_text_whatever_they_come_as(value: Any, expected: str | None) -> None:
    assert identity(value) == expected


@given(st.datetimes(timezones=st.timezones()))
def test_every_time_with_a_zone_is_the_same_moment_in_utc(at: datetime) -> None:
    found = moment(at.isoformat())
    try:
        expected = datetime.fromisoformat(at.isoformat()).astimezone(UTC)
    except OverflowError:
        expected = None  # the first and the last day of the calendar have no neighbour
    assert found == expected


@given(ANYTHING)
def test_a_moment_is_aware_or_none(value: Any) -> None:
    found = moment(value)
    assert found is None or found.tzinfo is not None


@pytest.mark.parametrize(
    "value", [0, -1, 4_102_444_800, float("nan"), float("inf"), "tomorrow", "", [1], None]
)
def test_what_is_no_time_is_none(value: Any) -> None:
    assert moment(value) is None


def test_who_may_see_is_unknown_where_the_body_does_not_say() -> None:
    assert users(None) is None
    assert users("1,2") is None
    assert users([]) == frozenset()
    assert users([1, "2", True, None, [3]]) == frozenset(("1", "2"))


def test_a_side_may_be_missing_or_wrapped() -> None:
    assert mapping(None, "data") == {}
    assert mapping([{"id": 1}], "data") == {"id": 1}


@pytest.mark.parametrize("value", ["text", 1, True, [], [1], [{}, {}]])
def test_a_side_that_is_no_object_is_unreadable_by_its_name(value: Any) -> None:
    with pytest.raises(Unreadable, match="previous is not an object"):
        mapping(value, "previous")


@pytest.mark.parametrize(
    ("label", "ids"), [("24, 25", ["24", "25"]), ("", []), (None, []), (24, [24]), ([24], [24])]
)
def test_a_label_of_older_bodies_becomes_a_list_of_ids(label: Any, ids: list[Any]) -> None:
    assert state(ENTITIES["deal"], {"label": label}) == {"label_ids": ids}


def test_todays_key_wins_over_the_older_one() -> None:
    both = {"user_id": 1, "owner_id": 2}
    assert state(ENTITIES["deal"], both) == both


def test_money_of_a_lead_is_split_and_that_of_a_deal_is_left() -> None:
    money = {"amount": 5, "currency": "EUR"}
    assert state(ENTITIES["lead"], {"value": money}) == {"value": 5, "currency": "EUR"}
    assert state(ENTITIES["lead"], {"value": None}) == {"value": None, "currency": None}
    assert state(ENTITIES["deal"], {"value": money}) == {"value": money}


def test_reading_a_side_leaves_the_body_as_it_was() -> None:
    raw = {"custom_fields": {"a": 1}, "label": "1,2"}
    assert state(ENTITIES["deal"], raw) == {"custom.a": 1, "label_ids": ["1", "2"]}
    assert raw == {"custom_fields": {"a": 1}, "label": "1,2"}


@pytest.mark.parametrize("value", [["*"], ["10", "*"], ["*", 501]])
def test_a_star_among_the_users_means_everybody(value: list[Any]) -> None:
    assert users(value) is None
