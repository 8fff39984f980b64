"""report: the figures of some days, as bars; at once, or by themselves every day, week or month."""

from __future__ import annotations

from typing import Final

from bot.chat.reply import Reply, Say
from bot.context import Context, command
from bot.reports.cards import report_card
from bot.reports.sales import sales_by_words
from bot.reports.schedules import draw_schedules, schedule_by_words, stop_by_words
from bot.widgets import Message
from models.accounts.features import Feature
from models.accounts.rights import Action
from models.errors import InvalidRequest
from models.languages.translate import tr
from models.languages.words import meaning_of
from models.reports.report import DAY, GROUPINGS, REPORT_RANGES, RULE, SPACE, make_report
from models.tables.reports import ReportEvery, SalesReportKind

USUAL: Final = "7d"
BY: Final = "by"
_SAME: Final = {"1d": "today", "week": "7d", "month": "30d", "destination": SPACE, "daily": DAY, "days": DAY}


@command(
    "report",
    right=Action.LOG_READ,
    feature=Feature.ANALYTICS,
    usage="[today|7d|30d|90d] [by rule|space|person|day]",
    summary="How many cards came, how they went and how fast, as bars",
)
def report(context: Context) -> Reply:
    return Say(draw_report(context, *_read_words(context.args)))


@command(
    "report daily",
    right=Action.LOG_READ,
    feature=Feature.ANALYTICS,
    usage="[09:00] [by rule|space|person|day] [pipeline|leaders|funnel|response] [in pipeline] [here|me]",
    summary="Send a report of the last 24 hours every day",
    writes=True,
)
def report_daily(context: Context) -> Reply:
    return Say(schedule_by_words(context, ReportEvery.DAILY))


@command(
    "report weekly",
    right=Action.LOG_READ,
    feature=Feature.ANALYTICS,
    usage=(
        "[mon] [09:00] [by rule|space|person|day] [pipeline|leaders|funnel|response] [in pipeline] [here|me]"
    ),
    summary="Send a report of the last 7 days every week",
    writes=True,
)
def report_weekly(context: Context) -> Reply:
    return Say(schedule_by_words(context, ReportEvery.WEEKLY))


@command(
    "report monthly",
    right=Action.LOG_READ,
    feature=Feature.ANALYTICS,
    usage="[09:00] [by rule|space|person|day] [pipeline|leaders|funnel|response] [in pipeline] [here|me]",
    summary="Send a report of the last 30 days on the first of each month",
    writes=True,
)
def report_monthly(context: Context) -> Reply:
    return Say(schedule_by_words(context, ReportEvery.MONTHLY))


@command(
    "report list",
    right=Action.LOG_READ,
    summary="The reports that come by themselves",
)
def report_list(context: Context) -> Reply:
    return Say(draw_schedules(context))


@command(
    "report stop",
    right=Action.LOG_READ,
    usage="[here|me]",
    summary="Send no more reports to this space or to you",
    writes=True,
)
def report_stop(context: Context) -> Reply:
    return Say(stop_by_words(context))


@command(
    "report pipeline",
    right=Action.LOG_READ,
    feature=Feature.ANALYTICS,
    usage="[monday|today|7d|30d|90d] [in pipeline]",
    summary="What is new, won, lost, slipped, moved, and at risk",
)
def report_pipeline(context: Context) -> Reply:
    return Say(sales_by_words(context, SalesReportKind.PIPELINE))


@command(
    "report leaders",
    right=Action.LOG_READ,
    feature=Feature.ANALYTICS,
    usage="[today|7d|30d|90d] [in pipeline]",
    summary="Who has won how much, each currency for itself",
)
def report_leaders(context: Context) -> Reply:
    return Say(sales_by_words(context, SalesReportKind.LEADERS))


@command(
    "report funnel",
    right=Action.LOG_READ,
    feature=Feature.ANALYTICS,
    usage="[today|7d|30d|90d] [in pipeline]",
    summary="How far leads and deals come, and from which source",
)
def report_funnel(context: Context) -> Reply:
    return Say(sales_by_words(context, SalesReportKind.FUNNEL))


@command(
    "report response",
    right=Action.LOG_READ,
    feature=Feature.ANALYTICS,
    usage="[today|7d|30d|90d]",
    summary="How fast leads are contacted and claimed",
)
def report_response(context: Context) -> Reply:
    return Say(sales_by_words(context, SalesReportKind.RESPONSE))


def draw_report(context: Context, days: str, by: str) -> Message:
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
