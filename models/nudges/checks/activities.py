"""Checks on the activities of a deal."""

from __future__ import annotations

from models.languages.translate import marked
from models.nudges.checks.check import check
from models.nudges.facts import DealFacts, Fix, NudgeFinding
from models.pipedrive.name_refs import id_key


@check(
    "overdue_activity",
    gravity=90,
    text=marked("Overdue activity"),
    line=marked("“{subject}” is overdue"),
    fix=Fix.DONE,
)
def overdue_activity(facts: DealFacts) -> NudgeFinding | None:
    """Find the activity that is overdue longest, by whole days: one of this morning is not late yet."""
    late = [(each.due_at, each) for each in facts.activities or () if each.due_at and each.due_at <= facts.at]
    if not late:
        return None
    due_at, first = min(late, key=lambda pair: pair[0])
    days = (facts.at - due_at).days
    return NudgeFinding(days, activity_id=first.id, subject=first.subject) if days >= 1 else None


@check(
    "no_next_activity",
    gravity=80,
    text=marked("No next activity"),
    line=marked("Nothing is planned"),
    fix=Fix.ACTIVITY,
)
def no_next_activity(facts: DealFacts) -> NudgeFinding | None:
    """Find a deal without any activity that is not done.

    One that the deal itself names and that we have not heard of yet counts as planned.
    """
    if facts.activities is None or facts.activities:
        return None
    named = id_key(facts.state.get("next_activity_id"))
    return None if named and named not in facts.done_ids else NudgeFinding()
