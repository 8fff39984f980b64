"""Draws what is asked of somebody, how the team does, and what is set."""

from __future__ import annotations

from bot.cards.done import done_card
from bot.cards.nudges import nudge_card
from bot.context import Context
from bot.stalled.form import WEEKDAY_TEXTS
from bot.text.format import listed
from bot.widgets import Button, Card, Fact, Message, Section, Text, Widget, press
from models.accounts.rights import Action
from models.clock import now
from models.languages.translate import tr, tr_plural, whole
from models.nudges.cards import own_card
from models.nudges.checks import CHECKS
from models.nudges.settings import WEEKDAYS, NudgePlan, end_check, get_plan, keep_check, switch
from models.nudges.team import NudgeCounts, count_team


def draw_own(context: Context, page: int = 1) -> Message:
    """Return what the last card of the asking person asks for, as it is now."""
    view = own_card(context.session, context.actor, now())
    if view is not None and not view.was_replaced:
        return nudge_card(view, page=page)
    plan = get_plan(context.session, context.tenant_id)
    return done_card(tr("Nothing is asked of you"), settings_text(plan), buttons=_buttons(context, plan))


def draw_switched(context: Context, *, on: bool) -> Message:
    plan = switch(context.session, context.actor, on=on, at=now())
    title = tr("Nudges are on") if on else tr("Nudges are off")
    return done_card(title, settings_text(plan), buttons=_buttons(context, plan))


def draw_settings_card(context: Context) -> Message:
    plan = get_plan(context.session, context.tenant_id)
    return done_card(tr("Nudges"), settings_text(plan), buttons=_buttons(context, plan))


def settings_text(plan: NudgePlan) -> str:
    """Return what is set in two sentences."""
    if not plan.is_on:
        return tr("Nudges are off: nobody is asked in the morning what is missing in their deals.")
    days = dict(zip(WEEKDAYS, WEEKDAY_TEXTS, strict=True))
    when = listed([tr(days[each]) for each in plan.weekdays], most=7)
    checks = listed([tr(CHECKS[name].text) for name in plan.checks], most=10)
    first = tr("Everybody with something to mend gets one card at {time}: {days}.", time=plan.at, days=when)
    return f"{first} {tr('It asks about: {checks}.', checks=checks)}"


def _buttons(context: Context, plan: NudgePlan) -> list[Button]:
    if not context.actor.may(Action.ATTENTION_CHANGE):
        return []
    switch_on = [] if plan.is_on else [Button(tr("Switch on"), press("nudge.on"), primary=True)]
    return [*switch_on, Button(tr("Settings"), press("nudge.set", dialog=True))]


def draw_team(context: Context) -> Message:
    """Return the counts of seven days, of deals that the asking person may see. Raises NotAllowed."""
    found = count_team(context.session, context.actor, now())
    known = [(CHECKS[name].text, each) for name, each in found.by_check.items() if name in CHECKS]
    rows: list[Widget] = [Fact(_counts_text(each), tr(text)) for text, each in known]
    if not rows:
        rows = [Text(tr("Nobody was asked in the last seven days, about deals that you may see."))]
    sections = [Section(rows)]
    if found.by_person:
        people: list[Widget] = [Fact(_counts_text(each), name) for name, each in found.by_person.items()]
        sections.append(Section(people, tr("By person")))
    title = tr("Nudges of the team")
    return Message(
        Card(title, tr("The last seven days"), sections, card_id="nudge-team"), fallback_text=title
    )


def _counts_text(counts: NudgeCounts) -> str:
    asked = tr_plural("{count} asked", "{count} asked", counts.asked)
    return tr(
        "{asked}: {fixed} mended, {snoozed} put off, {open} open",
        asked=asked,
        fixed=whole(counts.fixed),
        snoozed=whole(counts.snoozed),
        open=whole(counts.open),
    )


def end_offered_check(context: Context) -> Message:
    """Switch off the check of a button; a second press changes nothing."""
    name = context.interaction.parameters.get("check", "")
    if not end_check(context.session, context.actor, name):
        return done_card(tr("It is off already"))
    return done_card(tr("Nobody is asked any more: {check}", check=tr(CHECKS[name].text)))


def keep_offered_check(context: Context) -> Message:
    """Keep the check of a button for two weeks more."""
    name = context.interaction.parameters.get("check", "")
    if not keep_check(context.session, context.actor, name, now()):
        return done_card(tr("It is off already"))
    return done_card(tr("It stays on: {check}", check=tr(CHECKS[name].text)))
