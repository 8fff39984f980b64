"""The cards of operators: one list of rows for each view, and the question before dead letters go again."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from bot.cards.done import done_card
from bot.text.sent_again import can_go_text, left_out_text, sent_again_text
from bot.widgets import Button, Buttons, Card, Fact, Icon, Message, Section, Text, Widget, press
from models.deliveries.actions import RetriedBatch
from models.deliveries.replay import BATCH
from models.languages.translate import marked, tr, whole
from models.waits.replay import ReplayPreview

MOST_ROWS: Final = 40
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
        icon = Icon("error", tr("Problem")) if self.is_wrong else None
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


def replay_card(team_id: int, team: str, would: ReplayPreview) -> Message:
    """Return the question before the dead letters of a team go again."""
    details = [left_out_text(why, count) for why, count in would.left_out.items()]
    ask = [_send(team_id)] if would.count else []
    title, facts = can_go_text(would.count), [(tr("Team"), team)]
    return done_card(title, " ".join(details), facts=facts, buttons=[*ask, *views(["dead"])])


def replayed_card(team_id: int, team: str, sent: RetriedBatch) -> Message:
    """Return how many dead letters of a team go again, with a button for the next ones."""
    details = [left_out_text(why, count) for why, count in sent.left_out.items()]
    title = sent_again_text(sent.count) if sent.count else tr("Nothing was sent again")
    more = [_send(team_id)] if sent.may_continue else []
    facts = [(tr("Team"), team)]
    return done_card(title, " ".join(details), facts=facts, buttons=[*more, *views(["overview", "dead"])])


def _send(team_id: int) -> Button:
    """Return the button that sends one batch."""
    text = tr("Send the oldest {count} again", count=whole(BATCH))
    return Button(text, press("ops.replay", team=str(team_id)), primary=True)
