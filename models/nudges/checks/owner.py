"""The check on the owner of a deal."""

from __future__ import annotations

from models.languages.translate import marked
from models.nudges.checks.check import CheckScope, check
from models.nudges.facts import DealFacts, Fix, NudgeFinding


@check(
    "orphan_owner",
    gravity=95,
    text=marked("Owner who is gone"),
    line=marked("Its owner is not active in Pipedrive any more"),
    fix=Fix.OWNER,
    scope=CheckScope.NOBODYS,
)
def orphan_owner(facts: DealFacts) -> NudgeFinding | None:
    return NudgeFinding() if facts.owner_is_active is False else None
