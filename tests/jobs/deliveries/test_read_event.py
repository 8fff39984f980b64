"""One event is read under a guard: what is wrong with it is its own outcome."""

from __future__ import annotations

import pytest

from jobs.deliveries.read_event import guarded, read_event
from jobs.deliveries.retry import EVENT_LOSSES_IN_COMPANY, MOST_LEASE_LOSSES
from jobs.queue import INTERRUPTIONS
from models.errors import DatabaseUnavailable
from models.events.claims import ClaimedEvent
from tests.engine import NOON


def claimed(raw: bytes = b"{}", losses: int = 0) -> ClaimedEvent:
    return ClaimedEvent(1, 1, raw, NOON, losses)


def fail_with(error: Exception) -> str:
    raise error


def test_an_unforeseen_error_is_the_outcome_and_quotes_no_customer() -> None:
    event = claimed()

    assert guarded(event, lambda: fail_with(KeyError("Jane Roe")), "nothing") == "nothing"
    assert (event.state, event.outcome) == ("failed", "KeyError while it was read; the bytes are kept")


@pytest.mark.parametrize("error", [DatabaseUnavailable("away"), *(each() for each in INTERRUPTIONS)])
def test_what_is_not_about_the_event_is_not_its_outcome(error: Exception) -> None:
    event = claimed()

    with pytest.raises(type(error)):
        guarded(event, lambda: fail_with(error), "nothing")
    assert event.state == "done"


@pytest.mark.parametrize(
    ("raw", "losses", "state"),
    [
        (b"{}", 0, "unparsed"),
        (b"no JSON", 0, "unparsed"),
        (b'{"meta": {"entity": "board"}}', 0, "ignored"),
        (b'{"meta": {"entity": "board"}}', EVENT_LOSSES_IN_COMPANY + MOST_LEASE_LOSSES - 1, "ignored"),
        (b'{"meta": {"entity": "board"}}', EVENT_LOSSES_IN_COMPANY + MOST_LEASE_LOSSES, "failed"),
    ],
)
def test_an_event_without_a_change_says_why(raw: bytes, losses: int, state: str) -> None:
    event = claimed(raw, losses)

    read_event(event)

    assert (event.state, event.change) == (state, None)
    assert event.outcome
