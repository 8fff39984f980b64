"""What the oracle asks about time: when a message came, beside which others, and whether it might then."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import Any, Final

from models.deliveries.bursts.waiting import BURST_LASTS, STANDS_STILL
from models.tables.deliveries import DeliveryState
from tests.simulation.accounts import MOST_BEHIND_S, Account, Evidence, held, touched
from tests.simulation.chat import PACE_S

PROMPT_S: Final = 4.0  # from the webhook to the card, where nothing is wrong
LOOKS_BACK_S: Final = 30.0  # a card that came after others of so many seconds waited for them


def muted_and_digested_are_not_shown(evidence: Evidence, accounts: Sequence[Account]) -> Iterator[str]:
    """What came while a mute held, or for a digest that gathers what is not urgent, is no card of its own."""
    shown = {each.event.token + each.place.space for each in accounts if each.state == DeliveryState.SKIPPED}
    for each in accounts:
        begin, end = each.created - evidence.slack, each.created + evidence.slack
        if each.state != DeliveryState.DELIVERED or each.id in evidence.decisions.replayed:
            continue
        if held(evidence.decisions.mutes, each, begin, end):
            yield f"{each.event.token} for {each.rule.name} is shown in {each.place.space} though it is muted"
        is_free = each.event.token + each.place.space not in shown
        may_pass = each.is_urgent or evidence.may_be_quiet(each, begin, end)
        if is_free and not may_pass and held(evidence.decisions.digests, each, begin, end):
            yield f"{each.event.token} is shown in {each.place.space} and not in its digest"


def quiet_hours_are_kept(evidence: Evidence, accounts: Sequence[Account]) -> Iterator[str]:
    times = {(each.space, each.request_id): each.at for each in evidence.chat.shown}
    for each in accounts:
        at = times.get((each.place.space, each.key.removeprefix("client-")))
        if at is None or each.id in evidence.decisions.replayed:
            continue
        released = any(
            space == each.place.space and each.created < when <= at
            for when, space in evidence.decisions.released
        )
        is_new = any(  # what was decided a moment ago is not known to every worker yet
            at - 2 * evidence.slack < span.begins <= at
            for span in evidence.decisions.quiet
            if span.covers(each.place.tenant, each.place.space, None)
        )
        if not (released or is_new) and evidence.was_quiet(
            each, each.created - evidence.slack, at + evidence.slack
        ):
            yield f"{each.event.token} is shown in {each.place.space} in quiet hours"


def order_is_kept(evidence: Evidence, accounts: Sequence[Account]) -> Iterator[str]:
    """Cards about one deal come in the order of its events, unless one waited for its retry for a minute."""
    if evidence.plan.skews:
        return
    times = {(each.space, each.request_id.removesuffix("-plain")): each.at for each in evidence.chat.shown}
    lines: dict[tuple[Any, ...], list[tuple[int, float, str]]] = defaultdict(list)
    for each in accounts:
        at = times.get((each.place.space, each.key.removeprefix("client-")))
        begin, end = each.created - evidence.slack, each.created + evidence.slack
        if at is None or each.state != DeliveryState.DELIVERED or each.id in evidence.decisions.replayed:
            continue
        if evidence.may_be_quiet(each, begin, end):
            continue
        if each.waiting_since is None or at - each.waiting_since < MOST_BEHIND_S:
            line = (each.event.tenant, each.event.deal, each.place.space, each.is_urgent)
            lines[line].append((each.event_id, at, each.event.token))
    for line, cards in lines.items():
        for (_, first, earlier), (_, second, later) in pairwise(sorted(cards)):
            if first > second:
                yield f"{later} comes before {earlier} in {line[2]}"


def pace_is_kept(evidence: Evidence) -> Iterator[str]:
    """One write a second in a space, and no more in a minute than the project may."""
    if evidence.plan.skews:
        return
    for space, writes in evidence.chat.writes.items():
        ours = [each.at for each in writes if each.is_ours and not each.is_late]
        for earlier, later in pairwise(ours):
            if later - earlier < PACE_S - 1e-6:
                yield f"two writes within {later - earlier:.3f} s in {space} at {later:.1f} s"
    counted = sorted(
        each.at
        for space, writes in evidence.chat.writes.items()
        for each in writes
        if each.is_ours and not each.is_late and not space.endswith("w")
    )
    most = evidence.plan.per_minute
    for first, last in zip(counted, counted[most:], strict=False):
        if last - first < 60:
            yield f"more than {most} writes in a minute, until {last:.1f} s"


def healthy_spaces_are_prompt(evidence: Evidence, accounts: Sequence[Account]) -> Iterator[str]:
    """Where one space alone is ill, cards come at once in all others, or as soon as bursts let them."""
    plan, accepted = evidence.plan, evidence.pipedrive.accepted
    if not plan.is_prompt or plan.per_minute < 1000:
        return
    times = {(each.space, each.request_id): each.at for each in evidence.chat.shown}
    counted = Counter(each.key for each in accounts)
    summaries = defaultdict[str, list[float]](list)
    for each in accounts:
        if counted[each.key] > 1 and (
            shown := times.get((each.place.space, each.key.removeprefix("client-")))
        ):
            summaries[each.place.space].append(shown)
    for each in accounts:
        at = times.get((each.place.space, each.key.removeprefix("client-")))
        if (
            at is None
            or each.place.is_outside
            or each.place.space == plan.chat.only
            or each.id in evidence.decisions.replayed
        ):
            continue
        since = accepted.get(each.event.token, at)
        if evidence.may_be_quiet(each, since - evidence.slack, at):
            continue
        if touched(evidence.decisions.pauses, each, since - evidence.slack, at):
            continue
        writes = evidence.chat.writes[each.place.space]
        before = sum(at - LOOKS_BACK_S < write.at < at for write in writes)
        is_burst = any(
            since - BURST_LASTS.total_seconds() < when < at for when in summaries[each.place.space]
        )
        gathered = STANDS_STILL.total_seconds() if is_burst else 0.0
        if at - since > PROMPT_S + gathered + before * PACE_S * 1.5:
            yield f"{each.event.token} comes {at - since:.0f} s late in {each.place.space}, which is well"
