"""The dialog of a rule: open it, redraw it, save it."""

from __future__ import annotations

from itertools import count

from bot import lookup
from bot.cards.done import done_card
from bot.chat.reply import Open, Reply, Update
from bot.context import Context, dialog
from bot.rules.cards import sent_text
from bot.rules.draw import blank_form, draw_rule_dialog
from bot.rules.form import RuleForm, draft_of, form_of, problem_text, read_form, when_of
from bot.rules.show import condition_text, rule_page
from bot.text.event_types import event_types_text
from bot.widgets import Button, Message, press
from models.accounts.rights import Action
from models.connections.names import known_names
from models.errors import Conflict, InvalidRulesFile
from models.pipedrive.filters.filters import InvalidFilter, parse
from models.pipedrive.types import entities_of
from models.rules import actions
from models.rules.queries import destinations_of, rule_names
from models.rules.save import read_draft
from models.tables import Rule

REDACTED_AGAIN = "It withholds again what not everybody may see; an admin can open it on its card."
TAKEN = "Name: there is a rule of that name already"


@dialog("rule.new", right=Action.RULE_MAKE)
def open_new(context: Context) -> Reply:
    return Open(draw_rule_dialog(context, blank_form(context)))


@dialog("rule.edit", right=Action.RULE_CHANGE)
def open_edit(context: Context) -> Reply:
    rule = _find_edited(context)
    if rule is None:
        return Update(rule_page(context))
    form = form_of(read_draft(context.session, rule))
    return Open(draw_rule_dialog(context, form, rule_id=str(rule.id)))


@dialog("rule.form", right=Action.RULE_MAKE)
def redraw_form(context: Context) -> Reply:
    """Draw the form again after another event type was chosen, because its entity has other fields."""
    rule = _find_edited(context)
    return Open(draw_rule_dialog(context, _read_form(context, rule), rule_id=str(rule.id) if rule else ""))


@dialog("rule.save", right=Action.RULE_MAKE, writes=True)
def save_form(context: Context) -> Reply:
    """Save the rule; if that fails, show the form again with all problems."""
    rule = _find_edited(context)
    if rule is None and "rule" in context.interaction.parameters:
        return Update(rule_page(context))
    form = _read_form(context, rule)
    try:
        saved = _save_rule(context, form, rule)
    except InvalidRulesFile as refused:
        problems = [problem_text(problem) for problem in refused.problems]
    except Conflict:
        problems = [TAKEN]
    else:
        closed = form.kept is not None and form.kept.show_restricted and not saved.shows_restricted
        return Update(_saved_card(context, saved, REDACTED_AGAIN if closed else ""))
    return Open(draw_rule_dialog(context, form, rule_id=str(rule.id) if rule else "", problems=problems))


def _find_edited(context: Context) -> Rule | None:
    number = context.interaction.parameters.get("rule", "")
    return lookup.rule_by_id(context, number, right=Action.RULE_CHANGE)


def _read_form(context: Context, rule: Rule | None) -> RuleForm:
    stored = read_draft(context.session, rule) if rule else None
    return read_form(context.interaction.inputs, stored)


def _save_rule(context: Context, form: RuleForm, rule: Rule | None) -> Rule:
    taken = rule_names(context.session, context.tenant_id)
    name = form.name.strip()
    if rule is None and name in taken:
        raise Conflict(user_message=TAKEN)
    draft = draft_of(form, name or (rule.name if rule else _suggest_name(context, form, taken)))
    if rule is None:
        return actions.make_rule(context.session, context.actor, draft)
    return actions.edit_rule(context.session, context.actor, rule, draft)


def _suggest_name(context: Context, form: RuleForm, taken: set[str]) -> str:
    """Return a name that says what the rule does and that no other rule has."""
    words = event_types_text(form.on)
    try:
        tree = when_of(form)
        names = known_names(context.session, context.tenant_id)
        text = parse(tree, entities_of(list(form.on)), names).words() if tree else ""
    except InvalidFilter:
        text = ""
    name = f"{words}, {text}"[:200] if text else words
    return next(one for n in count(1) if (one := name if n == 1 else f"{name} ({n})") not in taken)


def _saved_card(context: Context, rule: Rule, detail: str) -> Message:
    """Confirm the save, and send the test card if one was requested."""
    if context.interaction.parameters.get("test") == "yes":
        names = actions.test_rule(context.session, context.actor, rule)
        context.wake_worker = True
        detail = f"{detail} {sent_text(names)}".strip()
    facts = [
        ("When", event_types_text(rule.event_types)),
        ("Only if", condition_text(context, rule) or "always"),
        ("Post to", ", ".join(each.name for each in destinations_of(context.session, rule))),
    ]
    buttons = [
        Button("Show", press("rule.show", rule=rule.id), primary=True),
        Button("All rules", press("rule.list")),
    ]
    return done_card(f"Rule “{rule.name}” saved", detail, facts=facts, buttons=buttons)
