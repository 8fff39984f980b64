"""A routing policy in plain sentences."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

from bot.rules.condition_words import condition_words, field_label
from bot.text.format import listed, number
from models.languages.translate import marked, tr
from models.pipedrive.filters.filters import InvalidFilter
from models.pipedrive.names import Names
from models.routing.policies import PolicyDraft, PolicyPart
from models.tables.routing import RoutingMethod

ON: Final = ("lead.created",)
METHOD_TEXTS: Final[Mapping[str, str]] = {
    RoutingMethod.ROUND_ROBIN: marked("One after the other"),
    RoutingMethod.LOAD: marked("Whoever has the fewest open leads"),
    RoutingMethod.TERRITORY: marked("By territory, the value of a field"),
    RoutingMethod.VALUE: marked("By the value of the lead"),
    RoutingMethod.SOURCE: marked("By source"),
    RoutingMethod.SKILL: marked("By skill, the value of a field"),
}


def when_text(draft: PolicyDraft, names: Names) -> str:
    """Return which leads a policy is for."""
    try:
        words = condition_words(draft.when, ON, names)
    except InvalidFilter as unfit:
        return tr("this does not fit: {why}", why=unfit.problems[0][1])
    return words or tr("all new leads")


def policy_lines(draft: PolicyDraft, people: Mapping[int, str], names: Names) -> list[str]:
    """Return what a policy does, a sentence each."""
    lines = [
        tr("For: {which}.", which=when_text(draft, names)),
        f"{tr(METHOD_TEXTS[draft.method])}: {_named(draft.members, people)}.",
    ]
    if draft.path:
        about = field_label(draft.path, ON, names)
        lines += [f"{about} {part_text(part)}: {_named(part.people, people)}." for part in draft.parts]
    if draft.writes_owner:
        lines.append(tr("The owner in Pipedrive is set when a lead is offered."))
    else:
        lines.append(tr("The owner in Pipedrive is set when a lead is accepted."))
    lines += _time_lines(draft, people)
    return lines


def _time_lines(draft: PolicyDraft, people: Mapping[int, str]) -> list[str]:
    lines = []
    if draft.claim_minutes:
        lines.append(
            tr(
                "Whoever has not accepted after {minutes} minutes loses it to the next person.",
                minutes=draft.claim_minutes,
            )
        )
    if draft.manager_id is not None:
        lines.append(
            tr(
                "What nobody accepts goes to {who}.",
                who=people.get(draft.manager_id, tr("somebody who left")),
            )
        )
    if draft.most_open:
        lines.append(tr("At most {count} open leads a person.", count=draft.most_open))
    if draft.most_today:
        lines.append(tr("At most {count} leads a person and day.", count=draft.most_today))
    hours = tr("Only to people who work then; minutes count in their working hours.")
    return [*lines, hours] if draft.in_hours else lines


def part_text(part: PolicyPart) -> str:
    """Return the values of a part as they are typed."""
    return (
        tr("from {amount}", amount=number(part.least)) if part.least is not None else ", ".join(part.values)
    )


def _named(user_ids: Sequence[int], people: Mapping[int, str]) -> str:
    return listed([people.get(each, tr("somebody who left")) for each in user_ids], most=10)
