"""Draws the form of a rule as a dialog."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from bot.context import Context
from bot.rules.dialog.choices import destination_choices, event_choices
from bot.rules.dialog.draw_conditions import RowsToDraw, draw_conditions
from bot.rules.dialog.form import KEEP_TEMPLATE, RuleForm
from bot.rules.dialog.option_room import SEVERAL, Listing, OptionRoom, room_for
from bot.rules.dialog.outlook import draw_outlook, outlook_of
from bot.rules.dialog.problems import row_problems
from bot.rules.dialog.vocabulary import Vocabulary, vocabulary_of
from bot.text.format import cut_bytes
from bot.text.wording import capital
from bot.widgets import Button, Card, Choice, Option, Press, Section, Text, TextInput, Widget
from models.destinations.linking import NAME_MOST
from models.destinations.recipients import FORMER_OWNER, OWNERS_MANAGER, field_of, mention_text
from models.languages.translate import marked, tr
from models.rules.drafts import LOOKS
from models.rules.queries import template_names
from models.tables.rules import Mention, Thread, UpdateMode

_SEVERAL_TEXT: Final = marked("Several of these …")
MOST_LOOKS: Final = 60
_THREADS: Final = (
    (Thread.NONE.value, marked("Each card is a message of its own")),
    (Thread.DEAL.value, marked("Cards of one deal share a thread")),
    (Thread.DAY.value, marked("Cards of one day share a thread")),
)
_UPDATES: Final = (
    (UpdateMode.REPLY.value, marked("Come as further messages")),
    (UpdateMode.CARD.value, marked("Change the last card, silently")),
)
_MENTIONS: Final = (
    (Mention.NONE.value, marked("Nobody")),
    (Mention.OWNER.value, marked("The owner of the deal, who is notified")),
    (FORMER_OWNER, marked("The former owner, when the owner changed")),
    (OWNERS_MANAGER, marked("The manager of the owner")),
)


def blank_form(context: Context) -> RuleForm:
    """Return the form of a new rule: its cards go to this space, in a direct message to the person."""
    asked = context.interaction
    places = dict(destination_choices(context))
    wanted = [asked.space.name, *([asked.user.email] if asked.space.is_dm else [])]
    return RuleForm(to=tuple(each for each in wanted if each in places)[:1])


@dataclass(frozen=True, slots=True)
class DialogState:
    """What the buttons of the dialog carry: the rule, what it showed (`marks_of`), what takes several.

    `gone` is the rule that was edited and that somebody deleted meanwhile.
    """

    rule_id: str = ""
    seen: str = ""
    several: frozenset[str] = frozenset()
    gone: str = ""

    def parameters(self) -> dict[str, str]:
        several = ",".join(sorted(self.several))
        named = {"rule": self.rule_id, "seen": self.seen, "several": several, "gone": self.gone[:20]}
        return {key: value for key, value in named.items() if value}


def draw_rule_dialog(
    context: Context,
    form: RuleForm,
    state: DialogState | None = None,
    *,
    problems: Sequence[str] = (),
    words: Vocabulary | None = None,
) -> Card:
    """Return the dialog with what was filled in; `problems` are shown at the top."""
    words = words or vocabulary_of(context)
    state = state or DialogState()
    known, room = state.parameters(), OptionRoom(room_for(len(form.rows)))
    wrong = dict(row_problems(form, words)) if problems else {}
    events = Listing(event_choices(), form.on, {"of": "on"})
    when = _draw_one_or_several("on", tr("When"), events, state, room)
    places = Listing(destination_choices(context, form.kept), form.to, {"of": "to"})
    where = _draw_one_or_several("to", tr("Post to"), places, state, room)
    rows = RowsToDraw(form, words, room, lambda name: _redraw(state, name), wrong)
    sections = [
        Section([Text("\n".join(problems))] if problems else [], tr("Please look at this again")),
        Section([when], tr("What happens")),
        *draw_conditions(rows),
        Section([where], tr("Where")),
        Section(_draw_look(context, form), tr("How it looks")),
    ]
    outlook = outlook_of(context, form, words)
    again, is_roomy = _redraw(state, ""), room.left > 0
    sections += draw_outlook(context, outlook, words, again, with_preview=is_roomy)
    footer = [
        Button(tr("Save"), Press("rule.save", known), primary=True),
        Button(tr("Save and test"), Press("rule.save", {"test": "yes", **known})),
    ]
    title = tr("Edit rule") if state.rule_id else tr("New rule")
    shown = [one for one in sections if one.widgets]
    return Card(title, cut_bytes(form.name, 80), shown, footer, card_id="rule-form")


def _redraw(state: DialogState, changed: str, **more: str) -> Press:
    """Return the press that draws the form again after a change of an input."""
    return Press("rule.form", {**state.parameters(), "changed": changed, **more})


def _draw_one_or_several(
    name: str, label: str, listing: Listing, state: DialogState, room: OptionRoom
) -> Choice:
    """Draw a dropdown whose last option is to choose several, and then a choice of several."""
    picked = list(listing.chosen)
    is_several = len(picked) > 1 or name in state.several
    is_alone = is_several or len(listing.pairs) < 2
    pairs = [*listing.pairs] if is_alone else [*listing.pairs, (SEVERAL, tr(_SEVERAL_TEXT))]
    was = next((each for each in picked if each in dict(listing.pairs)), "")
    redraw = _redraw(state, name, was=was)
    return room.choose(name, label, Listing(pairs, picked, listing.find, is_several), redraw)


def _draw_look(context: Context, form: RuleForm) -> list[Widget]:
    looks = [(look, capital(tr(look))) for look in LOOKS] + [
        (name, name) for name in template_names(context.session, context.tenant_id).values()
    ]
    if form.kept and not isinstance(form.kept.template, str):
        looks.insert(0, (KEEP_TEMPLATE, tr("Its own template, as it is")))
    looks.sort(key=lambda look: look[0] != form.template)
    options = [Option(value, text, value == form.template) for value, text in looks[:MOST_LOOKS]]
    threads = [Option(value, tr(text), value == form.thread) for value, text in _THREADS]
    updates = [Option(value, tr(text), value == form.update) for value, text in _UPDATES]
    mentions = [Option(value, tr(text), value == form.mention) for value, text in _MENTIONS]
    if field_of(form.mention):
        mentions.append(Option(form.mention, capital(mention_text(form.mention)), selected=True))
    urgent = [
        Option("yes", tr("Urgent: at once, also in quiet hours that let urgent cards pass"), form.urgent)
    ]
    name = TextInput(
        "name", tr("Name"), form.name, hint=tr("Left empty, it is named after what it does"), most=NAME_MOST
    )
    return [
        Choice("template", tr("Look"), options),
        Choice("thread", tr("Thread"), threads),
        Choice("update", tr("Later events"), updates),
        Choice("mention", tr("Mention"), mentions),
        Choice("urgent", "", urgent, "switch"),
        name,
        Text(tr("Save and test posts a card marked TEST there at once, seen by everybody who is there.")),
    ]
