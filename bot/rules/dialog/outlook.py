"""What a rule says in one sentence, what it would have done lately, and the card of a real event."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from bot.cards.event import CustomTemplate, event_card
from bot.cards.template import template
from bot.context import Context
from bot.rules.condition_words import field_label
from bot.rules.dialog.choices import destination_choices
from bot.rules.dialog.form import RuleForm, draft_of
from bot.rules.dialog.problems import row_problems
from bot.rules.dialog.vocabulary import Vocabulary
from bot.rules.sentence import rule_sentence
from bot.text.changes import line, title_of
from bot.text.format import ago, cut_bytes, plural
from bot.widgets import Button, Buttons, Fact, Press, Section, Text, Widget
from models.accounts.queries import get_tenant
from models.clock import now
from models.connections.names import known_names
from models.connections.visibility import viewer_of
from models.languages.translate import tr, tr_plural, tr_stored
from models.pipedrive import types
from models.pipedrive.change import Change, read
from models.pipedrive.filters.filters import InvalidFilter
from models.pipedrive.local_time import in_zone
from models.pipedrive.name_refs import refs_in
from models.pipedrive.names import Names
from models.rules.backtest import Backtest, Example, Limits, backtest
from models.rules.drafts import LOOKS, RuleDraft
from models.rules.liquid.environment import TemplateFailed
from models.rules.queries import template_named
from models.rules.sample_event import made_up_body

DAYS: Final = 7
# A dialog is drawn again after each change: what has not been counted by then is left out, and said.
LIMITS: Final = Limits(most=20_000, seconds=0.15, examples=3)
MOST_SHOWN: Final = 12  # widgets of the preview
_LINE: Final = 160  # bytes of a line about an event


@dataclass(frozen=True, slots=True)
class Outlook:
    """A rule that can be read, with what it would have done."""

    draft: RuleDraft
    sentence: str
    found: Backtest


def outlook_of(context: Context, form: RuleForm, words: Vocabulary) -> Outlook | None:
    """Return the outlook of a form, None as long as its conditions are not complete."""
    if types.check(list(form.on)) or row_problems(form, words):
        return None
    draft = draft_of(form, form.name, words)
    titles = dict(destination_choices(context, form.kept))
    places = [titles[each] for each in draft.to if each in titles]
    viewer, since = viewer_of(context.session, context.actor), now() - timedelta(days=DAYS)
    try:
        sentence = rule_sentence(draft, words.names, places)
        found = backtest(context.session, context.tenant_id, draft, since, LIMITS, viewer)
    except InvalidFilter:
        return None
    return Outlook(draft, sentence, found)


def draw_outlook(
    context: Context, outlook: Outlook | None, words: Vocabulary, again: Press, *, with_preview: bool
) -> list[Section]:
    """Return the sections of an outlook; the button `again` draws them for what was typed since."""
    button = Buttons(Button(tr("Show what it would do"), again))
    if outlook is None:
        text = tr("As soon as the conditions are complete, this says what the rule would have done.")
        return [Section([Text(text), button], tr("In words"))]
    widgets: list[Widget] = [Text(cut_bytes(outlook.sentence, 800)), Text(_count_text(outlook.found))]
    widgets += [Text(text) for text in (_examples_text(outlook), _misses_text(outlook, words)) if text]
    sections = [Section([*widgets, button], tr("In words"))]
    if with_preview:
        sections.append(_draw_preview(context, outlook))
    return sections


def _count_text(found: Backtest) -> str:
    if not found.looked_at:
        return tr(
            "Nothing came from Pipedrive in the last {days} days, so there is nothing to count yet.",
            days=DAYS,
        )
    cards = f"{plural(found.fired, 'card')}, {plural(found.near_misses, 'near miss', 'near misses')}"
    if found.go_on is None or found.back_to is None:
        return tr("In the last {days} days: {cards}.", days=DAYS, cards=cards)
    return tr_plural(
        "Among the last {count} event (back to {ago}): {cards}.",
        "Among the last {count} events (back to {ago}): {cards}.",
        found.looked_at,
        ago=ago(found.back_to, now()),
        cards=cards,
    )


def _examples_text(outlook: Outlook) -> str:
    shown = [each for each in outlook.found.examples if not each.redacted_because]
    lines = [f"• {cut_bytes(line(each.change, outlook.found.names), _LINE)}, {_ago(each)}" for each in shown]
    return "\n".join(lines)


def _misses_text(outlook: Outlook, words: Vocabulary) -> str:
    """Return the near misses with the condition that failed, and the value that it found."""
    names = outlook.found.names
    lines = [
        f"• {cut_bytes(title_of(each.change, names), _LINE)}: {_failed_text(each, outlook, words)}"
        for each in outlook.found.misses
        if each.failed and not each.redacted_because
    ]
    return "\n".join([tr("Just missed:"), *lines]) if lines else ""


def _failed_text(example: Example, outlook: Outlook, words: Vocabulary) -> str:
    failed = example.failed
    if failed is None:
        return ""
    label = field_label(failed.field, outlook.draft.on, words.names)
    condition = label + failed.words.removeprefix(failed.field)
    return cut_bytes(
        tr("{condition}, found {found}", condition=condition, found=tr_stored(example.found)), _LINE
    )


def _ago(example: Example) -> str:
    return ago(example.at, now())


def _draw_preview(context: Context, outlook: Outlook) -> Section:
    """Draw the card of the newest event that fits, else of a near miss, else a made-up one."""
    change, names, is_real = _sample(context, outlook)
    zone = get_tenant(context.session, context.tenant_id).timezone
    look = look_of(context, outlook.draft)
    card = event_card(in_zone(change, zone), names, look=look, rule_name=outlook.draft.name).card
    if card is None:
        return Section([])
    rows = [widget for section in card.sections for widget in section.widgets]
    shown: list[Widget] = [row for row in rows if not isinstance(row, Buttons)]
    what = tr("The card of a real event") if is_real else tr("The card, on a made-up event")
    return Section([Fact(card.title, below=card.subtitle), *shown[:MOST_SHOWN]], what)


def _sample(context: Context, outlook: Outlook) -> tuple[Change, Names, bool]:
    """Return an event to draw, the names for it, and whether it is a real one."""
    found: Sequence[Example] = [*outlook.found.examples, *outlook.found.misses]
    real = next((each.change for each in found if not each.redacted_because), None)
    if real is not None:
        return real, outlook.found.names, True
    made = read(made_up_body(outlook.draft.on[0])) or read(made_up_body("deal.won"))
    if made is None:
        raise ValueError("the made-up body of a won deal is no change")
    names = known_names(context.session, context.tenant_id, refs_in(made))
    return made, names.for_everybody(), False


def look_of(context: Context, draft: RuleDraft) -> str | CustomTemplate:
    """Return how the cards of a rule look: compact or detailed, or its template ready to render."""
    if isinstance(draft.template, str):
        if draft.template in LOOKS:
            return draft.template
        source = template_named(context.session, context.tenant_id, draft.template)
    else:
        source = str(draft.template.get("liquid", ""))
    try:
        return template(source) if source else "compact"
    except TemplateFailed:  # its card comes as a compact one, too
        return "compact"
