"""routing and available: policies, their dry run and report, and who gets leads now."""

from __future__ import annotations

from bot.attention.places import person_zone
from bot.cards.done import done_card
from bot.chat.reply import Open, Reply, Say
from bot.context import Context, command
from bot.routing.form import draw_policy
from bot.routing.show import draw_available, draw_policies, draw_preview, draw_report, one_policy
from bot.widgets import Button, press
from models.accounts.rights import Action
from models.clock import now
from models.languages.translate import tr
from models.languages.words import meaning_of
from models.routing.actions import come_back, go_away, switch_policy, undo_policy
from models.routing.policies import PolicyDraft, draft_of
from models.routing.preview import try_policy
from models.routing.report import read_days, report_routing
from models.waits.when import read_moment

USUAL_DAYS = 30


@command("routing list", right=Action.DEAL_READ, summary="Which new leads go to whom, in plain sentences")
def routing_list(context: Context) -> Reply:
    return Say(draw_policies(context))


@command(
    "routing set",
    right=Action.SPACE_CHANGE,
    usage="[policy]",
    summary="Make a routing policy, or change one: which leads, who, limits, time to accept",
)
def routing_set(context: Context) -> Reply:
    row = one_policy(context, context.args) if context.args else None
    if context.interaction.opens_dialog:
        draft = draft_of(row) if row is not None else PolicyDraft("")
        return Open(draw_policy(context, draft, row.id if row is not None else 0))
    policy = {"policy": row.id} if row is not None else {}
    button = Button(tr("Open the policy"), press("route.edit", dialog=True, **policy), primary=True)
    return Say(done_card(tr("Routing policy"), tr("Its settings are in a dialog."), buttons=[button]))


@command(
    "routing on",
    right=Action.SPACE_CHANGE,
    usage="<policy>",
    summary="Switch a routing policy on",
    writes=True,
)
def routing_on(context: Context) -> Reply:
    row = switch_policy(context.session, context.actor, one_policy(context, context.args).id, is_on=True)
    return Say(draw_policies(context, tr("{name} is on.", name=row.name)))


@command(
    "routing off",
    right=Action.SPACE_CHANGE,
    usage="<policy>",
    summary="Switch a routing policy off: new leads stay where they are",
    writes=True,
)
def routing_off(context: Context) -> Reply:
    row = switch_policy(context.session, context.actor, one_policy(context, context.args).id, is_on=False)
    return Say(draw_policies(context, tr("{name} is off.", name=row.name)))


@command(
    "routing undo",
    right=Action.SPACE_CHANGE,
    usage="<policy>",
    summary="Take the last change of a routing policy back",
    writes=True,
)
def routing_undo(context: Context) -> Reply:
    row = undo_policy(context.session, context.actor, one_policy(context, context.args).id)
    return Say(draw_policies(context, tr("{name} is as it was before.", name=row.name)))


@command(
    "routing try",
    right=Action.SPACE_CHANGE,
    usage="<policy>",
    summary="Who would have got which leads of the last month; nothing is changed",
)
def routing_try(context: Context) -> Reply:
    row = one_policy(context, context.args)
    return Say(draw_preview(context, row, try_policy(context.session, context.actor, draft_of(row), now())))


@command(
    "routing report",
    right=Action.DEAL_READ,
    usage="[days]",
    summary="How fast leads are answered: accepted, declined, not in time, first response",
)
def routing_report(context: Context) -> Reply:
    typed = context.args[0].removesuffix("d") if context.args else ""
    days = min(max(int(typed), 1), 366) if typed.isdecimal() and len(typed) < 5 else USUAL_DAYS
    report = report_routing(context.session, context.actor, read_days(days, now()))
    return Say(draw_report(context, report, days))


@command("available list", right=Action.ATTENTION_SELF, summary="Whether you get new leads, and who does not")
def available_list(context: Context) -> Reply:
    return Say(draw_available(context))


@command(
    "available off",
    right=Action.ATTENTION_SELF,
    usage="[until <mon 9:00 or 2026-12-24>]",
    summary="Give you no new leads, until then or until you are back",
    writes=True,
)
def available_off(context: Context) -> Reply:
    words = [each for each in context.args if meaning_of(each) != "until"]
    until = read_moment(words, now(), person_zone(context)).at if words else None
    go_away(context.session, context.actor, until, now())
    return Say(draw_available(context))


@command("available on", right=Action.ATTENTION_SELF, summary="Give you new leads again", writes=True)
def available_on(context: Context) -> Reply:
    come_back(context.session, context.actor)
    return Say(draw_available(context))
