"""Draws policies, what a preview found, the report, and who is available."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Final

from bot.attention.places import person_zone
from bot.context import Context
from bot.routing.form import people_names
from bot.routing.sentences import policy_lines
from bot.text.duration import duration
from bot.text.format import day_and_time
from bot.widgets import Button, Buttons, Card, Fact, Message, Section, Text, Widget, notice_rows, press
from models.accounts.rights import Action
from models.clock import now
from models.connections.names import choice_names
from models.errors import InvalidRequest, NotFound
from models.languages.translate import tr, tr_plural
from models.pipedrive.readable import fold_name
from models.routing.people import away_now
from models.routing.policies import draft_of, policies_of
from models.routing.preview import RoutingPreview
from models.routing.report import PersonAnswers, RoutingReport
from models.tables.routing import RoutingPolicy

MOST_SHOWN: Final = 10


def one_policy(context: Context, words: Sequence[str]) -> RoutingPolicy:
    """Return the policy that words mean: a number, a name, or none where there is only one.

    Raises NotFound, and InvalidRequest for several.
    """
    every = policies_of(context.session, context.tenant_id)
    typed = fold_name(" ".join(words).removeprefix("#"))
    exact = [each for each in every if typed in (str(each.id), fold_name(each.name))]
    found = exact or [each for each in every if typed in fold_name(each.name)]
    if not found:
        raise NotFound(user_message=tr("There is no such routing policy."))
    if len(found) > 1:
        names = ", ".join(each.name for each in found[:MOST_SHOWN])
        raise InvalidRequest(user_message=tr("Several policies fit: {names}.", names=names))
    return found[0]


def draw_policies(context: Context, notice: str = "") -> Message:
    """Return all policies in plain sentences."""
    rows = policies_of(context.session, context.tenant_id)
    may = context.actor.may(Action.SPACE_CHANGE)
    names, people = choice_names(context.session, context.tenant_id), people_names(context)
    sections = [Section(top)] if (top := notice_rows(notice)) else []
    for row in rows:
        draft = draft_of(row)
        widgets: list[Widget] = [Text("\n".join(policy_lines(draft, people, names)))]
        if may:
            widgets.append(Buttons(*_buttons(row)))
        state = tr("on") if row.is_on else tr("off")
        sections.append(Section(widgets, f"#{row.id} {row.name} · {state}"))
    if not rows:
        text = tr("No new lead is given to anybody. A policy says which leads go to whom, and how fast.")
        sections.append(Section([Text(text)]))
    footer = [Button(tr("New policy"), press("route.edit", dialog=True), primary=True)] if may else []
    footer.append(Button(tr("Report"), press("route.report")))
    count = tr_plural("{count} policy", "{count} policies", len(rows))
    card = Card(tr("Routing of leads"), count, sections, footer, card_id="routing")
    return Message(card, fallback_text=notice or tr("Routing of leads: {count}", count=count))


def _buttons(row: RoutingPolicy) -> list[Button]:
    switch = tr("Switch off") if row.is_on else tr("Switch on")
    found = [
        Button(tr("Edit"), press("route.edit", dialog=True, policy=row.id)),
        Button(switch, press("route.switch", policy=row.id, on=int(not row.is_on))),
        Button(tr("Delete"), press("route.remove", dialog=True, policy=row.id)),
    ]
    if row.previous is not None:
        found.insert(2, Button(tr("Undo"), press("route.undo", policy=row.id)))
    return found


def preview_section(context: Context, preview: RoutingPreview) -> Section:
    """Return who would have got what of last month's leads."""
    people = people_names(context)
    widgets: list[Widget] = [
        Text(
            tr(
                "Of {seen} leads of the last month that you may see, {count} fit. Nothing was changed.",
                seen=preview.looked_at,
                count=len(preview.leads),
            )
        ),
        Text(tr("Limits count; absences, working hours and other policies do not.")),
    ]
    widgets += [
        Fact(tr_plural("{count} lead", "{count} leads", count), _who(people, user_id))
        for user_id, count in preview.counts.most_common(MOST_SHOWN)
    ]
    widgets += [
        Fact(str(each.lead.state.get("title") or "")[:200], _who(people, each.user_id))
        for each in preview.leads[:MOST_SHOWN]
    ]
    return Section(widgets, tr("Last month"))


def draw_preview(context: Context, row: RoutingPolicy, preview: RoutingPreview) -> Message:
    card = Card(
        tr("Dry run: {name}", name=row.name), "", [preview_section(context, preview)], card_id="routing"
    )
    return Message(card, fallback_text=tr("Dry run: {name}", name=row.name))


def draw_report(context: Context, report: RoutingReport, days: int) -> Message:
    """Return how leads were answered in the last days."""
    people = people_names(context)
    rows: list[Widget] = [
        Fact(str(report.leads), tr("Leads routed")),
        Fact(_time(report.response_s), tr("First response, typically"), below=_contacted(report)),
    ]
    rows += [Fact(str(report.waiting), tr("Waiting for somebody"))] if report.waiting else []
    rows += [_person(each, people) for each in report.people[: MOST_SHOWN * 2]]
    if not report.leads:
        rows = [Text(tr("No lead was routed in this time."))]
    title = tr_plural("Routing, last {count} day", "Routing, last {count} days", days)
    return Message(Card(title, "", [Section(rows)], card_id="routing-report"), fallback_text=title)


def draw_available(context: Context) -> Message:
    """Return whether the asking person gets leads, and who of the team does not."""
    away, people = away_now(context.session, context.tenant_id, now()), people_names(context)
    zone, me = person_zone(context), context.actor.user_id
    mine = tr("You get no new leads {until}.", until=_until(away[me], zone)) if me in away else ""
    rows: list[Widget] = [Text(mine or tr("You are available: policies that name you give you new leads."))]
    rows += [
        Fact(people[key], tr("Away"), below=_until(until, zone))
        for key, until in away.items()
        if key in people and key != me
    ]
    title = tr("Who is available")
    return Message(Card(title, "", [Section(rows)], card_id="available"), fallback_text=title)


def _until(until: datetime | None, zone: str) -> str:
    if until is None:
        return tr("until they say that they are back")
    return tr("until {moment}", moment=day_and_time(until, now(), zone))


def _person(each: PersonAnswers, people: dict[int, str]) -> Fact:
    counts = tr(
        "{offered} offered, {accepted} accepted, {declined} declined, {expired} not in time",
        offered=each.offered,
        accepted=each.accepted,
        declined=each.declined,
        expired=each.expired,
    )
    took = tr("typically after {time}", time=_time(each.typical_s)) if each.seconds else ""
    return Fact(counts, _who(people, each.user_id), below=took)


def _contacted(report: RoutingReport) -> str:
    return tr_plural("{count} lead was contacted", "{count} leads were contacted", report.contacted)


def _time(seconds: float | None) -> str:
    return duration(int(seconds * 1000)) if seconds is not None else tr("not yet")


def _who(people: dict[int, str], user_id: int | None) -> str:
    return tr("Nobody") if user_id is None else people.get(user_id, tr("somebody who left"))
