"""Checks on the fields of a deal: value, contact, lost reason, and what its stage requires."""

from __future__ import annotations

from models.languages.translate import marked
from models.nudges.checks.check import CheckScope, check
from models.nudges.facts import EMPTY, DealFacts, Fix, NudgeFinding


@check(
    "no_value",
    gravity=50,
    text=marked("No value"),
    line=marked("It has no value"),
    fix=Fix.VALUE,
)
def no_value(facts: DealFacts) -> NudgeFinding | None:
    return None if facts.state.get("value") not in (None, "", 0) else NudgeFinding()


@check(
    "no_contact",
    gravity=40,
    text=marked("No contact person"),
    line=marked("It has no contact person"),
    fix=Fix.CONTACT,
)
def no_contact(facts: DealFacts) -> NudgeFinding | None:
    return None if facts.state.get("person_id") not in EMPTY else NudgeFinding()


@check(
    "missing_fields",
    gravity=55,
    text=marked("Fields that its stage requires"),
    line=marked("Its stage requires: {fields}"),
    fix=Fix.FIELDS,
)
def missing_fields(facts: DealFacts) -> NudgeFinding | None:
    missing = [each for each in facts.required if facts.state.get(each) in EMPTY]
    return NudgeFinding(fields=missing) if missing else None


@check(
    "lost_without_reason",
    gravity=30,
    text=marked("Lost without a reason"),
    line=marked("It was lost, and nobody has said why"),
    fix=Fix.REASON,
    scope=CheckScope.LOST,
)
def lost_without_reason(facts: DealFacts) -> NudgeFinding | None:
    is_lost = facts.state.get("status") == "lost"
    return NudgeFinding() if is_lost and not str(facts.state.get("lost_reason") or "").strip() else None
