"""When to retry: the ladder, the wait after a 429, and for how long one card may block the next."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any, Final

from models.chance import fraction
from models.deliveries.claimed import ClaimedDelivery
from models.deliveries.lane_sql import MOST_WAIT_BEHIND
from models.deliveries.lanes import ClaimedLane

MINUTE: Final = 60
HOUR: Final = 60 * MINUTE

# Seconds after the first, second, ... failed attempt. The tail is Svix's; the head is the seed's.
LADDER: Final = (1, 5, 15, MINUTE, 5 * MINUTE, 30 * MINUTE, 2 * HOUR, 5 * HOUR, 10 * HOUR, 10 * HOUR)
JITTER: Final = 0.2
MOST_BACKOFF_S: Final = 64
MOST_CONTENTION: Final = 2  # a space that other apps use is written every fourth second at least
LEASE: Final = timedelta(seconds=30)
RENEW_EVERY: Final = timedelta(seconds=10)
# All that sending a message asks of other servers ends before its lease does, and before a drain that ends
# gives it up (`jobs.drain.GRACE_S`).
SEND_WITHIN_S: Final = 20.0
MOST_LEASE_LOSSES: Final = 3  # of a row that was claimed alone; only then is it certain that it was to blame
# So many leases a row may lose beside others. After that it is claimed alone.
EVENT_LOSSES_IN_COMPANY: Final = 1
DELIVERY_LOSSES_IN_COMPANY: Final = 2


def retry_after(failed_attempts: int, rand: float | None = None) -> timedelta | None:
    """Return how long to wait after so many failed attempts; None when the ladder is used up.

    The jitter only adds: never less than the ladder names, at most a fifth more.
    """
    if failed_attempts > len(LADDER):
        return None
    share = fraction() if rand is None else rand
    return timedelta(seconds=LADDER[failed_attempts - 1] * (1 + JITTER * share))


def blocks_until(head: ClaimedDelivery) -> datetime:
    """Return until when a delivery that waits for its retry holds up the later ones of its lane."""
    if head.waiting_since is None:
        return head.next_attempt_at
    return min(head.next_attempt_at, head.waiting_since + MOST_WAIT_BEHIND)


def wait_when_limited(retry_after_s: float | None, in_a_row: int, rand: float | None = None) -> timedelta:
    """Return how long a space rests after a 429: `retry_after_s`, else 1, 2, 4 ... 64 s and up to 1 s more.

    `in_a_row` is how many 429 responses came before this one.

    Chat names no Retry-After in its documentation (developers.google.com/workspace/chat/limits).
    """
    share = fraction() if rand is None else rand
    if retry_after_s is not None:
        return timedelta(seconds=retry_after_s)
    return timedelta(seconds=min(2**in_a_row, MOST_BACKOFF_S) + share)


def lane_rest(
    lane: ClaimedLane, limited_until: datetime | None, at: datetime, pace: timedelta
) -> dict[str, Any]:
    """Return `free_at`, `backoff` and `contention` of a lane that was written at `at`.

    It rests for `pace`, after a 429 until `limited_until`. Chat counts the writes of all apps in a space
    together. Where another one writes, too, a write that met no 429 says little about the next: the lane
    rests twice and four times as long, so that both get on, and finds back to its pace write by write.
    """
    if limited_until is not None:
        free_at = max(at + pace, limited_until)
        contention = min(lane.contention + 1, MOST_CONTENTION)
        return {"free_at": free_at, "backoff": lane.backoff + 1, "contention": contention}
    free_at = at + pace * 2**lane.contention
    return {"free_at": free_at, "backoff": 0, "contention": max(lane.contention - 1, 0)}
