"""The dialog of a rule: open it, redraw it, save it."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from itertools import count

from bot import lookup
from bot.cards.done import done_card
from bot.chat.reply import Open, Reply, Update
from bot.context import Context, dialog
from bot.rules.cards import sent_text
from bot.rules.condition_words import condition_words
from bot.rules.draw import DialogState, blank_form, draw_rule_dialog
from bot.rules.form import RuleForm, draft_of, form_of, read_form, when_of
from bot.rules.meanwhile import changed_meanwhile, deletion_of, deletion_text, marks_of
from bot.rules.problems import doubts_of, form_problems
from bot.rules.show import condition_text, gone_card, titles_of_rule
from bot.text.event_types import event_types_text
from bot.widgets import Button, Message, press
from models.accounts.rights import Action
from models.connections.names import known_names
from models.errors import Conflict
from models.pipedrive.filters.filters import InvalidFilter
from models.pipedrive.names import Names
from models.rules import actions
from models.rules.drafts import RuleDraft
from models.rules.queries import rule_names
from models.rules.save import find_problems, read_draft
from models.tables import Rule

REDACTED_AGAIN = "It withholds again what not everybody may see; an admin can open it on its card."
TAKEN = "Name: there is a rule of that name already"
SURE = "Save again to keep it so."
AS_NEW = " Your input is kept below: Save makes a new rule of it."


@dialog("rule.new", right=Action.RULE_MAKE)
def open_new(context: Context) -> Reply:
    return Open(draw_rule_dialog(context, blank_form(context)))


@dialog("rule.edit", right=Action.RULE_CHANGE)
def open_edit(context: Context) -> Reply:
    rule = _find_edited(context)
    if rule is None:
        return Update(gone_card(context))
    draft = read_draft(context.session, rule)
    return Open(draw_rule_dialog(context, form_of(draft), DialogState(str(rule.id), marks_of(draft))))


@dialog("rule.form", right=Action.RULE_MAKE)
def redraw_form(context: Context) -> Reply:
    """Draw the form again after another event type was chosen, because its entity has other fields."""
    rule = _find_edited(context)
    state = DialogState(str(rule.id) if rule else "", _parameter(context, "seen"))
    return Open(draw_rule_dialog(context, _read_form(context, rule), state))


@dialog("rule.save", right=Action.RULE_MAKE, writes=True)
def save_form(context: Context) -> Reply:
    """Save the rule; if that fails, show the form again with everything that was filled in.

    It fails for problems, if somebody else changed or deleted the rule meanwhile, and the first time for a
    name that Pipedrive does not have.
    """
    rule = _find_edited(context)
    rule = actions.lock_rule(context.session, rule) if rule is not None else None
    if rule is None and "rule" in context.interaction.parameters:
        return _offer_as_new(context)
    form = _read_form(context, rule)
    names = known_names(context.session, context.tenant_id)
    taken = rule_names(context.session, context.tenant_id) - {rule.name if rule else ""}
    draft = draft_of(
        form, form.name.strip() or (rule.name if rule else _suggest_name(form, names, taken)), names
    )
    problems = form_problems(_draft_problems(context, draft, names), form, names)
    doubts = doubts_of(form, names)
    if problems or draft.name in taken:
        taken_name = [TAKEN] if draft.name in taken else []
        return _show_again(context, form, rule, [*problems, *taken_name, *doubts])
    if rule is not None and (changed := changed_meanwhile(context, rule, _parameter(context, "seen"))):
        return _show_again(context, form, rule, [changed], seen=marks_of(read_draft(context.session, rule)))
    if doubts and _parameter(context, "sure") != _mark_of(doubts):
        return _show_again(context, form, rule, [*doubts, SURE], sure=_mark_of(doubts))
    return _save_and_confirm(context, form, rule, draft)


def _save_and_confirm(context: Context, form: RuleForm, rule: Rule | None, draft: RuleDraft) -> Reply:
    try:
        if rule is None:
            saved = actions.make_rule(context.session, context.actor, draft)
        else:
            saved = actions.edit_rule(context.session, context.actor, rule, draft)
    except Conflict:  # another transaction took the name at the same moment
        return _show_again(context, form, rule, [TAKEN])
    closed = form.kept is not None and form.kept.show_restricted and not saved.shows_restricted
    return Update(_saved_card(context, saved, REDACTED_AGAIN if closed else ""))


def _draft_problems(context: Context, draft: RuleDraft, names: Names) -> list[str]:
    found = find_problems(context.session, context.tenant_id, draft, names)
    return [f"{path}: {message}" for path, message in found]


def _show_again(
    context: Context,
    form: RuleForm,
    rule: Rule | None,
    problems: Sequence[str],
    *,
    seen: str | None = None,
    sure: str = "",
) -> Reply:
    """Show the form with all that was filled in; `seen` and `sure` travel with its buttons."""
    kept = _parameter(context, "seen") if seen is None else seen
    state = DialogState(str(rule.id) if rule else "", kept, sure)
    return Open(draw_rule_dialog(context, form, state, problems=problems))


def _offer_as_new(context: Context) -> Reply:
    """Answer a Save of a rule that was deleted meanwhile: nothing that was typed is lost."""
    gone = deletion_text(deletion_of(context, _parameter(context, "rule")))
    form = read_form(context.interaction.inputs)
    return Open(draw_rule_dialog(context, form, problems=[gone + AS_NEW]))


def _parameter(context: Context, name: str) -> str:
    return context.interaction.parameters.get(name, "")


def _mark_of(doubts: Sequence[str]) -> str:
    return hashlib.sha256("\n".join(doubts).encode()).hexdigest()[:12]


def _find_edited(context: Context) -> Rule | None:
    return lookup.rule_by_id(context, _parameter(context, "rule"), right=Action.RULE_CHANGE)


def _read_form(context: Context, rule: Rule | None) -> RuleForm:
    stored = read_draft(context.session, rule) if rule else None
    return read_form(context.interaction.inputs, stored)


def _suggest_name(form: RuleForm, names: Names, taken: set[str]) -> str:
    """Return a name that says what the rule does and that no other rule has."""
    words = event_types_text(form.on)
    try:
        text = condition_words(when_of(form, names), form.on, names)
    except InvalidFilter:
        text = ""
    name = f"{words}, {text}"[:200] if text else words
    return next(one for n in count(1) if (one := name if n == 1 else f"{name} ({n})") not in taken)


def _saved_card(context: Context, rule: Rule, detail: str) -> Message:
    """Confirm the save, and send the test card if one was requested."""
    if _parameter(context, "test") == "yes":
        sent = actions.test_rule(context.session, context.actor, rule)
        context.wake_worker = True
        detail = f"{detail} {sent_text(sent)}".strip()
    facts = [
        ("When", event_types_text(rule.event_types)),
        ("Only if", condition_text(context, rule) or "always"),
        ("Post to", ", ".join(titles_of_rule(context, rule))),
    ]
    buttons = [
        Button("Show", press("rule.show", rule=rule.id), primary=True),
        Button("All rules", press("rule.list")),
    ]
    return done_card(f"Rule “{rule.name}” saved", detail, facts=facts, buttons=buttons)
