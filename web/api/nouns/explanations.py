"""How an explanation is answered: the event, each rule with its conditions, and what became of the cards."""

from __future__ import annotations

from bot.cards.restricted import bare
from bot.text.changes import title_of, what_happened
from models.rules.why.explain import Explanation
from models.rules.why.verdicts import RuleVerdict
from web.api.schemas import Id, Moment, Out


class ConditionOut(Out):
    """One condition: `holds` is null where it cannot be decided; `depth` says how deep it stands."""

    condition: str
    holds: bool | None
    why: str
    depth: int


class VerdictOut(Out):
    """What one rule made of the event; `deliveries` are the ids of the cards that it wanted."""

    rule_id: Id | None
    rule: str
    verdict: str
    why: str
    conditions: list[ConditionOut]
    deliveries: list[Id]
    changed_since: bool
    made_since: bool


class ExplanationOut(Out):
    """Why an event made the cards that it made; `redacted` says why its values are not shown."""

    event_id: Id
    received_at: Moment
    state: str
    outcome: str
    title: str
    what: str
    redacted: str
    rules: list[VerdictOut]
    rules_not_shown: int
    rules_about_other_events: int


def draw_explanation(explained: Explanation) -> ExplanationOut:
    """Return an explanation as it is answered."""
    change, names = explained.change, explained.names
    title, what = "", ""
    if change is not None:
        title = bare(change) if explained.redacted else title_of(change, names)
        what = "" if explained.redacted else what_happened(change, names)
    return ExplanationOut(
        event_id=explained.event_id,
        received_at=explained.received_at,
        state=explained.state,
        outcome=explained.outcome,
        title=title,
        what=what,
        redacted=explained.redacted,
        rules=[_draw_verdict(each) for each in explained.rules],
        rules_not_shown=explained.untold,
        rules_about_other_events=explained.others,
    )


def _draw_verdict(each: RuleVerdict) -> VerdictOut:
    conditions = [
        ConditionOut(condition=one.words, holds=one.holds, why=one.why, depth=one.depth)
        for one in each.conditions
    ]
    return VerdictOut(
        rule_id=each.rule_id,
        rule=each.name,
        verdict=each.verdict,
        why=each.why,
        conditions=conditions,
        deliveries=[one.id for one in each.deliveries],
        changed_since=each.is_changed,
        made_since=each.is_new,
    )
