"""The cards of operators: one list of rows for each view, and the question before dead letters go again."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from bot.widgets import Button, Buttons, Card, Fact, Icon, Message, Section, Text, Widget, press
from models.deliveries.replay import ReplayResult
from models.languages.translate import marked, tr, tr_plural, whole

LATE_S: Final = 60  # what is due for longer is shown as wrong
MOST_ROWS: Final = 40
MOST_PLACES: Final = 10
NAMES: Final = {
    "overview": marked("Overview"),
    "queues": marked("Queues"),
    "breakers": marked("Breakers"),
    "dead": marked("Dead letters"),
    "alerts": marked("Alerts"),
}


@dataclass(frozen=True, slots=True)
class OperatorRow:
    """A fact that operators read. `team` is the id of the tenant whose dead letters it counts, 0 for none."""

    text: str
    label: str = ""
    is_wrong: bool = False
    team: int = 0

    def draw(self) -> Fact:
        icon = Icon("error", tr("Wrong")) if self.is_wrong else None
        ask = press("ops.ask", team=str(self.team))
        end = Button(tr("Send again"), ask) if self.team else None
        return Fact(self.text, label=self.label, icon=icon, end=end)


def views(names: Sequence[str]) -> list[Button]:
    """Return the buttons to other views."""
    return [Button(tr(NAMES[each]), press("ops.show", view=each)) for each in names]


def operator_card(title: str, rows: Sequence[OperatorRow], others: Sequence[str]) -> Message:
    """Return a view; what it cannot show is counted at its end."""
    widgets: list[Widget] = [row.draw() for row in rows[:MOST_ROWS]]
    if (left := len(rows) - MOST_ROWS) > 0:
        widgets.append(Text(tr("and {count} more", count=whole(left))))
    sections = [Section(widgets), Section([Buttons(*views(others))])]
    return Message(Card(title, tr("All teams"), sections, card_id="ops"), fallback_text=title)


def replay_card(team_id: int, team: str, would: ReplayResult) -> Message:
    """Return the question before the dead letters of a team go again."""
    count = would.counted.total()
    title = tr_plural("Send {count} dead letter again?", "Send {count} dead letters again?", count)
    rows: list[Widget] = [
        Fact(whole(each), label=name) for name, each in would.counted.most_common(MOST_PLACES)
    ]
    rows += [
        Fact(tr("{count} stay: {why}", count=whole(each), why=why)) for why, each in would.left_out.items()
    ]
    if not count:
        title = tr("Nothing of this team can be sent again")
    ask = [Button(tr("Send again"), press("ops.replay", team=str(team_id)), primary=True)] if count else []
    sections = [Section(rows or [Text(tr("It has no dead letters."))])]
    sections.append(Section([Buttons(*ask, *views(["dead"]))]))
    return Message(Card(title, team, sections, card_id="ops-replay"), fallback_text=title)
