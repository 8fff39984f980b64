"""The line under the title, and the line on a phone."""

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given

from bot.text.changes import what_happened
from bot.text.headline import MOST_LETTERS, headline, notification, subject_of
from models.pipedrive.names import NO_NAMES
from tests.changes import NAMES, told
from tests.hostile import titles

CALL = {"type": "call", "due_date": "2026-12-02"}


@pytest.mark.parametrize(
    ("previous", "now", "kind", "text"),
    [
        ({"status": "open"}, {"status": "won"}, "won", "Won · €12,500"),
        ({"status": "open"}, {"status": "lost", "lost_reason": "Price"}, "lost", "Lost · €12,500 · Price"),
        ({"status": "lost"}, {"status": "open"}, "reopened", "Reopened · €12,500"),
        ({"stage_id": 1}, {}, "moved", "Moved · €12,500"),
        ({"stage_id": 2}, {"stage_id": 1}, "moved_back", "Moved back · €12,500"),
        ({"value": 10_000}, {}, "value_up", "Value up 25\xa0% · €12,500"),
        ({"value": 25_000}, {}, "value_down", "Value down 50\xa0% · €12,500"),
        ({"value": 0}, {}, "value_up", "Value up · €12,500"),
        ({"value": 12_500}, {"value": 0}, "value_down", "Value down 100\xa0%"),
        ({"value": 1}, {}, "value_up", "Value up · €12,500"),
        ({"value": None}, {}, "changed", "Value changed · €12,500"),
        ({"value": 1, "currency": "USD"}, {}, "changed", "Value changed · €12,500"),
        ({"owner_id": 8}, {}, "owner", "Now Ada\u2019s · €12,500"),
        ({"owner_id": 8}, {"owner_id": 99}, "owner", "New owner · €12,500"),
        ({"owner_id": 8}, {"owner_id": None}, "owner", "No owner now · €12,500"),
        ({"owner_id": 98}, {"owner_id": None}, "owner", "No owner now · €12,500"),
        ({"title": "Old"}, {}, "changed", "Deal changed · €12,500"),
    ],
)
def test_a_deal_says_its_news_and_its_value(
    previous: dict[str, Any], now: dict[str, Any], kind: str, text: str
) -> None:
    found = headline(told(previous=previous, **now), NAMES)

    assert (found.kind, found.text) == (kind, text)


@pytest.mark.parametrize(
    ("entity", "action", "previous", "now", "text"),
    [
        ("deal", "create", None, {}, "New deal · €12,500"),
        ("deal", "delete", None, {}, "Deal deleted · €12,500"),
        ("lead", "create", None, {"title": "L", "value": {"amount": 5, "currency": "EUR"}}, "New lead · €5"),
        ("person", "create", None, {"name": "G", "org_id": 3}, "New person at Acme Ltd"),
        ("activity", "create", None, {**CALL, "due_time": "10:00"}, "Call · Dec 2, 10:00"),
        ("activity", "create", None, {"type": "call", "due_date": "2027-01-02"}, "Call · Jan 2, 2027"),
        ("activity", "change", {"done": False}, {"type": "call", "done": True}, "Done · Call"),
        ("activity", "create", None, {}, "New activity"),
        ("stage", "create", None, {"name": "S"}, "New stage"),
    ],
)  # fmt: skip
def test_other_objects_say_theirs(
    entity: str, action: str, previous: dict[str, Any] | None, now: dict[str, Any], text: str
) -> None:
    assert headline(told(entity, action, previous=previous, **now), NAMES).text == text


def test_a_stalled_deal_says_for_how_long() -> None:
    stalled = replace(told(stalled_days=14), types=("deal.stalled",))

    assert headline(stalled, NAMES).text == "No change for 14 days · €12,500"
    assert headline(replace(told(), types=("deal.stalled",)), NAMES).verb == "No change for a while"


def test_the_phone_reads_verb_name_number_and_person() -> None:
    won = told(previous={"status": "open"}, status="won")

    assert notification(won, NAMES) == "Won: Acme renewal, €12,500 (Ben)"
    assert notification(won, NO_NAMES) == "Won: Acme renewal, €12,500"


@given(titles)
def test_the_line_on_a_phone_is_never_longer_than_it_shows(title: str) -> None:
    lost = told(previous={"status": "open"}, status="lost", title=title, lost_reason=title)

    assert len(notification(lost, NAMES)) <= MOST_LETTERS * 16


def test_the_phone_reads_a_note_once() -> None:
    about = told("note", "create", content="Hello", deal_id=43, user_id=7)

    assert notification(about, NAMES) == "New note: The other deal, Hello (Ben)"
    for unknown in (None, 44):
        alone = told("note", "create", content="<p>Hello</p>", user_id=7, deal_id=unknown)
        assert notification(alone, NAMES) == "New note: Hello (Ben)"
    long = told("note", content="word " * 100)
    assert notification(long, NO_NAMES).count("…") == 1


def test_the_phone_reads_a_name_once() -> None:
    call = told("activity", previous={"done": False}, subject="Call", type="call", done=True)

    assert notification(call, NAMES) == "Done: Call (Ben)"


def test_a_lead_without_owner_is_not_assigned() -> None:
    lead = told("lead", previous={"owner_id": 7}, title="Fair", owner_id=None)

    assert headline(lead, NAMES).verb == "No owner now"
    assert what_happened(lead, NAMES) == "Lead has no owner now, was Ada\u2019s before"


def test_a_note_is_known_by_what_it_is_about() -> None:
    assert subject_of(told("note", content="Hello", deal_id=43), NAMES) == "The other deal"
    assert subject_of(told("note", content="Hello", deal_id=44), NAMES) == "Hello"


def test_an_archived_lead_claims_no_deal_that_nobody_knows() -> None:
    archived = told("lead", previous={"is_archived": False}, is_archived=True)
    given_up = replace(archived, types=("lead.updated",))

    assert [headline(each, NAMES).text for each in (archived, given_up)] == ["Archived", "Archived"]
    assert headline(replace(archived, became_deal=True), NAMES).text == "Converted to a deal"
