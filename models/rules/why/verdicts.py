"""What each rule made of an event: fired, not met, undecidable, off; condition by condition."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from typing import Final

from models.pipedrive.change import Change
from models.pipedrive.filters.compiled import compiled
from models.pipedrive.filters.filters import ConditionResult, InvalidFilter
from models.pipedrive.names import Names
from models.pipedrive.types import entities_of, wants
from models.tables.deliveries import Delivery
from models.tables.rules import Rule

REDACTED: Final = "not shown here: not everybody may see it"
UNREADABLE_FILTER: Final = "its conditions name something that does not exist any more"


class Verdict(StrEnum):
    """What a rule made of an event, in the order in which the rules are told."""

    FIRED = "fired"  # it made a delivery
    FITS_NOW = "fits now"  # it would fire as it is today, and made no delivery then
    UNDECIDABLE = "undecidable"
    NOT_MET = "not met"
    OFF = "off"


@dataclass(frozen=True, slots=True)
class RuleVerdict:
    """One rule and an event.

    `conditions` are decided by the rule as it is now; `holds` is their result. `why` says what besides them
    decided. `is_new`: the rule was made after the event; `is_changed`: changed after it. `rule_id` is None
    for a rule that was deleted since, and `deliveries` are those of the event that the reader may read.
    """

    rule_id: int | None
    name: str
    verdict: Verdict
    conditions: tuple[ConditionResult, ...] = ()
    holds: bool | None = True
    why: str = ""
    is_new: bool = False
    is_changed: bool = False
    is_off: bool = False
    posts_nowhere: bool = False
    deliveries: tuple[Delivery, ...] = ()

    @property
    def failing(self) -> int:
        """How many conditions do not hold."""
        return sum(each.holds is not True for each in self.conditions)


def looks_at(rule: Rule, change: Change) -> bool:
    """Whether a rule is about changes like this one, also where its type is in doubt."""
    return wants(rule.event_types, change.every_type) or wants(rule.event_types, _doubtful(change))


def _doubtful(change: Change) -> tuple[str, ...]:
    return tuple(event_type for event_type, _ in change.doubts)


@dataclass(frozen=True, slots=True)
class Facts:
    """The event that is judged. `names` decide, `public` are those of them that everybody may read."""

    change: Change
    names: Names
    public: Names
    received_at: datetime


def judge(rule: Rule, facts: Facts, deliveries: Sequence[Delivery], *, posts_nowhere: bool) -> RuleVerdict:
    """Return what a rule made of an event; `deliveries` are those that it made."""
    conditions, holds, why = _decide(rule, facts)
    return RuleVerdict(
        rule.id,
        rule.name,
        _verdict(rule, holds, fired=bool(deliveries)),
        conditions,
        holds,
        why,
        is_new=rule.created_at > facts.received_at,
        is_changed=rule.updated_at > facts.received_at,
        is_off=not rule.is_enabled,
        posts_nowhere=posts_nowhere,
        deliveries=tuple(deliveries),
    )


def _verdict(rule: Rule, holds: bool | None, *, fired: bool) -> Verdict:
    if fired:
        return Verdict.FIRED
    if not rule.is_enabled:
        return Verdict.OFF
    if holds is None:
        return Verdict.UNDECIDABLE
    return Verdict.FITS_NOW if holds else Verdict.NOT_MET


def _decide(rule: Rule, facts: Facts) -> tuple[tuple[ConditionResult, ...], bool | None, str]:
    """Return the decided conditions, whether they hold together, and why they cannot be decided at all."""
    try:
        # A deal that is a lead is judged by rules for leads, too.
        entities = dict.fromkeys((*entities_of(rule.event_types), facts.change.entity))
        conditions = compiled(rule.conditions, tuple(entities), facts.names)
    except InvalidFilter:
        return (), None, UNREADABLE_FILTER
    decision = conditions.decide(facts.change, facts.names)
    steps = tuple(decision.steps)
    if facts.public is not facts.names:
        shown = conditions.decide(facts.change, facts.public).steps
        steps = tuple(map(_without_secrets, steps, shown))
    if not wants(rule.event_types, facts.change.every_type):
        doubt = next((why for each, why in facts.change.doubts if wants(rule.event_types, (each,))), "")
        return steps, None if decision.holds is not False else False, doubt
    return steps, decision.holds, ""


def _without_secrets(decided: ConditionResult, shown: ConditionResult) -> ConditionResult:
    """Leave out a value that was decided by the name of a restricted object."""
    return decided if decided.why == shown.why else replace(decided, why=REDACTED)


def without_conditions(verdict: RuleVerdict) -> RuleVerdict:
    """Return only that the rule fired: conditions tell values that the reader may not see."""
    return RuleVerdict(verdict.rule_id, verdict.name, verdict.verdict, deliveries=verdict.deliveries)


def deleted_rules(left: Mapping[str, Sequence[Delivery]]) -> Iterable[RuleVerdict]:
    """Yield a verdict for each rule that has deliveries, by its name then, and is there no more."""
    for name, deliveries in left.items():
        yield RuleVerdict(None, name, Verdict.FIRED, deliveries=tuple(deliveries))


def in_order(verdicts: Iterable[RuleVerdict]) -> list[RuleVerdict]:
    """Order verdicts: what fired first, then the nearest misses, then what is off."""
    ranks = {verdict: rank for rank, verdict in enumerate(Verdict)}
    return sorted(verdicts, key=lambda each: (ranks[each.verdict], each.failing))
