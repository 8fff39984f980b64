"""Checks on the fields of a deal: value, contact, lost reason, and what its stage requires."""

from __future__ import annotations

from models.languages.translate import marked
from models.nudges.checks.check import About, check
from models.nudges.facts import EMPTY, DealFacts, Finding, Fix


@check(
    "no_value",
    gravity=50,
    text=marked("No value"),
    line=marked("It has no value"),
    fix=Fix.VALUE,
)
def no_value(facts: DealFacts) -> Finding | None:
    return None if facts.state.get("value") not in (None, "", 0) else Finding()


@check(
    "no_contact",
    gravity=40,
    text=marked("No contact person"),
    line=marked("It has no contact person"),
    fix=Fix.CONTACT,
)
def no_contact(facts: DealFacts) -> Finding | None:
    return None if facts.state.get("person_id") not in EMPTY else Finding()


@check(
    "missing_fields",
    gravity=55,
    text=marked("Fields that its stage requires"),
    line=marked("Its stage requires: {fields}"),
    fix=Fix.FIELDS,
)
def missing_fields(facts: DealFacts) -> Finding | None:
    missing = [each for each in facts.required if facts.state.get(each) in EMPTY]
    return Finding(fields=missing) if missing else None


@check(
    "lost_without_reason",
    gravity=30,
    text=marked("Lost without a reason"),
    line=marked("It was lost, and nobody has said why"),
    fix=Fix.REASON,
    about=About.LOST,
)
def lost_without_reason(facts: DealFacts) -> Finding | None:
    is_lost = facts.state.get("status") == "lost"
    return Finding() if is_lost and not str(facts.state.get("lost_reason") or "").strip() else None
