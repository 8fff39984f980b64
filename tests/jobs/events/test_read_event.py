"""One event is read under a guard: what is wrong with it is its own outcome."""

from __future__ import annotations

from datetime import timedelta
from typing import Final

import pytest

from jobs.deliveries.retry import EVENT_LOSSES_IN_COMPANY, MOST_LEASE_LOSSES
from jobs.events.new_delivery import decide
from jobs.events.read_event import guarded, read_event
from jobs.queue import INTERRUPTIONS
from models.attention.digests import OpenDigest
from models.attention.mutes import ActiveMute, MuteTarget
from models.destinations.quiet_hours import Window
from models.errors import DatabaseUnavailable
from models.events.claims import ClaimedEvent
from models.pipedrive.filters.filters import ALWAYS
from models.rules.ruleset import ReadyRule, Ruleset, RulesetDestination
from models.tables import MuteScope
from models.tables.attention import Every
from models.tables.deliveries import QUIET
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


PAUSED, MUTED, QUIET_HOURS, DIGEST = "paused", "muted", "quiet", "digest"


def _ruleset(*holding: str) -> Ruleset:
    days = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
    lets_urgent = "lets urgent" in holding
    window = Window("tenant", None, None, "11:00", "13:00", days, "UTC", lets_urgent)
    mute = ActiveMute(5, MuteTarget(MuteScope.SPACE, space_id=7), NOON + timedelta(hours=1), "ada@x.test")
    digest = OpenDigest(3, 7, None, Every.DAILY)
    return Ruleset(
        1,
        1,
        None,
        "",
        quiet=(window,) if QUIET_HOURS in holding else (),
        mutes=(mute,) if MUTED in holding else (),
        digests=(digest,) if DIGEST in holding else (),
    )


ALL: Final = (PAUSED, MUTED, QUIET_HOURS, DIGEST)


@pytest.mark.parametrize(
    ("holding", "urgent", "state", "reason"),
    [
        ((), False, "pending", ""),
        ((), True, "pending", ""),
        (ALL, True, "skipped", "the destination is paused: paused by ada"),
        (ALL, False, "skipped", "the destination is paused: paused by ada"),
        (ALL[1:], True, "skipped", "muted by ada@x.test"),
        (ALL[1:], False, "skipped", "muted by ada@x.test"),
        (ALL[2:], False, "held", QUIET),
        (ALL[2:], True, "held", QUIET),
        ((*ALL[2:], "lets urgent"), False, "held", QUIET),
        ((*ALL[2:], "lets urgent"), True, "pending", ""),
        (ALL[3:], False, "digested", "gathered for the daily digest"),
        (ALL[3:], True, "pending", ""),
    ],
)
def test_paused_or_muted_decides_first_then_urgent_quiet_hours_and_the_digest(
    holding: tuple[str, ...], urgent: bool, state: str, reason: str
) -> None:
    paused = "paused by ada" if PAUSED in holding else None
    target = RulesetDestination(1, "Here", "chat_space", "l", 7, paused_because=paused)
    rule = ReadyRule(1, "Wins", 0, frozenset({"deal.won"}), ALWAYS, urgent, (target,))

    fate = decide(rule, target, _ruleset(*holding), NOON)

    assert (fate.state, fate.reason) == (state, reason)
    gathered = {"skipped": None if PAUSED in holding else "mute-5", "digested": "digest-3"}
    assert fate.gathered_for == gathered.get(state)
    assert fate.until == (NOON + timedelta(hours=1) if state == "held" else None)
