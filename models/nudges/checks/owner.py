"""The check on the owner of a deal."""

from __future__ import annotations

from models.languages.translate import marked
from models.nudges.checks.check import About, check
from models.nudges.facts import DealFacts, Finding, Fix


@check(
    "orphan_owner",
    gravity=95,
    text=marked("Owner who is gone"),
    line=marked("Its owner is not active in Pipedrive any more"),
    fix=Fix.OWNER,
    about=About.NOBODYS,
)
def orphan_owner(facts: DealFacts) -> Finding | None:
    return Finding() if facts.owner_is_active is False else None
