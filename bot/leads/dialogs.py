"""The dialogs of leads, and what they save."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from bot.card_actions.choices import people_of
from bot.card_actions.dialogs import tomorrow
from bot.card_actions.form import (
    activity_widgets,
    draw_form,
    first,
    note_widgets,
    people_widgets,
    read_activity,
    read_note,
)
from bot.chat.reply import Open, Reply, Say
from bot.context import Context, dialog
from bot.leads.find import Act, Target, act_on, find_target
from bot.leads.form import draw_new, read_new, read_snooze, snooze_widgets
from bot.leads.new import make
from bot.leads.pipelines import draw_choice, draw_pipelines, first_stages, move_widgets
from bot.leads.show import draw_lead
from bot.widgets import Press, Text, Widget
from models.accounts.rights import Action
from models.errors import InvalidRequest
from models.languages.translate import tr
from models.leads.actions import (
    assign_lead,
    convert_lead,
    move_lead,
    note_on_lead,
    plan_follow_up,
    snooze_lead,
)
from models.leads.pipelines import choose_pipelines

CARRIED = ("delivery", "seen", "lead")


@dialog("lead.new", right=Action.CARD_PRESS)
def ask_for_new(context: Context) -> Reply:
    return Open(draw_new(context))


@dialog("lead.make", right=Action.CARD_PRESS, writes=True)
def make_new(context: Context) -> Reply:
    """Make the lead; what does not fit is asked for again with the reason."""
    try:
        return make(context, read_new(context.interaction.inputs))
    except InvalidRequest as refused:
        return Open(draw_new(context, refused.user_message))


@dialog("lead.assign", right=Action.CARD_PRESS)
def ask_whom(context: Context) -> Reply:
    target = find_target(context)
    widgets = people_widgets(people_of(context), target.lead.row.owner_id or "")
    return _open(context, target, tr("Assign"), widgets, "lead.give")


@dialog("lead.give", right=Action.CARD_PRESS, writes=True)
def give(context: Context) -> Reply:
    owner = first(context.interaction.inputs, "owner")
    if owner not in dict(people_of(context)):
        raise InvalidRequest(user_message=tr("Choose somebody of your Pipedrive."))
    return act_on(context, find_target(context), assign_lead, owner, draw=draw_lead)


@dialog("lead.note", right=Action.CARD_PRESS)
def ask_note(context: Context) -> Reply:
    return _open(context, find_target(context), tr("Add a note"), note_widgets(), "lead.write")


@dialog("lead.write", right=Action.CARD_PRESS, writes=True)
def write_note(context: Context) -> Reply:
    target, inputs = find_target(context), context.interaction.inputs
    try:
        return _act(context, target, note_on_lead, read_note(inputs))
    except InvalidRequest as refused:
        widgets = note_widgets(first(inputs, "note"))
        return _open(context, target, tr("Add a note"), widgets, "lead.write", refused.user_message)


@dialog("lead.activity", right=Action.CARD_PRESS)
def ask_activity(context: Context) -> Reply:
    widgets = activity_widgets({}, tomorrow(context))
    return _open(context, find_target(context), tr("Plan a follow-up"), widgets, "lead.plan")


@dialog("lead.plan", right=Action.CARD_PRESS, writes=True)
def plan(context: Context) -> Reply:
    target, inputs = find_target(context), context.interaction.inputs
    try:
        return _act(context, target, plan_follow_up, read_activity(inputs, context.interaction.timezone))
    except InvalidRequest as refused:
        widgets = activity_widgets(inputs, tomorrow(context))
        return _open(context, target, tr("Plan a follow-up"), widgets, "lead.plan", refused.user_message)


@dialog("lead.snooze", right=Action.CARD_PRESS)
def ask_snooze(context: Context) -> Reply:
    return _open(context, find_target(context), tr("Not now"), snooze_widgets({}), "lead.rest")


@dialog("lead.rest", right=Action.CARD_PRESS, writes=True)
def rest(context: Context) -> Reply:
    target, inputs = find_target(context), context.interaction.inputs
    try:
        return _act(context, target, snooze_lead, *read_snooze(context))
    except InvalidRequest as refused:
        return _open(
            context, target, tr("Not now"), snooze_widgets(inputs), "lead.rest", refused.user_message
        )


@dialog("lead.convert", right=Action.CARD_PRESS)
def ask_convert(context: Context) -> Reply:
    """Ask whether to make a deal of a lead; of a deal that is one, to which pipeline it goes."""
    target = find_target(context)
    if target.lead.is_deal:
        return _open(context, target, tr("Move on"), move_widgets(first_stages(context)), "lead.move")
    words = tr("Pipedrive makes a deal of this lead, with its person, organization, notes and activities.")
    return _open(context, target, tr("Make a deal of it"), [Text(words)], "lead.become")


@dialog("lead.become", right=Action.CARD_PRESS, writes=True)
def become(context: Context) -> Reply:
    return _act(context, find_target(context), convert_lead)


@dialog("lead.move", right=Action.CARD_PRESS, writes=True)
def move_on(context: Context) -> Reply:
    stage = first(context.interaction.inputs, "stage")
    if stage not in dict(first_stages(context)):
        raise InvalidRequest(user_message=tr("Choose a pipeline whose stages are known."))
    return _act(context, find_target(context), move_lead, stage)


@dialog("lead.pipelines", right=Action.SPACE_CHANGE)
def ask_pipelines(context: Context) -> Reply:
    return Open(draw_choice(context))


@dialog("lead.choose", right=Action.SPACE_CHANGE, writes=True)
def choose(context: Context) -> Reply:
    """Save the choice; what is refused is shown in the form again with the reason."""
    wanted = [each for each in context.interaction.inputs.get("pipelines", ()) if each]
    try:
        choose_pipelines(context.session, context.actor, wanted)
    except InvalidRequest as refused:
        return Open(draw_choice(context, refused.user_message))
    return Say(draw_pipelines(context))


def _act(context: Context, target: Target, act: Act, *args: Any) -> Reply:
    return act_on(context, target, act, *args, draw=draw_lead)


def _open(
    context: Context, target: Target, title: str, widgets: Sequence[Widget], save: str, problem: str = ""
) -> Reply:
    """Open the dialog about a lead; saving carries what the button carried."""
    carried = {key: context.interaction.parameters.get(key, "") for key in CARRIED}
    params = {key: value for key, value in carried.items() if value}
    return Open(draw_form(title, target.title, widgets, Press(save, params), problem))
