"""Judges a world by what people see and decided, without the code of the engine.

Every accepted event is accounted for once for each rule and destination; nothing is shown twice, to others,
while it is muted or in quiet hours, or faster than Chat allows.
"""

from __future__ import annotations

import re
import uuid
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from typing import Final

from sqlalchemy import select

from models.card_actions.echoes import SHOWN_ALREADY
from models.tables import Delivery, Destination, Digest, Mute
from models.tables.deliveries import DeliveryState
from tests.simulation.accounts import (
    HELD_SLACK_S,
    TOKEN,
    Account,
    Evidence,
    read_accounts,
    touched,
)
from tests.simulation.chat import Shown
from tests.simulation.outside.judged import judge_outside
from tests.simulation.plan import Plan
from tests.simulation.timing import (
    healthy_spaces_are_prompt,
    muted_and_digested_are_not_shown,
    order_is_kept,
    pace_is_kept,
    quiet_hours_are_kept,
)

ENDS: Final = (DeliveryState.DELIVERED, DeliveryState.SKIPPED, DeliveryState.DIGESTED)
JOINED: Final = "the card of another rule shows it"
NEWS: Final = ("deal.won", "deal.lost")  # in no thread
COUNT: Final = re.compile(r"[\d,]+")


def judge(evidence: Evidence) -> list[str]:
    """Return what is wrong with a world that has come to rest."""
    accounts = list(read_accounts(evidence))
    own = [each for each in accounts if not each.instead_of]
    checks = (
        _everything_is_accounted_for(evidence, own),
        _each_end_has_its_cause(evidence, accounts),
        _messages_are_as_recorded(evidence, accounts),
        _summaries_count_what_was_gathered(evidence),
        _nothing_crosses_tenants(evidence),
        muted_and_digested_are_not_shown(evidence, own),
        quiet_hours_are_kept(evidence, accounts),
        order_is_kept(evidence, own),
        pace_is_kept(evidence),
        healthy_spaces_are_prompt(evidence, own),
        judge_outside(evidence, accounts),
    )
    return [violation for check in checks for violation in check]


def judge_held(evidence: Evidence, at: float) -> Iterator[str]:
    """Yield what is held now although it has not been quiet there for a while."""
    with evidence.database.reading_all() as session:
        query = select(Delivery.id, Delivery.is_urgent, Destination.name, Delivery.next_attempt_at)
        query = query.join(
            Destination,
            (Destination.tenant_id == Delivery.tenant_id) & (Destination.id == Delivery.destination_id),
        )
        rows = session.execute(query.where(Delivery.state == DeliveryState.HELD)).all()
    places = {each.space: each for each in evidence.plan.places}
    for number, is_urgent, name, until in rows:
        place = places.get(name)
        if place is None or evidence.clock.seconds(until) <= at + evidence.slack:
            continue
        looks = [at - HELD_SLACK_S * step / 6 for step in range(7)]
        is_muted = any(
            each.covers(place.tenant, name, None) and each.begins <= at and looks[-1] <= each.ends
            for each in evidence.decisions.mutes
        )
        if is_muted:  # what is held there leaves by the quiet hours at the end of the mute
            continue
        if not any(evidence.is_quiet(place.tenant, name, each, urgent=is_urgent) for each in looks):
            yield f"delivery {number} is held in {name} though it is not quiet there"


def _everything_is_accounted_for(evidence: Evidence, accounts: Sequence[Account]) -> Iterator[str]:
    found = Counter((each.event.token, each.rule.name, each.place.space) for each in accounts)
    stored = {each.event.token for each in accounts}
    for event in evidence.plan.events:
        for rule in evidence.plan.rules:
            for place in rule.places if rule.wants(event) else ():
                count = found.pop((event.token, rule.name, place.space), 0)
                is_due = event.token in evidence.pipedrive.accepted or event.token in stored
                if is_due and count != 1:
                    yield f"{event.token}, {rule.name}, {place.space}: accounted for {count} times"
    yield from (f"{what} is accounted for, and nobody wanted it" for what in found)


def _each_end_has_its_cause(evidence: Evidence, accounts: Sequence[Account]) -> Iterator[str]:
    """Whatever was not delivered has a reason that people gave."""
    for each in accounts:
        what = f"{each.event.token} for {each.rule.name} in {each.place.space}"
        if each.state == DeliveryState.DEAD and each.place.space in evidence.plan.outside.gone_from:
            continue
        if each.state not in ENDS:
            yield f"{what} ended as {each.state}: {each.reason}"
        elif each.state == DeliveryState.DIGESTED and not _is_digested_rightly(evidence, each):
            yield f"{what} was digested without a digest"
        elif each.state == DeliveryState.SKIPPED and not _is_skipped_rightly(evidence, each):
            yield f"{what} was skipped without a cause: {each.reason}"
    yield from _joined_are_shown(accounts)


def _is_digested_rightly(evidence: Evidence, each: Account) -> bool:
    begin, end = _span(evidence, each)
    return not each.is_urgent and touched(evidence.decisions.digests, each, begin, end)


def _is_skipped_rightly(evidence: Evidence, each: Account) -> bool:
    """Whether somebody muted or paused it, or pressed on a card what it tells, or another card shows it."""
    begin, end = _span(evidence, each)
    if each.reason.startswith("muted"):
        return touched(evidence.decisions.mutes, each, begin, end)
    if "paused" in each.reason:
        return touched(evidence.decisions.pauses, each, begin, end + HELD_SLACK_S)
    if each.reason == SHOWN_ALREADY:
        state = each.event.kind.removeprefix("deal.")
        pressed = (evidence.tenants[each.event.tenant], str(each.event.deal), state)
        return pressed in evidence.pressed_states
    return each.reason == JOINED


def _span(evidence: Evidence, each: Account) -> tuple[float, float]:
    """From when until when an account was under way, seen with some slack."""
    return each.created - evidence.slack, max(each.created, each.finished) + evidence.slack


def _joined_are_shown(accounts: Sequence[Account]) -> Iterator[str]:
    """What the card of another rule shows needs that card."""
    others = {(each.event.token, each.place.space) for each in accounts if each.reason != JOINED}
    for each in accounts:
        if each.reason == JOINED and (each.event.token, each.place.space) not in others:
            yield f"{each.event.token} in {each.place.space}: no card of another rule shows it"


def _messages_are_as_recorded(evidence: Evidence, accounts: Sequence[Account]) -> Iterator[str]:
    """Each delivered account has its one message, which shows it; each event is in one message of a space."""
    shown = {(each.space, each.request_id.removesuffix("-plain")): each for each in evidence.chat.shown}
    by_message: dict[tuple[str, str], list[Account]] = defaultdict(list)
    for each in accounts:
        if each.state == DeliveryState.DELIVERED:
            by_message[each.place.space, each.key.removeprefix("client-")].append(each)
    for key, several in by_message.items():
        message = shown.get(key)
        tokens = {each.event.token for each in several}
        if message is None:
            yield f"{', '.join(sorted(tokens))} counts as delivered, and {key[0]} does not show it"
        else:
            yield from _message_is_right(message, several)
            yield from _reply_is_threaded(evidence.plan, message, several)
    unsent = (DeliveryState.SKIPPED, DeliveryState.DEAD)
    tried = {each.key.removeprefix("client-") for each in accounts if each.state in unsent}
    yield from _nothing_is_shown_twice(evidence, by_message, tried)


def _message_is_right(message: Shown, several: Sequence[Account]) -> Iterator[str]:
    """A message shows what may be shown of its events, in the right thread, or says how many they are."""
    tokens = {each.event.token for each in several}
    open_ones = {each.event.token for each in several if each.rule.shows(each.event)}
    present, what = set(TOKEN.findall(message.body)), f"“{message.title}” in {message.space}"
    if present - open_ones:
        yield f"{what} shows what it should not"
    elif len(tokens) == 1 and present != open_ones:
        yield f"{what} does not show {tokens}"
    elif len(tokens) > 1 and _count_of(message) != len(tokens):
        yield f"{what} stands for {len(tokens)} events"


def _reply_is_threaded(plan: Plan, message: Shown, several: Sequence[Account]) -> Iterator[str]:
    """The card of one event is in the thread of its deal, if all rules that want it there thread."""
    one = several[0]
    if (
        one.place.is_outside
        or len(several) > 1
        or one.is_urgent
        or one.event.kind in NEWS
        or not one.rule.shows(one.event)
    ):
        return
    rules = [each for each in plan.rules if each.wants(one.event) and one.place in each.places]
    if all(each.is_threaded for each in rules) and message.thread != f"deal-{one.event.deal}":
        yield f"“{message.title}” in {message.space} is not in the thread of its deal"


def _nothing_is_shown_twice(
    evidence: Evidence, by_message: dict[tuple[str, str], list[Account]], tried: set[str]
) -> Iterator[str]:
    """`tried` are requests that nobody answered, and whose deliveries were given up then: they may arrive."""
    others = _other_requests(evidence) | tried
    for message in evidence.chat.shown:
        request = message.request_id.removesuffix("-plain")
        if (message.space, request) not in by_message and request not in others:
            yield f"“{message.title}” in {message.space} is recorded nowhere"
    places = Counter(
        (space, token)
        for (space, _), several in by_message.items()
        for token in {each.event.token for each in several if not each.instead_of}
    )
    yield from (f"{token} is shown twice in {space}" for (space, token), count in places.items() if count > 1)
    names = Counter((each.space, each.request_id) for each in evidence.chat.shown)
    yield from (
        f"{request} was posted twice in {space}" for (space, request), count in names.items() if count > 1
    )


def _count_of(message: Shown) -> int:
    """Return the number in the heading of a summary."""
    found = COUNT.search(message.title)
    return int(found.group().replace(",", "")) if found else 1


def _other_requests(evidence: Evidence) -> set[str]:
    """Return the requests of notices and summary cards."""
    with evidence.database.reading_all() as session:
        return set(session.scalars(select(Delivery.request_id).where(Delivery.event_id.is_(None))))


def _summaries_count_what_was_gathered(evidence: Evidence) -> Iterator[str]:
    """Each mute and each issue of a digest ends with one card a place, which counts what it kept back."""
    gathered: dict[tuple[str, int], set[int]] = defaultdict(set)
    with evidence.database.reading_all() as session:
        tokens = {f"mute-{each.id}": each.token for each in session.scalars(select(Mute))}
        tokens |= {f"digest-{each.id}": each.token for each in session.scalars(select(Digest))}
        rows = session.scalars(select(Delivery).where(Delivery.gathered_for.is_not(None)))
        for row in rows:
            if row.destination_id is not None and row.event_id is not None:
                gathered[str(row.gathered_for), row.destination_id].add(row.event_id)
        places = {each.id: each.name for each in session.scalars(select(Destination))}
        skipped = select(Delivery.request_id).where(
            Delivery.event_id.is_(None),
            Delivery.state == DeliveryState.SKIPPED,
            Delivery.reason.like("%paused%"),
        )
        paused = set(session.scalars(skipped))
    shown = {(each.space, each.request_id.removesuffix("-plain")): each for each in evidence.chat.shown}
    for (key, place), events in gathered.items():
        request = uuid.uuid5(uuid.UUID(tokens[key]), str(place)).hex
        message = shown.get((places[place], request))
        if places[place] in evidence.plan.outside.gone_from:
            continue
        if request in paused and any(each.space == places[place] for each in evidence.decisions.pauses):
            continue
        if message is None:
            yield f"{len(events)} events kept back for {key} in {places[place]} are shown nowhere"
        elif _count_of(message) != len(events):
            yield f"“{message.title}” in {places[place]} stands for {len(events)} events"


def _nothing_crosses_tenants(evidence: Evidence) -> Iterator[str]:
    owners = {each.space: each.tenant for each in evidence.plan.places}
    for message in evidence.chat.shown:
        strangers = {each for each in TOKEN.findall(message.body) if each[0] != owners.get(message.space)}
        if strangers:
            yield f"{message.space} shows {', '.join(sorted(strangers))} of another company"
