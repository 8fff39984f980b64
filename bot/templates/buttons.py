"""The buttons on cards of templates."""

from __future__ import annotations

from typing import Final

from bot import lookup
from bot.cards.done import done_card
from bot.chat.reply import Open, Reply, Update
from bot.context import Context, press
from bot.templates.show import delete_dialog, draw_list, draw_template, gone_card, template_by_id
from bot.text.format import listed
from bot.widgets import Button
from bot.widgets import press as press_of
from models.accounts.rights import Action
from models.languages.translate import tr
from models.rules import templates
from models.tables import Template

with_template: Final = lookup.with_object("template", template_by_id, gone_card)


@press("template.list", right=Action.TEMPLATE_READ)
def list_templates(context: Context) -> Reply:
    return Update(draw_list(context, context.interaction.parameters.get("find", ""), context.page))


@press("template.show", right=Action.TEMPLATE_READ)
@with_template
def show_template(context: Context, shown: Template) -> Reply:
    return Update(draw_template(context, shown))


@press("template.delete", right=Action.TEMPLATE_CHANGE)
@with_template
def ask_to_delete(context: Context, doomed: Template) -> Reply:
    return Open(delete_dialog(context, doomed))


@press("template.remove", right=Action.TEMPLATE_CHANGE, writes=True)
@with_template
def delete_template(context: Context, doomed: Template) -> Reply:
    name = doomed.name
    rules = templates.delete_template(context.session, context.actor, doomed)
    detail = (
        tr("{names} keep its text as their own.", names=listed(rules)) if rules else tr("No rule used it.")
    )
    buttons = [Button(tr("All templates"), press_of("template.list"))]
    return Update(done_card(tr("Template “{name}” deleted", name=name), detail, buttons=buttons))
