"""report: the figures of some days, as bars."""

from __future__ import annotations

from typing import Final

from bot.chat.reply import Reply, Say, Update
from bot.context import Context, command, press
from bot.reports.cards import report_card
from bot.widgets import Message
from models.accounts.rights import Action
from models.errors import InvalidRequest
from models.languages.translate import tr
from models.languages.words import meaning_of
from models.reports.report import DAY, GROUPINGS, REPORT_RANGES, RULE, SPACE, make_report

USUAL: Final = "7d"
BY: Final = "by"
_SAME: Final = {"1d": "today", "week": "7d", "month": "30d", "destination": SPACE, "daily": DAY, "days": DAY}


@command(
    "report",
    right=Action.LOG_READ,
    usage="[today|7d|30d|90d] [by rule|space|person|day]",
    summary="How many cards came, how they went and how fast, as bars",
)
def report(context: Context) -> Reply:
    return Say(_draw(context, *_read_words(context.args)))


@press("report.show", right=Action.LOG_READ)
def show_report(context: Context) -> Reply:
    asked = context.interaction.parameters
    days, by = asked.get("range", ""), asked.get("by", "")
    known = (days if days in REPORT_RANGES else USUAL, by if by in GROUPINGS else RULE)
    return Update(_draw(context, *known))


def _draw(context: Context, days: str, by: str) -> Message:
    return report_card(make_report(context.session, context.actor, days, by))


def _read_words(words: tuple[str, ...]) -> tuple[str, str]:
    """Return the range and the grouping that somebody typed, in any order. Raises InvalidRequest."""
    days, by = USUAL, RULE
    for word in words:
        meant = meaning_of(word)
        meant = _SAME.get(meant, meant)
        if meant in REPORT_RANGES:
            days = meant
        elif meant in GROUPINGS:
            by = meant
        elif meant != BY:
            raise InvalidRequest(
                user_message=tr("Say report, report 30d, or report 7d by rule, space, person or day.")
            )
    return days, by
