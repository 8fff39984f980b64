"""Missed changes are found by differences and timestamps, and reported ones are never repeated."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any, Final

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.pipedrive.change import Change, read
from models.pipedrive.rest.as_webhook import written
from models.pipedrive.rest.backfill_body import late_body
from models.pipedrive.rest.missed import ListedItem, MissedChange, Span, missed

SINCE: Final = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)
UNTIL: Final = datetime(2026, 11, 20, 14, 0, tzinfo=UTC)
GAP: Final = Span(SINCE, UNTIL)
BEFORE, DURING, AFTER = "2026-11-20T11:00:00Z", "2026-11-20T13:00:00Z", "2026-11-20T15:00:00Z"
DEAL: Final[dict[str, Any]] = {
    "id": 42,
    "title": "Acme renewal",
    "value": 100,
    "status": "open",
    "stage_id": 1,
    "owner_id": 7,
    "won_time": None,
    "stage_change_time": None,
    "add_time": "2026-01-01T00:00:00Z",
    "update_time": BEFORE,
}


def told(action: str = "change", previous: dict[str, Any] | None = None, **data: Any) -> Change:
    """The webhook of a deal."""
    state = DEAL | data
    meta = {"action": action, "entity": "deal", "entity_id": "42", "timestamp": state["update_time"]}
    if action == "delete":
        body: dict[str, Any] = {"meta": meta, "data": None, "previous": state}
    else:
        body = {"meta": meta, "data": state, "previous": previous or {}}
    change = read(body)
    assert change is not None
    return change


def listed(entity: str = "deal", **state: Any) -> ListedItem:
    return ListedItem(entity, (DEAL if entity == "deal" else {"id": 42}) | state)


def only(found: list[MissedChange] | None) -> MissedChange:
    assert found is not None
    (one,) = found
    return one


def test_what_was_told_is_not_missed() -> None:
    assert missed(listed(update_time=DURING), [told(update_time=DURING)], GAP) == []


def test_the_difference_to_what_was_told_last_is_what_happened() -> None:
    now = listed(update_time=DURING, status="won", won_time=DURING, value=150)

    found = only(missed(now, [told()], GAP))

    assert (found.action, written(found.at), found.before) == (
        "change",
        DURING,
        {"status": "open", "value": 100},
    )


def test_a_deal_nobody_told_of_is_won_as_its_times_prove() -> None:
    now = listed(update_time=DURING, status="won", won_time=DURING, stage_change_time=DURING)

    found = only(missed(now, [], GAP))

    assert found.before == {"status": "open", "stage_id": None}


def test_a_deal_won_long_ago_was_only_changed() -> None:
    now = listed(update_time=DURING, status="won", won_time="2026-02-01T00:00:00Z")

    assert only(missed(now, [], GAP)).before == {}


def test_what_was_made_in_the_gap_is_new() -> None:
    now = listed(update_time=None, add_time=DURING)

    found = only(missed(now, [], GAP))

    assert (found.action, written(found.at), found.before) == ("create", DURING, {})


def test_a_deal_won_in_the_gap_and_touched_after_it_needs_notice_as_won() -> None:
    """Pipedrive lists it with the time of the later change, whose own webhook did arrive."""
    later = told(
        update_time=AFTER, status="won", won_time=DURING, title="Renamed", previous={"title": "Acme renewal"}
    )
    now = listed(update_time=AFTER, status="won", won_time=DURING, title="Renamed")

    for known in ([told(), later], [later]):
        found = only(missed(now, known, GAP))
        assert (written(found.at), found.before) == (DURING, {"status": "open"})
        assert found.state["title"] == "Acme renewal"


def test_what_happened_between_two_webhooks_of_the_gap_is_found() -> None:
    later = told(update_time="2026-11-20T13:30:00Z", value=300, previous={"title": "Old"}, title="New")

    found = only(
        missed(
            listed(update_time="2026-11-20T13:30:00Z", value=300, title="New"),
            [told(title="Old"), later],
            GAP,
        )
    )

    assert found.before == {"value": 100}
    assert written(found.at) == "2026-11-20T13:29:59Z"


def test_two_quick_webhooks_that_show_each_others_change_are_no_gap() -> None:
    first = told(update_time="2026-11-20T13:30:00Z", value=300, previous={"value": 100})
    second = told(update_time="2026-11-20T13:30:02Z", value=400, previous={"value": 350})

    assert missed(listed(update_time="2026-11-20T13:30:02Z", value=400), [first, second], GAP) == []


def test_a_webhook_that_may_be_under_way_is_waited_for() -> None:
    now = listed(update_time=AFTER, value=500)
    settled = UNTIL + timedelta(minutes=30)

    assert missed(now, [told()], GAP, settled) is None
    assert only(missed(now, [told()], GAP)).before == {"value": 100}


def test_what_happened_after_the_gap_is_not_of_the_gap() -> None:
    assert missed(listed(update_time=AFTER), [], GAP) == []


def test_nothing_that_people_know_has_changed() -> None:
    """A note or a mail updates the time of its deal, too."""
    assert missed(listed(update_time=DURING), [told()], GAP) == []


def test_a_deletion_needs_notice_once_with_the_last_known_state() -> None:
    gone = ListedItem("deal", {"id": 42, "update_time": DURING}, is_gone=True)

    found = only(missed(gone, [told()], GAP))

    assert (found.action, found.state["title"]) == ("delete", "Acme renewal")
    assert missed(gone, [told(), told("delete", update_time=DURING)], GAP) == []


def test_an_activity_ticked_off_in_the_gap_is_done() -> None:
    at = datetime(2026, 11, 20, 13, 0, tzinfo=UTC)
    now = ListedItem(
        "activity", {"id": 42, "done": True, "update_time": DURING, "add_time": BEFORE}, done_at=at
    )

    assert only(missed(now, [], GAP)).before == {"done": False}


def test_rest_and_webhooks_write_the_same_value_differently() -> None:
    old = told(label_ids=[], custom_fields={"a" * 40: None, "b" * 40: {"type": "varchar", "value": "x"}})
    custom: dict[str, Any] = {"custom." + "b" * 40: {"value": "x"}, "custom." + "c" * 40: None}

    assert missed(listed(update_time=DURING, label_ids=None, **custom), [old], GAP) == []


def test_a_custom_field_that_was_emptied_is_a_change() -> None:
    old = told(custom_fields={"b" * 40: {"type": "varchar", "value": "x"}})

    found = only(missed(listed(update_time=DURING), [old], GAP))

    assert found.before == {"custom." + "b" * 40: {"type": "varchar", "value": "x"}}


def test_the_custom_fields_of_an_activity_are_not_emptied_by_silence() -> None:
    """REST returns no custom fields of activities."""
    meta = {"action": "create", "entity": "activity", "entity_id": "42"}
    custom = {"b" * 40: {"type": "varchar", "value": "x"}}
    old = read(
        {"meta": meta, "data": {"id": 42, "subject": "Call", "update_time": BEFORE, "custom_fields": custom}}
    )
    assert old is not None

    found = only(
        missed(ListedItem("activity", {"id": 42, "subject": "Visit", "update_time": DURING}), [old], GAP)
    )

    assert found.before == {"subject": "Call"}
    assert found.state["custom." + "b" * 40] == custom["b" * 40]


CHANGES: Final = st.sampled_from(
    [
        {"status": "won", "won_time": DURING},
        {"status": "lost", "lost_time": DURING},
        {"stage_id": 3, "stage_change_time": DURING},
        {"value": 77},
        {"owner_id": 8},
        {"title": "Other"},
        {},
    ]
)


@given(CHANGES, st.booleans(), st.booleans())
def test_what_was_found_once_needs_notice_then(changed: dict[str, Any], known: bool, touched: bool) -> None:
    """A second backfill of the same gap, with what the first one stored, finds nothing."""
    webhooks = [told()] if known else []
    at = AFTER if touched else DURING
    if touched:
        webhooks.append(told(update_time=AFTER, **changed, previous={"lost_reason": None}))
    now = listed(update_time=at, **changed)

    first = missed(now, webhooks, GAP)

    assert first is not None
    bodies = [late_body("deal", "42", one, company_id="1") for one in first]
    late = [change for body in bodies if (change := read(body)) is not None]
    assert len(late) == len(first) <= 1
    assert missed(now, [*webhooks, *late], GAP) == []


@pytest.mark.parametrize("known", [True, False])
def test_what_is_found_fires_the_rules_of_the_webhook_it_stands_for(known: bool) -> None:
    now = listed(update_time=DURING, status="won", won_time=DURING, stage_id=2, stage_change_time=DURING)

    body = late_body("deal", "42", only(missed(now, [told()] if known else [], GAP)), company_id="1")

    change = read(body)
    assert change is not None
    assert {"deal.updated", "deal.won", "deal.stage_changed"} <= set(change.types)
