"""A score is the sum of its reasons, between 0 and 100, and the same for the same facts."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.errors import InvalidRequest
from models.leads.score import LeadFacts, score_of
from models.leads.weights import USUAL, Weights, check_weights, weights_of

NOON = datetime(2026, 11, 20, 12, tzinfo=UTC)
POINTS = st.integers(0, 100)
WEIGHTS = st.builds(
    Weights,
    email=POINTS,
    phone=POINTS,
    organization=POINTS,
    value=POINTS,
    value_from=st.integers(1, 10**6),
    sources=st.dictionaries(st.sampled_from(["Web form", "Fair"]), POINTS),
    contacted=POINTS,
    activity=POINTS,
    activity_days=st.integers(1, 30),
    age=POINTS,
    age_days=st.integers(1, 60),
)
MOMENTS = st.integers(0, 80 * 24).map(lambda hours: NOON - timedelta(hours=hours))
FACTS = st.builds(
    LeadFacts,
    added_at=MOMENTS,
    has_email=st.booleans(),
    has_phone=st.booleans(),
    has_organization=st.booleans(),
    value=st.floats(-10, 10**7),
    source=st.sampled_from(["", "web FORM", "Fair", "Else"]),
    contacted_at=st.none() | MOMENTS,
    active_at=st.none() | MOMENTS,
)


@given(FACTS, WEIGHTS)
def test_the_reasons_add_up_to_the_score(facts: LeadFacts, weights: Weights) -> None:
    scored = score_of(facts, weights, NOON)

    assert scored.score == sum(each.points for each in scored.reasons)
    assert 0 <= scored.score <= 100
    assert scored == score_of(facts, weights, NOON)
    assert scored.band == weights.band(scored.score)
    assert all(each.points for each in scored.reasons)


@given(FACTS, WEIGHTS)
def test_nothing_changes_by_time_before_it_is_said_to(facts: LeadFacts, weights: Weights) -> None:
    scored = score_of(facts, weights, NOON)
    points = [(each.part, each.points) for each in scored.reasons]
    changes_at = scored.changes_at or NOON + timedelta(days=400)

    before = score_of(facts, weights, changes_at - timedelta(microseconds=1))
    assert changes_at > NOON
    assert [(each.part, each.points) for each in before.reasons] == points
    if scored.changes_at is not None:
        after = score_of(facts, weights, scored.changes_at)
        assert [(each.part, each.points) for each in after.reasons] != points


def test_what_a_score_is_made_of() -> None:
    facts = LeadFacts(NOON, True, True, True, 5000.0, "Web form", NOON, NOON)
    weights = replace(USUAL, sources={"Web Form": 15})
    parts = {each.part: each.points for each in score_of(facts, weights, NOON).reasons}

    assert parts == {
        "email": 10,
        "phone": 10,
        "organization": 10,
        "value": 10,
        "source": 15,
        "contacted": 10,
        "activity": 20,
        "age": 20,
        "limit": -5,
    }
    later = {each.part: each.points for each in score_of(facts, weights, NOON + timedelta(days=7)).reasons}
    assert (later["activity"], later["age"]) == (10, 10)


@given(WEIGHTS)
def test_weights_are_read_as_they_were_stored(weights: Weights) -> None:
    assert weights_of(weights.stored()) == weights


@pytest.mark.parametrize(
    "wrong",
    [
        {"email": 101},
        {"age": -1},
        {"sources": {"Fair": 101}},
        {"sources": {"": 1}},
        {"sources": {str(each): 1 for each in range(21)}},
        {"activity_days": 0},
        {"value_from": 0},
        {"hot_from": 40},
        {"warm_from": 0},
        {"hot_from": 101},
    ],
)
def test_weights_that_cannot_be_are_refused(wrong: dict[str, Any]) -> None:
    check_weights(USUAL)
    with pytest.raises(InvalidRequest):
        check_weights(replace(USUAL, **wrong))
