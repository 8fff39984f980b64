"""Schedules, stops and shows reports that come by themselves, for commands and buttons."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

from bot.attention.places import Place, find_place, place_word, until_text
from bot.attention.quiet_cards import days_text
from bot.cards.done import done_card
from bot.cards.report import BY_NAMES
from bot.cards.sales_report import KIND_NAMES
from bot.context import Context
from bot.reports.sales import IN
from bot.text.format import clean, clock_text
from bot.widgets import Button, Card, Fact, Message, Section, Text, Widget, press
from models.attention.quiet import may_change
from models.attention.schedule import Schedule, read_schedule
from models.attention.scheduled_reports import (
    SALES_KINDS,
    ReportDraft,
    list_schedules,
    stop_in,
    stop_schedule,
    target_of,
)
from models.attention.windows import place_names
from models.clock import now
from models.destinations.queries import space_titles
from models.errors import InvalidRequest, NotFound
from models.languages.translate import marked, tr, tr_plural
from models.languages.words import meaning_of
from models.reports.report import GROUPINGS, RULE, SPACE
from models.sales_reports.reader import pipeline_names
from models.sales_reports.scheduled import schedule_report
from models.tables.attention import Every
from models.tables.reports import ReportEvery, ReportSchedule

EXAMPLES: Final = marked("report weekly mon 09:00 here, report daily 08:30 me, or report monthly")
BY: Final = "by"
_WHAT: Final[dict[str, str]] = BY_NAMES | {str(kind): name for kind, name in KIND_NAMES.items()}
_BY: Final = {"destination": SPACE, "days": "day", "daily": "day"}


def schedule_by_words(context: Context, every: ReportEvery) -> Message:
    """Schedule a report as the words say. Raises InvalidRequest, NotAllowed."""
    draft, rest = _read_words(every, context.args)
    place = _place(context, rest)
    found = schedule_report(context.session, context.actor, place.target, draft, place.timezone, now())
    title = tr("The report is scheduled")
    due = until_text(context, found.due_at, place.timezone)
    words = tr(
        "{when}, to {place}; the next one comes {due}.",
        when=_when(context, found, pipeline_names(context.session, context.tenant_id)),
        place=place.title,
        due=due,
    )
    return done_card(title, words, buttons=[Button(tr("All reports"), press("report.list"))])


def stop_by_words(context: Context) -> Message:
    """Stop all reports to the place that the words name. Raises InvalidRequest, NotAllowed."""
    place = _place(context, context.args)
    count = stop_in(context.session, context.actor, place.target)
    if not count:
        return draw_schedules(context, tr("No report came to {place}", place=place.title))
    return draw_schedules(context, tr_plural("{count} report stopped", "{count} reports stopped", count))


def stop_by_number(context: Context, number: int) -> Message:
    """Stop one report; a second press changes nothing. Raises NotAllowed."""
    try:
        stop_schedule(context.session, context.actor, number)
    except NotFound:
        return draw_schedules(context, tr("It was stopped already"))
    return draw_schedules(context, tr("The report is stopped"))


def _read_words(every: ReportEvery, words: Sequence[str]) -> tuple[ReportDraft, tuple[str, ...]]:
    """Return what the words say of a report, and the words after that. Raises InvalidRequest."""
    pipeline, words = _cut_pipeline(words)
    by, at = RULE, [meaning_of(word) for word in words].index(BY) if BY in map(meaning_of, words) else -1
    if at >= 0:
        asked = meaning_of(words[at + 1]) if at + 1 < len(words) else ""
        by, words = _BY.get(asked, asked), (*words[:at], *words[at + 2 :])
    kind = next((each for each in map(meaning_of, words) if each in SALES_KINDS), "")
    if kind:
        by, words = kind, [word for word in words if meaning_of(word) != kind]
    if by not in (*GROUPINGS, *SALES_KINDS):
        raise InvalidRequest(user_message=tr("By what? Say rule, space, person or day."))
    like = Every.DAILY if every is ReportEvery.MONTHLY else Every(every)
    found, rest = read_schedule((like, *words))
    schedule = found or Schedule(like)
    return ReportDraft(every, schedule.clock, schedule.day, by, pipeline), rest


def _cut_pipeline(words: Sequence[str]) -> tuple[str, Sequence[str]]:
    """Return the name of the pipeline after `in`, and the other words, which may follow the name, too."""
    at = next((number for number, word in enumerate(words) if meaning_of(word) == IN), len(words))
    named, after = [*words[at + 1 :]], list[str]()
    while len(named) > 1 and (place_word(named[-1:]) or ":" in named[-1]):
        after.insert(0, named.pop())
    return (" ".join(named), [*words[:at], *sorted(after, key=_is_place)]) if named else ("", words)


def _is_place(word: str) -> bool:
    return bool(place_word((word,)))


def _place(context: Context, words: Sequence[str]) -> Place:
    word = place_word(words)
    if words and not word:
        typed = " ".join(words)[:60]
        raise InvalidRequest(
            user_message=tr("Not “{typed}”. Say {examples}.", typed=typed, examples=tr(EXAMPLES))
        )
    return find_place(context, word)


def draw_schedules(context: Context, notice: str = "") -> Message:
    """Return the card of the reports that come by themselves, each with what ends it."""
    found = list_schedules(context.session, context.actor)
    spaces, users = place_names(context.session, context.tenant_id)
    titles = space_titles(context.session, context.tenant_id)
    pipelines = pipeline_names(context.session, context.tenant_id)
    rows: list[Widget] = []
    for each in found:
        space = spaces.get(each.space_id or 0, "")
        where = titles.get(space, space) or users.get(each.user_id or 0, "")
        due = until_text(context, each.due_at, each.timezone)
        may_stop = may_change(context.actor, target_of(each))
        stop = Button(tr("Stop"), press("report.stop", schedule=each.id)) if may_stop else None
        rows.append(Fact(_when(context, each, pipelines), where, below=tr("next {due}", due=due), end=stop))
    if not rows:
        rows = [Text(tr("None. Say /pipenotify {examples}.", examples=tr(EXAMPLES)))]
    title = tr("Reports that come by themselves")
    head: list[Widget] = [Text(notice)] if notice else []
    card = Card(title, "", [Section([*head, *rows])], card_id="reports")
    return Message(card, fallback_text=notice or title)


def _when(context: Context, schedule: ReportSchedule, pipelines: Mapping[str, str]) -> str:
    """Return how often a report comes, and of what: `Weekly, Mon at 9:00 AM · Funnel · Enterprise`."""
    at = clock_text(schedule.clock, context.clock_locale)
    texts = {
        ReportEvery.DAILY: tr("Daily at {clock}", clock=at),
        ReportEvery.WEEKLY: tr("Weekly, {day} at {clock}", day=days_text([schedule.day]), clock=at),
        ReportEvery.MONTHLY: tr("On the first of each month at {clock}", clock=at),
    }
    known = pipelines.get(schedule.pipeline) or tr("a pipeline that is no more")
    of = [clean(known)] if schedule.pipeline else []
    return " · ".join((texts[ReportEvery(schedule.every)], tr(_WHAT[schedule.by]), *of))
