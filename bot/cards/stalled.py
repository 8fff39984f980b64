"""The card of stalled deals, worst first: for one person who asked, and as the summary of a space."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from bot.text.changes import title_of, value_of
from bot.widgets import (
    Button,
    Buttons,
    Card,
    Fact,
    Icon,
    Link,
    Message,
    Section,
    Text,
    Widget,
    notice_rows,
    press,
)
from models.languages.translate import tr, tr_in, tr_plural, whole
from models.pipedrive.names import Names
from models.stalled.queries import KnownObject

_CONTEXT = ("value", "stage", "owner", "organization")


@dataclass(frozen=True, slots=True)
class StalledRow:
    """One stalled deal as text: its title, how long nobody has changed it, what else matters."""

    id: str
    title: str
    idle: str
    context: str
    link: str = ""

    def as_json(self) -> dict[str, str]:
        return asdict(self)


@dataclass(frozen=True, slots=True)
class StalledView:
    """What the card shows beside its rows. `total` deals are stalled, or at least so many if it `is_cut`.

    `may_snooze`: with a button for that on each row. `delivery` is that of a summary in a space, where a
    follow-up can be planned. `notice`: what a button on this card has just done.
    """

    total: int
    is_cut: bool = False
    page: int = 1
    pages: int = 1
    may_snooze: bool = False
    may_set: bool = False
    delivery: int | None = None
    notice: str = ""


def stalled_row(found: KnownObject, names: Names, link: str) -> StalledRow:
    context = " · ".join(filter(None, (value_of(found.change, names, key) for key in _CONTEXT)))
    return StalledRow(found.id, title_of(found.change, names), idle_text(found.days), context, link)


def idle_text(days: int) -> str:
    """Return how long nobody has changed a deal: `No change for 14 days`."""
    return tr_plural("No change for {count} day", "No change for {count} days", days)


def stalled_card(rows: Sequence[StalledRow], view: StalledView) -> Message:
    """Return a page of the stalled deals."""
    title = headline(view)
    subtitle = (
        tr("Longest idle first, page {page} of {pages}", page=whole(view.page), pages=whole(view.pages))
        if view.pages > 1
        else ""
    )
    widgets = [each for row in rows for each in _row_widgets(row, view)]
    if not widgets:
        widgets = [Text(tr("Every open deal that is known here was changed lately, or is snoozed."))]
    sections = [Section([*notice_rows(view.notice), *widgets])]
    if buttons := _page_buttons(view):
        sections.append(Section([Buttons(*buttons)]))
    first = f": {rows[0].title}, {rows[0].idle.lower()}" if rows else ""
    return Message(
        Card(title, subtitle, sections, card_id="stalled"), fallback_text=view.notice or f"{title}{first}"
    )


def summary_of_stalled(
    rows: Sequence[Mapping[str, Any]], total: int, *, delivery: int, is_cut: bool = False
) -> Message:
    """Return the summary that is posted to a space, from rows as they were stored."""
    view = StalledView(total, is_cut, may_snooze=True, delivery=delivery)
    return stalled_card([StalledRow(**row) for row in rows], view)


def headline(view: StalledView) -> str:
    if not view.total:
        return tr("No deal is stalled")
    if view.is_cut:
        return tr_plural(
            "More than {count} deal is stalled", "More than {count} deals are stalled", view.total
        )
    return tr_plural("{count} deal is stalled", "{count} deals are stalled", view.total)


def _row_widgets(row: StalledRow, view: StalledView) -> list[Widget]:
    opener = Button(tr("Open"), Link(row.link)) if row.link else None
    fact = Fact(row.title, row.idle, Icon("hourglass_bottom", tr("Stalled")), row.context, opener)
    if not view.may_snooze:
        return [fact]
    snooze = Button(tr("Snooze"), press("stalled.ask", dialog=True, deal=row.id))
    if view.delivery is None:
        return [fact, Buttons(snooze)]
    follow = press("stalled.follow", dialog=True, deal=row.id, delivery=view.delivery)
    return [fact, Buttons(Button(tr_in("button", "Follow-up"), follow), snooze)]


def _page_buttons(view: StalledView) -> list[Button]:
    buttons = []
    if view.page > 1:
        buttons.append(Button(tr("Previous"), press("stalled.list", page=view.page - 1)))
    if view.page < view.pages:
        buttons.append(Button(tr("Next"), press("stalled.list", page=view.page + 1)))
    if view.may_set:
        buttons.append(Button(tr("Settings"), press("stalled.set", dialog=True)))
    return buttons
