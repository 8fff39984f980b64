"""What a team wants of nudges: read, switched on and off, and set."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field, fields, replace
from datetime import datetime
from typing import Any, Final

from sqlalchemy.orm import Session

from models.accounts.actor import Actor
from models.accounts.permissions import require
from models.accounts.rights import Action
from models.errors import InvalidRequest
from models.languages.translate import tr
from models.nudges.checks import CHECKS
from models.nudges.facts import NudgeLimits
from models.pipedrive.name_refs import id_key
from models.security.audit import record
from models.tables.nudges import NudgeSettings

WEEKDAYS: Final = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
WORKDAYS: Final = WEEKDAYS[:5]
SINCE: Final = "since"  # the keys of a check that is on
OFFERED: Final = "offered"
MOST_DAYS: Final = 366
MOST_STAGES: Final = 200
MOST_REQUIRED: Final = 10  # fields of one stage
_CLOCK: Final = re.compile(r"([01]\d|2[0-3]):[0-5]\d")
_FIELD: Final = re.compile(r"[a-z_]{1,40}|custom\.[A-Za-z0-9_]{1,64}")


@dataclass(frozen=True, slots=True)
class NudgePlan:
    """What a team wants; see `NudgeSettings`. `checks` are the names of those that are on."""

    is_on: bool = False
    checks: Sequence[str] = tuple(CHECKS)
    at: str = "08:30"
    weekdays: Sequence[str] = WORKDAYS
    limits: NudgeLimits = field(default_factory=NudgeLimits)
    required: Mapping[str, Sequence[str]] = field(default_factory=dict)
    shows_names: bool = False


def get_plan(session: Session, tenant_id: int) -> NudgePlan:
    """Return what a team has set, or what holds until it sets something."""
    row = session.get(NudgeSettings, tenant_id)
    return NudgePlan() if row is None else plan_of(row)


def plan_of(row: NudgeSettings) -> NudgePlan:
    known = {each.name for each in fields(NudgeLimits)}
    return NudgePlan(
        row.is_on,
        tuple(name for name in CHECKS if name in row.checks),
        row.at,
        tuple(row.weekdays),
        NudgeLimits(**{name: days for name, days in row.limits.items() if name in known}),
        {stage: tuple(names) for stage, names in row.required.items()},
        row.shows_names,
    )


def set_plan(session: Session, actor: Actor, wanted: NudgePlan, at: datetime) -> None:
    """Set what the team wants of nudges. Raises NotAllowed, and InvalidRequest that says what is wrong."""
    require(session, actor, Action.ATTENTION_CHANGE)
    _check(wanted)
    row = _row(session, actor.tenant)
    row.checks = {name: row.checks.get(name) or {SINCE: at.isoformat()} for name in wanted.checks}
    if wanted.is_on and not row.is_on:  # what nobody acted on while they were off counts for nothing
        row.checks = {name: {SINCE: at.isoformat()} for name in wanted.checks}
    row.is_on, row.at, row.weekdays = wanted.is_on, wanted.at, list(wanted.weekdays)
    row.limits, row.shows_names = asdict(wanted.limits), wanted.shows_names
    row.required = {stage: list(names) for stage, names in wanted.required.items() if names}
    row.next_at = at if wanted.is_on else None
    session.flush()
    record(session, actor, "nudge.set", "nudges", on=wanted.is_on, checks=list(wanted.checks), at=wanted.at)


def switch(session: Session, actor: Actor, *, on: bool, at: datetime) -> NudgePlan:
    """Switch nudges on or off; return what holds now. Raises NotAllowed."""
    require(session, actor, Action.ATTENTION_CHANGE)
    plan = get_plan(session, actor.tenant)
    if plan.is_on != on:
        plan = replace(plan, is_on=on)
        set_plan(session, actor, plan, at)
    return plan


def end_check(session: Session, actor: Actor, name: str) -> bool:
    """Switch one check off; return whether it was on. Raises NotAllowed."""
    require(session, actor, Action.ATTENTION_CHANGE)
    row = _row(session, actor.tenant)
    if name not in row.checks:
        return False
    row.checks = {each: state for each, state in row.checks.items() if each != name}
    session.flush()
    record(session, actor, "nudge.check_off", f"check {name}")
    return True


def keep_check(session: Session, actor: Actor, name: str, at: datetime) -> bool:
    """Keep a check that nobody acted on for two weeks more; return whether it is on. Raises NotAllowed."""
    require(session, actor, Action.ATTENTION_CHANGE)
    row = _row(session, actor.tenant)
    if name not in row.checks:
        return False
    row.checks = {**row.checks, name: {SINCE: at.isoformat()}}
    session.flush()
    record(session, actor, "nudge.check_kept", f"check {name}")
    return True


def _row(session: Session, tenant_id: int) -> NudgeSettings:
    row = session.get(NudgeSettings, tenant_id, with_for_update=True)
    if row is None:
        row = NudgeSettings(tenant_id=tenant_id, checks={}, weekdays=list(WORKDAYS), limits={}, required={})
        row.at, row.is_on, row.shows_names = "08:30", False, False
        session.add(row)
    return row


def _check(wanted: NudgePlan) -> None:
    unknown = next((name for name in wanted.checks if name not in CHECKS), None)
    if unknown is not None:
        raise InvalidRequest.of_field("checks", tr("There is no check called {name}.", name=unknown[:40]))
    if wanted.is_on and not wanted.checks:
        raise InvalidRequest.of_field("checks", tr("Choose at least one check."))
    if not _CLOCK.fullmatch(wanted.at):
        raise InvalidRequest.of_field("at", tr("Write the time as 08:30."))
    if not wanted.weekdays or not set(wanted.weekdays) <= set(WEEKDAYS):
        raise InvalidRequest.of_field("weekdays", tr("Choose at least one day of the week."))
    if not all(1 <= days <= MOST_DAYS for days in asdict(wanted.limits).values()):
        raise InvalidRequest.of_field("limits", tr("Days are numbers from 1 to {most}.", most=MOST_DAYS))
    _check_required(wanted.required)


def _check_required(required: Mapping[str, Sequence[str]]) -> None:
    if len(required) > MOST_STAGES or any(len(names) > MOST_REQUIRED for names in required.values()):
        text = tr("A stage requires at most {most} fields.", most=MOST_REQUIRED)
        raise InvalidRequest.of_field("required", text)
    for stage, names in required.items():
        wrong = next((each for each in names if not _FIELD.fullmatch(each)), None)
        if id_key(stage) is None or wrong is not None:
            raise InvalidRequest.of_field(
                "required", tr("There is no field called {name}.", name=str(wrong)[:40])
            )


def as_json(plan: NudgePlan) -> dict[str, Any]:
    """Return a plan as programs read it."""
    return {
        "on": plan.is_on,
        "checks": list(plan.checks),
        "at": plan.at,
        "weekdays": list(plan.weekdays),
        "limits": asdict(plan.limits),
        "required": {stage: list(names) for stage, names in plan.required.items()},
        "shows_names": plan.shows_names,
    }
