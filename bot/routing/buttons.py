"""The buttons of policies, and of a lead that was offered: Accept."""

from __future__ import annotations

from bot.cards.done import done_card
from bot.chat.reply import Reply, Update
from bot.context import Context, press
from bot.routing.show import draw_policies, draw_report
from models.accounts.rights import Action
from models.clock import now
from models.database.row_ids import row_id
from models.languages.translate import tr, tr_stored
from models.routing.actions import switch_policy, undo_policy
from models.routing.answers import accept
from models.routing.report import read_days, report_routing

USUAL_DAYS = 30


@press("route.list", right=Action.DEAL_READ)
def show_policies(context: Context) -> Reply:
    return Update(draw_policies(context))


@press("route.report", right=Action.DEAL_READ)
def show_report(context: Context) -> Reply:
    report = report_routing(context.session, context.actor, read_days(USUAL_DAYS, now()))
    return Update(draw_report(context, report, USUAL_DAYS))


@press("route.switch", right=Action.SPACE_CHANGE, writes=True)
def switch(context: Context) -> Reply:
    is_on = context.interaction.parameters.get("on") == "1"
    row = switch_policy(context.session, context.actor, policy_number(context), is_on=is_on)
    notice = tr("{name} is on.", name=row.name) if is_on else tr("{name} is off.", name=row.name)
    return Update(draw_policies(context, notice))


@press("route.undo", right=Action.SPACE_CHANGE, writes=True)
def undo(context: Context) -> Reply:
    row = undo_policy(context.session, context.actor, policy_number(context))
    return Update(draw_policies(context, tr("{name} is as it was before.", name=row.name)))


@press("route.accept", right=Action.CARD_PRESS, writes=True)
def accept_lead(context: Context) -> Reply:
    """Accept a lead; the message that offered it says so from then on."""
    number = row_id(context.interaction.parameters.get("assignment", "")) or 0
    row = accept(context.session, context.actor, number, now())
    detail = tr_stored(row.reason) or tr("It is yours. Contact it soon: the first response is measured.")
    return Update(done_card(tr("Accepted"), detail))


def policy_number(context: Context) -> int:
    """Return the id of the policy of a button, 0 for none."""
    return row_id(context.interaction.parameters.get("policy", "")) or 0
