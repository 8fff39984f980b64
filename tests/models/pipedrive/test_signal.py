"""What we find ourselves reads as an event of one type, and nobody else can make it by accident."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from models.pipedrive.change import read
from models.pipedrive.signal import OVERDUE, STALLED, signal_body

AT = datetime(2026, 11, 20, 13, 0, tzinfo=UTC)
HASH = "a" * 40


def body(event_type: str = STALLED, **more: Any) -> dict[str, Any]:
    state = {"title": "Acme renewal", "value": 5, f"custom.{HASH}": {"type": "varchar", "value": "North"}}
    usual = {"key": "signal:deal:42:3", "company_id": "12345", "seen_by": ["7"]}
    return signal_body(event_type, "42", state, AT, **(usual | more))


def test_a_body_of_ours_is_of_that_type_alone() -> None:
    found = read(body())
    assert found is not None
    assert found.types == ("deal.stalled",)
    assert (found.entity, found.object_id, found.company_id) == ("deal", "42", "12345")
    assert found.state["id"] == 42
    assert found.state[f"custom.{HASH}"] == {"type": "varchar", "value": "North"}
    assert found.permitted_user_ids == frozenset({"7"})
    assert (found.happened_at, found.touched) == (AT, frozenset())


def test_an_activity_is_overdue_and_everybody_may_see_it() -> None:
    found = read(body(OVERDUE, company_id=None, seen_by=None))
    assert found is not None
    assert found.types == ("activity.overdue",)
    assert (found.permitted_user_ids, found.company_id) == (None, None)


def test_a_webhook_that_says_the_same_word_is_a_webhook() -> None:
    webhook = body()
    webhook["meta"]["change_source"] = "app"
    found = read(webhook)
    assert found is not None
    assert found.types == ("deal.updated",)
    webhook["meta"] |= {"change_source": "pipenotify", "signal": ["won"]}
    assert read(webhook).types == ("deal.updated",)  # type: ignore[union-attr]
