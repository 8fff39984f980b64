"""The dialog of a rule: open it, redraw it, save it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from itertools import count

from bot import lookup
from bot.cards.done import done_card
from bot.chat.reply import Open, Reply, Suggest, Update
from bot.context import Context, dialog
from bot.rules.cards import sent_text
from bot.rules.condition_words import condition_words
from bot.rules.dialog.after_change import after_change
from bot.rules.dialog.choices import find_choices, search
from bot.rules.dialog.draw import DialogState, blank_form, draw_rule_dialog
from bot.rules.dialog.form import RuleForm, draft_of, form_of, read_form, when_of
from bot.rules.dialog.problems import form_problems
from bot.rules.dialog.vocabulary import Vocabulary, vocabulary_of
from bot.rules.meanwhile import (
    changed_meanwhile,
    deletion_of,
    deletion_text,
    draft_of_deleted,
    marks_of,
)
from bot.rules.show import condition_text, gone_card, titles_of_rule
from bot.text.event_types import event_types_text
from bot.widgets import Button, Message, Option, press
from models.accounts.rights import Action
from models.errors import Conflict
from models.languages.translate import marked, tr
from models.pipedrive.filters.filters import InvalidFilter
from models.rules import actions
from models.rules.drafts import RuleDraft
from models.rules.never_fires import reasons_never_to_fire
from models.rules.queries import rule_names
from models.rules.save import find_problems, read_draft
from models.tables import Rule

REDACTED_AGAIN = marked("It withholds again what not everybody may see; an admin can open it on its card.")
TAKEN = marked("Name: there is a rule of that name already")
QUERY = "autocomplete_widget_query"  # the parameter in which Chat sends what was typed
AS_NEW = marked("Your input is kept below: Save makes a new rule of it.")


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
    """Draw the form again after a change: another event has other fields, another field other values."""
    rule = _find_edited(context)
    words = vocabulary_of(context)
    changed, was = _parameter(context, "changed"), _parameter(context, "was")
    form, several = after_change(_read_form(context, rule), changed, was, _several(context), words)
    state = _state(context, rule, _parameter(context, "seen"), several)
    return Open(draw_rule_dialog(context, form, state, words=words))


@dialog("rule.find", right=Action.RULE_MAKE)
def find_options(context: Context) -> Reply:
    """Offer what fits the words that somebody types into a choice of the form."""
    known = find_choices(context, _parameter(context, "of"), lambda: vocabulary_of(context))
    found = search(known, _parameter(context, QUERY))
    return Suggest([Option(value, text) for value, text in found])


@dialog("rule.save", right=Action.RULE_MAKE, writes=True)
def save_form(context: Context) -> Reply:
    """Save the rule; if that fails, show the form again with everything that was filled in.

    It fails for problems, for a rule that could never fire, and if somebody else changed or deleted the rule
    meanwhile.
    """
    rule = _find_edited(context)
    rule = actions.lock_rule(context.session, rule) if rule is not None else None
    if rule is None and "rule" in context.interaction.parameters:
        return _offer_as_new(context)
    form, words = _without_gaps(_read_form(context, rule)), vocabulary_of(context)
    taken = rule_names(context.session, context.tenant_id) - {rule.name if rule else ""}
    draft = draft_of(
        form, form.name.strip() or (rule.name if rule else _suggest_name(form, words, taken)), words
    )
    problems = _problems_of(context, form, draft, words, rule)
    if draft.name in taken:
        problems.append(tr(TAKEN))
    if problems:
        return _show_again(context, form, rule, problems)
    seen = _parameter(context, "seen")
    if rule is not None and (changed := changed_meanwhile(context, rule, seen, draft)):
        return _show_again(context, form, rule, [changed], seen=marks_of(read_draft(context.session, rule)))
    return _save_and_confirm(context, form, rule, draft)


def _problems_of(
    context: Context, form: RuleForm, draft: RuleDraft, words: Vocabulary, rule: Rule | None
) -> list[str]:
    """Return what is wrong with a form; a rule that was stored just so may stay as it is."""
    found = find_problems(context.session, context.tenant_id, draft, words.names, rule)
    problems = form_problems([f"{path}: {message}" for path, message in found], form, words)
    if problems or (form.kept and (form.kept.on, form.kept.when) == (draft.on, draft.when)):
        return problems
    return reasons_never_to_fire(draft.on, draft.when, words.names)


def _save_and_confirm(context: Context, form: RuleForm, rule: Rule | None, draft: RuleDraft) -> Reply:
    try:
        if rule is None:
            saved = actions.make_rule(context.session, context.actor, draft)
        else:
            saved = actions.edit_rule(context.session, context.actor, rule, draft)
    except Conflict:  # another transaction took the name at the same moment
        return _show_again(context, form, rule, [tr(TAKEN)])
    closed = form.kept is not None and form.kept.show_restricted and not saved.shows_restricted
    return Update(_saved_card(context, saved, tr(REDACTED_AGAIN) if closed else ""))


def _show_again(
    context: Context, form: RuleForm, rule: Rule | None, problems: Sequence[str], *, seen: str | None = None
) -> Reply:
    """Show the form with all that was filled in; `seen` travels with its buttons."""
    kept = _parameter(context, "seen") if seen is None else seen
    state = _state(context, rule, kept, _several(context))
    return Open(draw_rule_dialog(context, form, state, problems=problems))


def _state(context: Context, rule: Rule | None, seen: str, several: frozenset[str]) -> DialogState:
    """Return what the buttons go on carrying; a rule that is gone stays the source of what is not shown."""
    if rule is not None:
        return DialogState(str(rule.id), seen, several)
    return DialogState(several=several, gone=_parameter(context, "gone") or _parameter(context, "rule"))


def _without_gaps(form: RuleForm) -> RuleForm:
    """Return the form as it will be drawn, so that the numbers of its rows are those that people see."""
    return replace(form, rows=[row for row in form.rows if row.is_filled])


def _offer_as_new(context: Context) -> Reply:
    """Answer a Save of a rule that was deleted meanwhile: nothing that was typed is lost."""
    rule_id = _parameter(context, "rule")
    gone = deletion_text(deletion_of(context, rule_id))
    form = _without_gaps(read_form(context.interaction.inputs, draft_of_deleted(context, rule_id)))
    state = DialogState(several=_several(context), gone=rule_id)
    return Open(draw_rule_dialog(context, form, state, problems=[f"{gone} {tr(AS_NEW)}"]))


def _parameter(context: Context, name: str) -> str:
    return context.interaction.parameters.get(name, "")


def _several(context: Context) -> frozenset[str]:
    """Return the names of the inputs that take several (`DialogState.several`)."""
    return frozenset(_parameter(context, "several").split(",")) & {"on", "to"}


def _find_edited(context: Context) -> Rule | None:
    return lookup.rule_by_id(context, _parameter(context, "rule"), right=Action.RULE_CHANGE)


def _read_form(context: Context, rule: Rule | None) -> RuleForm:
    """Return the form as filled in; its rows keep their numbers (see `after_change`).

    What the form does not show comes from the stored rule, also from one that was deleted meanwhile.
    """
    gone = _parameter(context, "gone") or _parameter(context, "rule")
    stored = read_draft(context.session, rule) if rule else draft_of_deleted(context, gone)
    return read_form(context.interaction.inputs, stored)


def _suggest_name(form: RuleForm, words: Vocabulary, taken: set[str]) -> str:
    """Return a name that says what the rule does and that no other rule has."""
    what = event_types_text(form.on)
    try:
        text = condition_words(when_of(form, words), form.on, words.names)
    except InvalidFilter:
        text = ""
    name = f"{what}, {text}"[:200] if text else what
    return next(one for n in count(1) if (one := name if n == 1 else f"{name} ({n})") not in taken)


def _saved_card(context: Context, rule: Rule, detail: str) -> Message:
    """Confirm the save, and send the test card if one was requested."""
    if _parameter(context, "test") == "yes":
        sent = actions.test_rule(context.session, context.actor, rule)
        context.wake_worker = True
        detail = f"{detail} {sent_text(sent)}".strip()
    facts = [
        (tr("When"), event_types_text(rule.event_types)),
        (tr("Only if"), condition_text(context, rule) or tr("always")),
        (tr("Post to"), ", ".join(titles_of_rule(context, rule))),
    ]
    buttons = [
        Button(tr("Show"), press("rule.show", rule=rule.id), primary=True),
        Button(tr("All rules"), press("rule.list")),
    ]
    return done_card(tr("Rule “{name}” saved", name=rule.name), detail, facts=facts, buttons=buttons)
