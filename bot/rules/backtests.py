"""The card of a backtest: what a rule would have done with the stored events, and what it just missed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from bot.cards.restricted import bare
from bot.context import Context
from bot.rules.condition_words import condition_words
from bot.text.changes import title_of, what_happened
from bot.text.format import ago, plural, wall_time
from bot.widgets import Button, Buttons, Card, Fact, Icon, Message, Press, Section, Text, Widget, press
from models.clock import now
from models.connections.visibility import viewer_of
from models.database.row_ids import row_id
from models.errors import InvalidRequest
from models.languages.translate import marked, tr, tr_plural, tr_stored, whole
from models.pipedrive.filters.conditions import Condition
from models.pipedrive.filters.filters import InvalidFilter
from models.pipedrive.names import Names
from models.rules.backtest import Backtest, Example, Limits, backtest
from models.rules.save import read_draft
from models.tables import Rule

USUAL_DAYS: Final = 7
MOST_DAYS: Final = 30  # events are stored for so long
ANSWER_S: Final = 0.7  # a person waits for the answer
UNREADABLE: Final = marked("The conditions of this rule cannot be read any more. Edit it first.")


@dataclass(frozen=True, slots=True)
class Part:
    """Which part of the time is looked at, and what earlier parts counted; it travels with “Go on”."""

    days: int = USUAL_DAYS
    before: int | None = None
    fired: int = 0
    near: int = 0
    looked: int = 0

    def parameters(self) -> dict[str, str]:
        named = {"before": self.before, "fired": self.fired, "near": self.near, "looked": self.looked}
        return {"days": str(self.days), **{name: str(value) for name, value in named.items() if value}}


def read_part(context: Context) -> Part:
    """Return the part that a button names; what is no number counts as nothing."""
    given = {
        name: row_id(context.interaction.parameters.get(name, ""))
        for name in ("days", "before", "fired", "near", "looked")
    }
    days = min(max(given["days"] or USUAL_DAYS, 1), MOST_DAYS)
    return Part(days, given["before"], given["fired"] or 0, given["near"] or 0, given["looked"] or 0)


def days_of(word: str) -> int | None:
    """Return the days of `7d`, `2w` or `30 days`; None if the word is none of these."""
    digits = word.lower().removesuffix("s").removesuffix("day").removesuffix("d").strip()
    if word.lower().endswith("w") and word[:-1].isdecimal():
        return int(word[:-1][:4]) * 7
    is_days = digits.isdecimal() and digits != word
    return int(digits[:4]) if is_days else None


def backtest_card(context: Context, rule: Rule, part: Part) -> Message:
    """Return what the rule would have done. Raises InvalidRequest for conditions that cannot be read."""
    draft = read_draft(context.session, rule)
    at, viewer = now(), viewer_of(context.session, context.actor)
    limits = Limits(seconds=ANSWER_S, before=part.before)
    try:
        found = backtest(
            context.session, context.tenant_id, draft, at - timedelta(days=part.days), limits, viewer
        )
    except InvalidFilter as unreadable:
        raise InvalidRequest(user_message=tr(UNREADABLE)) from unreadable
    go_on = found.go_on if found.looked_at else None
    sums = Part(
        part.days,
        go_on,
        part.fired + found.fired,
        part.near + found.near_misses,
        part.looked + found.looked_at,
    )
    return _draw(rule, found, sums)


def _draw(rule: Rule, found: Backtest, sums: Part) -> Message:
    events = plural(sums.fired, "event")
    title = tr_plural(
        "“{name}”: {events} in {count} day",
        "“{name}”: {events} in {count} days",
        sums.days,
        name=rule.name[:80],
        events=events,
    )
    rows = _example_rows(found.examples, found.names, rule.event_types)
    misses = _example_rows(found.misses, found.names, rule.event_types)
    sections = [
        Section([Text(_summary(sums))]),
        Section(rows, tr("It would have posted")),
        Section(misses, tr("Near misses: only one condition failed")),
        Section([Buttons(*_buttons(rule, sums))]),
    ]
    if sums.before is not None and found.back_to is not None:
        part = tr("So far back to {time}; go on for the rest of the time.", time=wall_time(found.back_to))
        sections.insert(1, Section([Fact(part, icon=Icon("hourglass_top", tr("Not all yet")))]))
    shown = [each for each in sections if each.widgets]
    return Message(Card(title, tr("What it would have done"), shown, card_id="backtest"), fallback_text=title)


def _summary(sums: Part) -> str:
    if not sums.looked:
        return tr_plural(
            "Nothing came from Pipedrive in the last {count} day.",
            "Nothing came from Pipedrive in the last {count} days.",
            sums.days,
        )
    near = plural(sums.near, "near miss", "near misses")
    return tr_plural(
        "Of {count} event it fits {fired}. {near}.",
        "Of {count} events it fits {fired}. {near}.",
        sums.looked,
        fired=whole(sums.fired),
        near=near,
    )


def _buttons(rule: Rule, sums: Part) -> list[Button]:
    go_on = Press("rule.backtest", {"rule": str(rule.id), **sums.parameters()})
    longer = press("rule.backtest", rule=rule.id, days=MOST_DAYS)
    found = [Button(tr("Go on"), go_on, primary=True)] if sums.before is not None else []
    if sums.days < MOST_DAYS:
        found.append(Button(plural(MOST_DAYS, "day"), longer))
    return [*found, Button(tr("Back to the rule"), press("rule.show", rule=rule.id))]


def _example_rows(examples: Sequence[Example], names: Names, on: Sequence[str]) -> list[Widget]:
    return [_example_row(each, names, on) for each in examples]


def _example_row(each: Example, names: Names, on: Sequence[str]) -> Fact:
    when = ago(each.at, now())
    if each.redacted_because:
        icon = Icon("visibility_off", tr("Restricted"))
        return Fact(bare(each.change), below=f"{tr_stored(each.redacted_because)} · {when}", icon=icon)
    what = what_happened(each.change, names) if each.failed is None else _failure_text(each, names, on)
    return Fact(title_of(each.change, names), below=f"{what} · {when}")


def _failure_text(each: Example, names: Names, on: Sequence[str]) -> str:
    words = condition_text(each.failed, on, names) if each.failed is not None else ""
    if each.found[:3] in ("it ", "not"):
        return f"{words}: {tr_stored(each.found)}"
    return tr("{condition}: it was {found}", condition=words, found=tr_stored(each.found))


def condition_text(failed: Condition, on: Sequence[str], names: Names) -> str:
    """Return a condition in the words of the form."""
    node = {"field": failed.field, "op": failed.op}
    if failed.asked is not None:
        node["value"] = failed.asked
    try:
        return condition_words(node, on, names)
    except InvalidFilter:
        return failed.words
