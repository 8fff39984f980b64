"""The dialog of a rule: open it, redraw it, save what it holds."""

from __future__ import annotations

from itertools import count

from sqlalchemy import select

from bot import lookup
from bot.cards.done import done_card
from bot.chat.reply import Open, Reply, Update
from bot.context import Context, dialog
from bot.rules import actions as rule_actions
from bot.rules import queries as rule_queries
from bot.rules.draw import blank, draw
from bot.rules.form import RuleForm, draft_of, filled, of_draft, problem_text, when_of
from bot.text.event_types import event_types_text
from bot.widgets import Button, Message, press
from models.connections.names import known_names
from models.errors import Conflict, InvalidRulesFile
from models.pipedrive.filters.filters import InvalidFilter, parse
from models.pipedrive.types import entities_of
from models.rules.save import drafts_of, save_rule
from models.tables import Rule

TAKEN = "Name: there is a rule of that name already"


@dialog("rule.new")
def open_new(context: Context) -> Reply:
    return Open(draw(context, blank(context)))


@dialog("rule.edit")
def open_edit(context: Context) -> Reply:
    rule = _edited(context)
    if rule is None:
        return Update(rule_queries.page_of(context))
    form = of_draft(drafts_of(context.session, context.tenant_id, [rule])[rule.id])
    return Open(draw(context, form, rule_id=str(rule.id)))


@dialog("rule.form")
def redraw(context: Context) -> Reply:
    """Draw the form again after another event type was chosen: its entity has other fields."""
    rule = _edited(context)
    return Open(draw(context, _form(context, rule), rule_id=str(rule.id) if rule else ""))


@dialog("rule.save", writes=True)
def save(context: Context) -> Reply:
    """Save what was filled in; what cannot be saved is shown again with all that is wrong."""
    rule = _edited(context)
    if rule is None and "rule" in context.interaction.parameters:
        return Update(rule_queries.page_of(context))
    form = _form(context, rule)
    try:
        saved = _saved(context, form, rule)
    except InvalidRulesFile as refused:
        problems = [problem_text(problem) for problem in refused.problems]
    except Conflict:
        problems = [TAKEN]
    else:
        closed = form.kept is not None and form.kept.show_restricted and not saved.shows_restricted
        return Update(_told(context, saved, rule_actions.CLOSED_AGAIN if closed else ""))
    return Open(draw(context, form, rule_id=str(rule.id) if rule else "", problems=problems))


def _edited(context: Context) -> Rule | None:
    return lookup.rule_by_id(context, context.interaction.parameters.get("rule", ""))


def _form(context: Context, rule: Rule | None) -> RuleForm:
    kept = drafts_of(context.session, context.tenant_id, [rule])[rule.id] if rule else None
    return filled(context.interaction.inputs, kept)


def _saved(context: Context, form: RuleForm, rule: Rule | None) -> Rule:
    names = known_names(context.session, context.tenant_id)
    taken = set(context.session.scalars(select(Rule.name).where(Rule.tenant_id == context.tenant_id)))
    name = form.name.strip()
    if rule is None and name in taken:
        raise Conflict(user_message=TAKEN)
    draft = draft_of(form, name or (rule.name if rule else _suggested(context, form, taken)))
    draft = rule_actions.permitted(context, draft, form.kept)
    saved = save_rule(context.session, context.tenant_id, draft, names, context.actor.name, rule)
    context.record("rule.edited" if rule else "rule.made", saved.name)
    return saved


def _suggested(context: Context, form: RuleForm, taken: set[str]) -> str:
    """Name a rule after what it does, unlike all others."""
    words = event_types_text(form.on)
    try:
        tree = when_of(form)
        names = known_names(context.session, context.tenant_id)
        said = parse(tree, entities_of(list(form.on)), names).words() if tree else ""
    except InvalidFilter:
        said = ""
    name = f"{words}, {said}"[:200] if said else words
    return next(one for n in count(1) if (one := name if n == 1 else f"{name} ({n})") not in taken)


def _told(context: Context, rule: Rule, detail: str) -> Message:
    """Say that it is saved, and send the test card if one was asked for."""
    if context.interaction.parameters.get("test") == "yes":
        detail = f"{detail} {rule_actions.sent_text(rule_actions.test(context, rule))}".strip()
    facts = [
        ("When", event_types_text(rule.event_types)),
        ("Only if", rule_queries.condition_text(context, rule) or "always"),
        ("Post to", ", ".join(place.name for place in rule_actions.targets(context, rule))),
    ]
    buttons = [
        Button("Show", press("rule.show", rule=rule.id), primary=True),
        Button("All rules", press("rule.list")),
    ]
    return done_card(f"Rule “{rule.name}” saved", detail, facts=facts, buttons=buttons)
