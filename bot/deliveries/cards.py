"""The card of what was sent, what failed and what waits, newest first."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from bot.text.format import plural
from bot.widgets import Button, Buttons, Card, Fact, Icon, Message, Section, Text, Widget, press

_ICONS = {
    "dead": ("error", "Failed"),
    "skipped": ("block", "Not sent"),
    "delivered": ("check_circle", "Sent"),
    "held": ("bedtime", "Held"),
}
_TITLES = {"failed": "What failed", "held": "What is held", "": "What was sent"}
_EMPTY = {
    "failed": "Nothing failed: what was owed has arrived, or is on its way.",
    "held": "Nothing is held. What comes in quiet hours waits here until they end.",
    "": "Nothing was owed yet. Test a rule, and its card appears here.",
}


@dataclass(frozen=True, slots=True)
class LogRow:
    """One delivery, in the words shown to people.

    `what`: "Acme renewal: Deal won"; `state` as in the database, `state_text` the same for people;
    `when`: "5 minutes ago"; `may_retry`: it failed or was skipped, and its destination is still active.
    """

    id: str
    what: str
    state: str
    state_text: str
    where: str = ""
    rule: str = ""
    reason: str = ""
    when: str = ""
    attempts: int = 0
    is_test: bool = False
    may_retry: bool = False


@dataclass(frozen=True, slots=True)
class LogView:
    """Which part of the log a card shows. `only`: failed, held, or empty for all; `rule` an id, or empty."""

    only: str = ""
    rule: str = ""
    rule_name: str = ""
    page: int = 1
    more: bool = False
    may_retry: bool = True
    notice: str = ""


def log_card(rows: Sequence[LogRow], view: LogView) -> Message:
    """Return a page of the log; `view.notice` reports what a button on this card has just done."""
    title = _TITLES[view.only]
    subtitle = ", ".join(filter(None, (_order(view), f"page {view.page:,}" if view.page > 1 else "")))
    drawn: list[Widget] = [_row(row, view) for row in rows] or [Text(_EMPTY[view.only])]
    if view.notice:
        drawn.insert(0, Fact(view.notice, icon=Icon("info", "What was done")))
    ways = Section([Buttons(*_turns(view), *_others(view))])
    card = Card(title, subtitle, [Section(drawn), ways], [_next_step(rows, view)], card_id="log")
    return Message(card, fallback_text=view.notice or f"{title}: {plural(len(rows), 'row')}")


def _order(view: LogView) -> str:
    return f"Of the rule “{view.rule_name}”, newest first" if view.rule else "Newest first"


def _row(row: LogRow, view: LogView) -> Fact:
    icon = Icon(*_ICONS.get(row.state, ("schedule", "On its way")))
    tries = plural(row.attempts, "attempt") if row.attempts else ""
    rule = f"Rule {row.rule}" if row.rule else ""
    below = " · ".join(filter(None, (row.reason, tries, rule, f"no. {row.id}")))
    label = " · ".join(filter(None, (row.state_text, row.where, row.when)))
    again = press("log.retry", delivery=row.id, **_asked(view, view.page))
    end = Button("Retry", again) if row.may_retry and view.may_retry else None
    return Fact(f"TEST · {row.what}" if row.is_test else row.what, label, icon, below, end)


def _asked(view: LogView, page: int) -> dict[str, Any]:
    return {"only": view.only, "rule": view.rule, "page": page}


def _turns(view: LogView) -> list[Button]:
    back = [Button("Previous", press("log.show", **_asked(view, view.page - 1)))] if view.page > 1 else []
    on = [Button("Next", press("log.show", **_asked(view, view.page + 1)))] if view.more else []
    return back + on


def _others(view: LogView) -> list[Button]:
    names = {"": "All", "failed": "Failed", "held": "Held"}
    return [
        Button(name, press("log.show", only=only, rule=view.rule, page=1))
        for only, name in names.items()
        if only != view.only
    ]


def _next_step(rows: Sequence[LogRow], view: LogView) -> Button:
    if not rows and view.rule:
        return Button("Open the rule", press("rule.show", rule=view.rule), primary=True)
    if not rows and not view.only:
        return Button("Rules", press("rule.list"), primary=True)
    return Button("Refresh", press("log.show", **_asked(view, view.page)), primary=True)
