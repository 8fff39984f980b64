"""The card of the log (what was sent, what failed, what waits), and the answers to a retry."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from bot.cards.done import done_card
from bot.text.format import plural
from bot.text.sent_again import left_out_text, sent_again_text
from bot.widgets import Button, Buttons, Card, Fact, Icon, Message, Section, Text, notice_rows, press
from models.deliveries.actions import RetriedBatch
from models.deliveries.replay import BATCH
from models.languages.translate import marked, tr, whole

_ICONS = {
    "dead": ("error", marked("Failed")),
    "skipped": ("block", marked("Not sent")),
    "delivered": ("check_circle", marked("Sent")),
    "held": ("bedtime", marked("Held")),
    "digested": ("inventory_2", marked("In a digest")),
}
_TITLES = {
    "failed": marked("What failed"),
    "held": marked("What is held"),
    "digested": marked("What goes into digests"),
    "skipped": marked("What was left out"),
    "": marked("What was sent"),
}
_EMPTY = {
    "failed": marked("Nothing failed: what was due has arrived, or is on its way."),
    "held": marked("Nothing is held. What comes in quiet hours waits here until they end."),
    "digested": marked(
        "Nothing is gathered. Where a digest is on, what is not urgent waits here for its time."
    ),
    "skipped": marked(
        "Nothing was left out. What is muted, paused or not for its reader stands here, and why."
    ),
    "": marked("Nothing was sent yet. Test a rule, and its card appears here."),
}


@dataclass(frozen=True, slots=True)
class LogRow:
    """A delivery as text.

    `what`: "Acme renewal: Deal won"; `state` a DeliveryState, `state_text` the same for people; `when`:
    "5 minutes ago"; `may_retry`: it failed or was skipped, and its destination is still active; `may_send`:
    it is held, and the reader may send it now; `event` is the number of its event, empty without one.
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
    may_send: bool = False
    event: str = ""


@dataclass(frozen=True, slots=True)
class LogView:
    """Which part of the log a card shows, and what its buttons may do.

    `only`: failed, held, digested, skipped, or empty for all; `rule`: an id, or empty for all; `message`: the
    key of a message, of which only what it folds is shown; `more`: there is a next page; `notice`: what a
    button on this card has just done.
    """

    only: str = ""
    rule: str = ""
    rule_name: str = ""
    message: str = ""
    page: int = 1
    more: bool = False
    may_retry: bool = True
    notice: str = ""


def log_card(rows: Sequence[LogRow], view: LogView) -> Message:
    """Return a page of the log, newest first."""
    title = tr(_TITLES[view.only])
    subtitle = ", ".join(
        filter(None, (_order_text(view), tr("page {page}", page=whole(view.page)) if view.page > 1 else ""))
    )
    drawn = notice_rows(view.notice)
    drawn += [_delivery_row(row, view) for row in rows] or [Text(tr(_EMPTY[view.only]))]
    buttons = Section([Buttons(*_page_buttons(view), *_filter_buttons(view))])
    card = Card(title, subtitle, [Section(drawn), buttons], [_footer_button(rows, view)], card_id="log")
    return Message(card, fallback_text=view.notice or f"{title}: {plural(len(rows), 'row')}")


def message_card(rows: Sequence[LogRow], view: LogView, count: int, pages: int) -> Message:
    """Return a page of what one card folds, in its order; it folds `count`, on so many `pages`."""
    title = (
        tr("All {count} of this card", count=whole(count))
        if rows
        else tr("Nothing of this card is kept any more")
    )
    order = tr("Oldest first")
    if pages > 1:
        order = tr("Oldest first, page {page} of {pages}", page=whole(view.page), pages=whole(pages))
    drawn = [Fact(row.what, _where_and_when(row), below=row.reason, end=_why_button(row)) for row in rows]
    sections = [Section(drawn)] if drawn else []
    if buttons := _page_buttons(view):
        sections.append(Section([Buttons(*buttons)]))
    return Message(Card(title, order, sections, card_id="log"), fallback_text=title)


def _where_and_when(row: LogRow) -> str:
    return " · ".join(filter(None, (row.state_text, row.rule and tr("Rule {rule}", rule=row.rule), row.when)))


def _why_button(row: LogRow) -> Button | None:
    return Button(tr("Why"), press("why.show", event=row.event)) if row.event else None


def _order_text(view: LogView) -> str:
    return (
        tr("Of the rule “{rule_name}”, newest first", rule_name=view.rule_name)
        if view.rule
        else tr("Newest first")
    )


def _delivery_row(row: LogRow, view: LogView) -> Fact:
    icon_name, icon_text = _ICONS.get(row.state, ("schedule", marked("On its way")))
    icon = Icon(icon_name, tr(icon_text))
    attempts = plural(row.attempts, "attempt") if row.attempts else ""
    rule = tr("Rule {rule}", rule=row.rule) if row.rule else ""
    below = " · ".join(filter(None, (row.reason, attempts, rule, tr("no. {id}", id=row.id))))
    label = " · ".join(filter(None, (row.state_text, row.where, row.when)))
    retry = press("log.retry", delivery=row.id, **_view_parameters(view, view.page))
    end = Button(tr("Retry"), retry) if row.may_retry and view.may_retry else _why_button(row)
    if row.may_send:
        send = press("log.send", delivery=row.id, **_view_parameters(view, view.page))
        end = Button(tr("Send now"), send)
    return Fact(f"TEST · {row.what}" if row.is_test else row.what, label, icon, below, end)


def _view_parameters(view: LogView, page: int) -> dict[str, Any]:
    if view.message:
        return {"message": view.message, "page": page}
    return {"only": view.only, "rule": view.rule, "page": page}


def _page_buttons(view: LogView) -> list[Button]:
    previous = (
        [Button(tr("Previous"), press("log.show", **_view_parameters(view, view.page - 1)))]
        if view.page > 1
        else []
    )
    following = (
        [Button(tr("Next"), press("log.show", **_view_parameters(view, view.page + 1)))] if view.more else []
    )
    return previous + following


def _filter_buttons(view: LogView) -> list[Button]:
    names = {"": tr("All"), "failed": tr("Failed"), "held": tr("Held"), "skipped": tr("Left out")}
    return [
        Button(name, press("log.show", only=only, rule=view.rule, page=1))
        for only, name in names.items()
        if only != view.only
    ]


def _footer_button(rows: Sequence[LogRow], view: LogView) -> Button:
    if not rows and view.rule:
        return Button(tr("Open the rule"), press("rule.show", rule=view.rule), primary=True)
    if not rows and not view.only:
        return Button(tr("Rules"), press("rule.list"), primary=True)
    return Button(tr("Refresh"), press("log.show", **_view_parameters(view, view.page)), primary=True)


def retried_card(count: int) -> Message:
    return done_card(sent_again_text(count), buttons=[log_button()])


def retried_batch_card(batch: RetriedBatch) -> Message:
    """Return what a retry of all that failed did, and how many deliveries it left out."""
    left = sum(batch.left_out.values())
    details = [left_out_text(why, count) for why, count in batch.left_out.items()]
    if batch.may_continue:
        details.append(tr("These were the {batch} oldest; say it again for the next ones.", batch=BATCH))
    if not batch.count and not left:
        details.append(tr("Test cards and notices are not sent again; make a new test instead."))
    what = sent_again_text(batch.count) if batch.count else tr("Nothing was sent again")
    where = [Button(tr("Where rules post"), press("space.list"))] if left else []
    return done_card(what, " ".join(details), buttons=[log_button(), *where])


def log_button() -> Button:
    return Button(tr("Log"), press("log.show"), primary=True)
