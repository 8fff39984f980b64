"""lead: list, show, new, claim, assign, status, note, snooze, convert and pipelines, all by words."""

from __future__ import annotations

from bot.chat.reply import Open, Reply, Say
from bot.context import Context, command
from bot.leads.by_words import (
    assign_by_words,
    claim_by_words,
    convert_by_words,
    note_by_words,
    snooze_by_words,
    status_by_words,
)
from bot.leads.form import draw_new
from bot.leads.new import make_by_words
from bot.leads.pipelines import draw_pipelines
from bot.leads.show import draw_list, show_leads
from models.accounts.rights import Action


@command(
    "lead list",
    right=Action.DEAL_READ,
    usage="[mine|unassigned|hot|snoozed|contacted] [words]",
    summary="Leads, the best first: all that are open, or those that fit",
)
def lead_list(context: Context) -> Reply:
    return Say(draw_list(context, context.args))


@command(
    "lead show",
    right=Action.DEAL_READ,
    usage="<words>",
    summary="A lead with its score, its history, and what can be done",
)
def lead_show(context: Context) -> Reply:
    return Say(show_leads(context, context.args))


@command(
    "lead new",
    right=Action.CARD_PRESS,
    usage="[title] [for person or e-mail]",
    summary="Make a lead in Pipedrive, in your name",
    writes=True,
)
def lead_new(context: Context) -> Reply:
    if not context.args and context.interaction.opens_dialog:
        return Open(draw_new(context))
    return make_by_words(context, context.args)


@command(
    "lead claim",
    right=Action.CARD_PRESS,
    usage="<words>",
    summary="Make a lead yours, unless somebody was first",
    writes=True,
)
def lead_claim(context: Context) -> Reply:
    return claim_by_words(context, context.args)


@command(
    "lead assign",
    right=Action.CARD_PRESS,
    usage="<words> to <person>",
    summary="Give a lead to somebody of your Pipedrive",
    writes=True,
)
def lead_assign(context: Context) -> Reply:
    return assign_by_words(context, context.args)


@command(
    "lead status",
    right=Action.CARD_PRESS,
    usage="<words> contacted|qualified|converted|lost",
    summary="Say how far a lead is; it only goes forward",
    writes=True,
)
def lead_status(context: Context) -> Reply:
    return status_by_words(context, context.args)


@command(
    "lead note",
    right=Action.CARD_PRESS,
    usage="<words>: <note>",
    summary="Add a note to a lead, in your name",
    writes=True,
)
def lead_note(context: Context) -> Reply:
    return note_by_words(context, context.args)


@command(
    "lead snooze",
    right=Action.CARD_PRESS,
    usage="<words> until <mon 9:00 or 2026-12-24>: <reason>",
    summary="Not now: a lead rests, and comes back to you",
    writes=True,
)
def lead_snooze(context: Context) -> Reply:
    return snooze_by_words(context, context.args)


@command(
    "lead convert", right=Action.CARD_PRESS, usage="<words>", summary="Make a deal of a lead", writes=True
)
def lead_convert(context: Context) -> Reply:
    return convert_by_words(context, context.args)


@command(
    "lead pipelines",
    right=Action.DEAL_READ,
    summary="Pipelines whose deals are leads: which they are, and choosing them",
)
def lead_pipelines(context: Context) -> Reply:
    return Say(draw_pipelines(context))
