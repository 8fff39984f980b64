"""Checks on the time of a deal: its close date, its stage, its forecast."""

from __future__ import annotations

from datetime import timedelta

from models.languages.translate import marked
from models.nudges.checks.check import check
from models.nudges.facts import DealFacts, Fix, NudgeFinding
from models.pipedrive.webhook.parsed import moment


@check(
    "close_date_past",
    gravity=100,
    text=marked("Close date in the past"),
    line=marked("Its close date is past"),
    fix=Fix.CLOSE_DATE,
)
def close_date_past(facts: DealFacts) -> NudgeFinding | None:
    day = facts.day("expected_close_date")
    return NudgeFinding((facts.today - day).days) if day is not None and day < facts.today else None


@check(
    "stuck_in_stage",
    gravity=60,
    text=marked("Stuck in its stage"),
    line=marked("It does not leave its stage"),
    fix=Fix.STAGE,
)
def stuck_in_stage(facts: DealFacts) -> NudgeFinding | None:
    """Find a deal that has not left its stage for the time that the stage allows, else the team."""
    since = moment(facts.state.get("stage_change_time")) or moment(facts.state.get("add_time"))
    days = (facts.at - since).days if since is not None else 0
    return NudgeFinding(days) if days >= (facts.rotten_days or facts.limits.stuck_days) else None


@check(
    "stale_forecast",
    gravity=70,
    text=marked("Stale forecast"),
    line=marked("It should close soon, and nobody has changed it"),
    fix=Fix.CLOSE_DATE,
)
def stale_forecast(facts: DealFacts) -> NudgeFinding | None:
    """Find a deal that should close soon and that nobody has touched: one of the past is another check's."""
    day = facts.day("expected_close_date")
    if day is None or not facts.today <= day <= facts.today + timedelta(days=facts.limits.forecast_days):
        return None
    return NudgeFinding(facts.days_idle) if facts.days_idle >= facts.limits.idle_days else None
