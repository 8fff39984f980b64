"""A restricted object's card shows only the kind of object and what happened."""

import json
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.cards.restricted import _HAPPENED, bare, redacted_card, redacted_line
from models.pipedrive.types import EVENT_TYPES
from tests.cards import assert_valid, links, text
from tests.changes import HASH, NAMES, told

WHY = "3 of 12 people may see it in Pipedrive"
HINT = "An admin can let the rule “Wins” show such things."
LINK = "https://acme.pipedrive.com/deal/42"
WON: dict[str, Any] = {"previous": {"status": "open"}, "status": "won"}

secrets = st.text(alphabet="жшщюяэ<>&*_😀", min_size=3, max_size=60).filter(
    lambda said: any(letter in said for letter in "жшщюяэ😀")
)


def test_the_card_says_what_happened_why_no_more_and_the_way_on() -> None:
    said = text(redacted_card(told(**WON), WHY, hint=HINT, link=LINK))
    assert said.startswith("A deal was won\n")
    assert WHY in said
    assert HINT in said
    assert links(redacted_card(told(**WON), WHY, hint=HINT, link=LINK)) == [LINK]
    assert links(redacted_card(told(**WON), WHY, hint=HINT)) == []


def test_what_was_missed_says_that_it_is_late_and_no_more() -> None:
    late = replace(told(**WON), change_source="catch_up")
    drawn = redacted_card(late, WHY, hint=HINT)
    assert "Late: this happened Nov 20, 2026, 2:05\u202fPM UTC" in text(drawn)
    assert drawn.fallback_text == "A deal was won (late, from Nov 20, 2026, 2:05\u202fPM UTC)"
    assert redacted_line(late).endswith("(late, from Nov 20, 2026, 2:05\u202fPM UTC)")


def test_it_joins_no_thread_that_would_say_what_it_is_about() -> None:
    assert redacted_card(told(**WON), WHY, hint=HINT).thread_key is None


@pytest.mark.parametrize(
    ("entity", "action", "previous", "now", "said"),
    [
        ("deal", "create", None, {}, "A deal was added"),
        ("deal", "change", {"title": "x"}, {}, "A deal was changed"),
        ("deal", "change", {"status": "open"}, {"status": "lost", "lost_reason": "dear"}, "A deal was lost"),
        ("deal", "change", {"stage_id": 1}, {"stage_id": 2}, "A deal was moved"),
        ("deal", "change", {"value": 1}, {"value": 2}, "A deal got another value"),
        ("deal", "delete", None, {}, "A deal was deleted"),
        ("organization", "create", None, {"name": "x"}, "An organization was added"),
        ("activity", "change", {"done": False}, {"done": True}, "An activity was done"),
    ],
)
def test_what_happened_is_said_without_what_it_was(
    entity: str, action: str, previous: dict[str, object] | None, now: dict[str, object], said: str
) -> None:
    assert bare(told(entity, action, previous=previous, **now)) == said


def test_a_restricted_lead_claims_no_deal_that_nobody_knows() -> None:
    archived = told("lead", previous={"is_archived": False}, is_archived=True)

    assert bare(archived) == "A lead was archived"
    assert bare(replace(archived, became_deal=True)) == "A lead was converted to a deal"


def test_there_are_words_for_every_event_type() -> None:
    verbs = {each.partition(".")[2] for each in EVENT_TYPES}
    assert verbs - set(_HAPPENED) == {"updated"}


@given(secret=secrets)
def test_nothing_that_pipedrive_told_is_on_the_card(secret: str) -> None:
    fields: dict[str, Any] = {"title": secret, "lost_reason": secret, "currency": secret, "origin": secret}
    change = told(
        previous={"title": secret + "2", "status": "open", "custom_fields": {HASH: secret}},
        **fields,
        status="lost",
        custom_fields={HASH: {"type": "varchar", "value": secret}},
    )
    drawn = assert_valid(redacted_card(change, WHY, hint=HINT, link=LINK))
    for said in (json.dumps(drawn, ensure_ascii=False), redacted_line(change)):
        assert not any(letter in said for letter in "жшщюяэ😀")
        assert "Acme" not in said
        assert "Ada" not in said


def test_names_are_not_asked_for() -> None:
    assert str(NAMES.text("stage", "2")) not in text(redacted_card(told(**WON), WHY, hint=HINT))
