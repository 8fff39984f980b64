"""template: texts of cards that several rules share."""

from __future__ import annotations

from bot.cards.done import done_card
from bot.chat.reply import Open, Reply, Say
from bot.context import Context, command
from bot.templates.show import delete_dialog, draw_list, draw_template, find_template, form_dialog
from bot.widgets import Button, Message, press
from models.accounts.rights import Action
from models.languages.translate import tr


@command(
    "template list",
    right=Action.TEMPLATE_READ,
    usage="[words]",
    summary="All templates, and which rules use them",
)
def template_list(context: Context) -> Reply:
    return Say(draw_list(context, " ".join(context.args)))


@command("template new", right=Action.TEMPLATE_CHANGE, summary="Make a template in a dialog with a preview")
def template_new(context: Context) -> Reply:
    if context.interaction.opens_dialog:
        return Open(form_dialog(context, " ".join(context.args)))
    button = Button(tr("New template"), press("template.new", dialog=True), primary=True)
    detail = tr("Write the text of a card, and see it on a real event before you save it.")
    return Say(done_card(tr("Make a template"), detail, buttons=[button]))


@command(
    "template show",
    right=Action.TEMPLATE_READ,
    usage="<number or name>",
    summary="One template on a real event, with the rules that use it",
)
def template_show(context: Context) -> Reply:
    return Say(draw_template(context, find_template(context, context.args)))


@command(
    "template edit",
    right=Action.TEMPLATE_CHANGE,
    usage="<number or name>",
    summary="Change a template in a dialog with a preview",
)
def template_edit(context: Context) -> Reply:
    found = find_template(context, context.args)
    if context.interaction.opens_dialog:
        return Open(form_dialog(context, found.name, found.source, edited=found))
    return Say(draw_template(context, found))


@command(
    "template delete",
    right=Action.TEMPLATE_CHANGE,
    usage="<number or name>",
    summary="Delete a template, after asking; rules keep its text",
)
def template_delete(context: Context) -> Reply:
    card = delete_dialog(context, find_template(context, context.args))
    return Say(Message(card, fallback_text=card.title))
