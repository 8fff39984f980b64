"""The dialog of a template: open it, preview it, save it. Nothing typed is lost on a problem."""

from __future__ import annotations

from typing import Final

from bot import lookup
from bot.chat.reply import Open, Reply, Update
from bot.context import Context, dialog
from bot.templates.show import draw_template, form_dialog, gone_card, mark_of, template_by_id
from models.accounts.rights import Action
from models.errors import Conflict, InvalidRequest
from models.languages.translate import marked, tr
from models.rules.templates import save_template
from models.tables import Template

with_template: Final = lookup.with_object("template", template_by_id, gone_card)
CHANGED: Final = marked(
    "Somebody changed this template while you edited it. Save again, and yours replaces it."
    " Its text now: {text}"
)
GONE: Final = marked("This template was deleted meanwhile. Save makes a new one of your text.")


@dialog("template.new", right=Action.TEMPLATE_CHANGE)
def open_new(context: Context) -> Reply:
    return Open(form_dialog(context))


@dialog("template.edit", right=Action.TEMPLATE_CHANGE)
@with_template
def open_edit(context: Context, edited: Template) -> Reply:
    return Open(form_dialog(context, edited.name, edited.source, edited=edited))


@dialog("template.preview", right=Action.TEMPLATE_CHANGE)
def preview_template(context: Context) -> Reply:
    edited, seen = _edited(context), context.interaction.parameters.get("seen")
    return Open(
        form_dialog(context, _typed(context, "name"), _typed(context, "source"), edited=edited, seen=seen)
    )


@dialog("template.save", right=Action.TEMPLATE_CHANGE, writes=True)
def save_form(context: Context) -> Reply:
    """Save the template; a problem, or a change by somebody else meanwhile, shows the form again."""
    edited, name, source = _edited(context), _typed(context, "name"), _typed(context, "source")
    seen = context.interaction.parameters.get("seen", "")
    if edited is None and "template" in context.interaction.parameters:
        return Open(form_dialog(context, name, source, problems=[tr(GONE)]))
    if edited is not None and seen != mark_of(edited):
        now_is = tr(CHANGED, text=edited.source[:500])
        return Open(form_dialog(context, name, source, edited=edited, problems=[now_is]))
    try:
        saved = save_template(context.session, context.actor, name, source, edited)
        return Update(draw_template(context, saved, tr("Saved.")))
    except (InvalidRequest, Conflict) as refused:
        problems = [refused.user_message]
    return Open(form_dialog(context, name, source, edited=edited, problems=problems, seen=seen))


def _edited(context: Context) -> Template | None:
    return template_by_id(context, context.interaction.parameters.get("template", ""))


def _typed(context: Context, name: str) -> str:
    return next(iter(context.interaction.inputs.get(name, ())), "")
