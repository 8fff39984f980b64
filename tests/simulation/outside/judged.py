"""What must hold outside Chat: what is refused for good or paused gets nothing more, and falls back once."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from typing import Final

from models.tables.deliveries import DeliveryState
from tests.simulation.accounts import Account, Evidence
from tests.simulation.outside.receivers import FAILED, GONE, REFUSED, TAKEN, Call
from tests.simulation.plan import ACTIVE_S, Plan

PEOPLE_RESUME_S: Final = ACTIVE_S + 10.0  # a little later they open what was closed
LOST_RESULTS: Final = 5  # so many repeats are due to workers that died or stood still
GIVEN_UP_AFTER: Final = 5  # failures at least
IN_FLIGHT_S: Final = 30.0  # what was claimed before a pause arrives within so long


def judge_outside(evidence: Evidence, accounts: Sequence[Account]) -> Iterator[str]:
    """Yield what is wrong outside Chat, and with fallbacks of any place."""
    by_place: dict[str, list[Call]] = defaultdict(list)
    for call in evidence.receivers.calls:
        by_place[call.place].append(call)
    spared = 0 if is_calm(evidence.plan) else LOST_RESULTS
    for place, calls in by_place.items():
        yield from _repeats_follow_what_was_unclear(place, calls, spared)
        yield from _refused_is_the_end(place, calls, spared)
        yield from _gone_gets_nothing(place, calls, spared)
        yield from _failing_is_given_up(evidence, place, calls, spared)
        yield from _paused_gets_nothing(evidence, place, calls)
    yield from _fallbacks_get_what_was_refused(evidence, accounts)


def is_calm(plan: Plan) -> bool:
    """Whether no worker dies or stands still, and the database stores each result."""
    faults = plan.faults
    trouble = (*plan.chat.kinds, *plan.pressing.faults.kinds)
    stands_still = "frozen" in trouble or bool(faults.freezes)
    return not (faults.kills or stands_still or faults.refused or faults.unheard or plan.skews)


def _repeats_follow_what_was_unclear(place: str, calls: Sequence[Call], spared: int) -> Iterator[str]:
    """What was taken, and its sender heard it, does not come again."""
    for key in _again_after(TAKEN, calls, spared):
        yield f"{key} comes again to {place}, which has taken it"


def _refused_is_the_end(place: str, calls: Sequence[Call], spared: int) -> Iterator[str]:
    early = [call for call in calls if call.at < PEOPLE_RESUME_S]
    for key in _again_after(REFUSED, early, spared):
        yield f"{key} comes again to {place}, which has refused it for good"


def _again_after(outcome: str, calls: Sequence[Call], spared: int) -> Iterator[str]:
    """Yield the keys that come more than `spared` times after a call with this outcome."""
    counts: Counter[str] = Counter()
    for call in calls:
        counts[call.key] += counts[call.key] > 0 or call.outcome == outcome
    yield from (key for key, count in counts.items() if count > 1 + spared)


def _gone_gets_nothing(place: str, calls: Sequence[Call], spared: int) -> Iterator[str]:
    first = next((at for at, call in enumerate(calls) if call.outcome == GONE), None)
    after = [] if first is None else calls[first + 1 :]
    if sum(call.at < PEOPLE_RESUME_S for call in after) > spared:
        yield f"{place} is gone, and gets more"


def _failing_is_given_up(evidence: Evidence, place: str, calls: Sequence[Call], spared: int) -> Iterator[str]:
    """What has failed for days is paused with the failure that makes it certain."""
    gives_up_s, since, failures, more = evidence.plan.outside.gives_up_s, 0.0, 0, 0
    for call in calls:
        if gives_up_s is None or call.at > PEOPLE_RESUME_S:
            break
        if failures > GIVEN_UP_AFTER and call.at - since > gives_up_s + IN_FLIGHT_S:
            more += 1
        if call.outcome == TAKEN:
            failures = 0
        elif call.outcome == FAILED:
            failures += 1
            since = call.at if failures == 1 else since
    if more > 1 + spared:
        yield f"{place} has failed for long, and gets more"


def _paused_gets_nothing(evidence: Evidence, place: str, calls: Sequence[Call]) -> Iterator[str]:
    """What a person has paused gets nothing but what is under way."""
    under_way = evidence.slack + (IN_FLIGHT_S if is_calm(evidence.plan) else 5 * IN_FLIGHT_S)
    for span in evidence.decisions.pauses:
        late = [call for call in calls if span.begins + under_way < call.at < span.ends]
        if span.space == place and late:
            yield f"{place} is paused, and gets {late[0].key} at {late[0].at:.0f} s"


def _fallbacks_get_what_was_refused(evidence: Evidence, accounts: Sequence[Account]) -> Iterator[str]:
    """What ended at a place that refuses us for good is at its fallback once; nothing else is."""
    outside, refusing = evidence.plan.outside, _refusing(evidence)
    copies = Counter(_key(each) for each in accounts if each.instead_of)
    for each in accounts:
        fallback = outside.fallbacks.get(each.place.space)
        if fallback is None or each.instead_of:
            continue
        there = copies.pop((each.event.token, each.rule.name, fallback), 0)
        what = f"{each.event.token} for {each.rule.name} in {each.place.space}"
        if there and each.place.space not in refusing:
            yield f"{what} went to its fallback, and nothing was refused"
        if there > 1:
            yield f"{what} went to its fallback {there} times"
        if not there and is_owed(evidence, each):
            yield f"{what} was refused, and did not go to its fallback"
    yield from (f"{what} went to a fallback that it does not have" for what in copies)


def is_owed(evidence: Evidence, account: Account) -> bool:
    """Whether what became of an account is to be seen at the fallback of its place."""
    outside, place = evidence.plan.outside, account.place
    fallback = outside.fallbacks.get(place.space)
    if fallback is None or account.state != DeliveryState.DEAD or place.space not in outside.gone_from:
        return False
    is_sent_there = any(each.space == fallback for each in account.rule.places)
    return not (is_sent_there or account.instead_of)


def owed_to_fallbacks(evidence: Evidence, accounts: Sequence[Account]) -> int:
    """Count what is still to go to a fallback."""
    copies = {_key(each) for each in accounts if each.instead_of}
    fallbacks = evidence.plan.outside.fallbacks
    owed = [each for each in accounts if is_owed(evidence, each)]
    return sum((each.event.token, each.rule.name, fallbacks[each.place.space]) not in copies for each in owed)


def _key(account: Account) -> tuple[str, str, str]:
    return account.event.token, account.rule.name, account.place.space


def _refusing(evidence: Evidence) -> set[str]:
    """Return the places that refused us for good at any time, or may have been given up."""
    plan, calls = evidence.plan, evidence.receivers.calls
    found = {*plan.outside.gone_from, *plan.chat.was_closed}
    found |= {call.place for call in calls if call.outcome == GONE}
    if plan.outside.gives_up_s is not None:
        found |= {each.space for each in plan.places}
    return found
