"""The buttons of leads that need no further words: show, pages, claim, contacted, how far it is."""

from __future__ import annotations

from bot.card_actions.pressed import act
from bot.chat.reply import Reply, Update
from bot.command_line import split_words
from bot.context import Context, press
from bot.leads.find import act_on, find_target
from bot.leads.pipelines import draw_pipelines
from bot.leads.show import draw_lead, draw_list
from models.accounts.rights import Action
from models.leads.actions import claim_lead, contact_lead


@press("lead.show", right=Action.DEAL_READ)
def show_one(context: Context) -> Reply:
    return Update(draw_lead(context, context.interaction.parameters.get("lead", "")))


@press("lead.list", right=Action.DEAL_READ)
def list_page(context: Context) -> Reply:
    words = split_words(context.interaction.parameters.get("words", ""))
    return Update(draw_list(context, words, context.page))


@press("lead.claim", right=Action.CARD_PRESS, writes=True)
def claim(context: Context) -> Reply:
    if context.interaction.parameters.get("lead"):
        return act_on(context, find_target(context), claim_lead, draw=draw_lead)
    return act(context, "lead.claim", {})


@press("lead.contacted", right=Action.CARD_PRESS, writes=True)
def contacted(context: Context) -> Reply:
    return act_on(context, find_target(context), contact_lead, draw=draw_lead)


@press("lead.adopting", right=Action.DEAL_READ)
def show_adopting(context: Context) -> Reply:
    return Update(draw_pipelines(context))
