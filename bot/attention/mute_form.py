"""The form that mutes: what, and for how long."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from bot import lookup
from bot.attention.places import HERE, ME, TEAM, default_word
from bot.context import Context
from bot.widgets import Button, Buttons, Card, Choice, Option, Section, Text, TextInput, Widget, press
from models.accounts.features import Feature
from models.accounts.rights import Action
from models.errors import NotFound
from models.languages.translate import marked, tr, tr_in
from models.languages.words import shown_word
from models.tables import Rule

SPANS: Final = {
    "30m": marked("30 minutes"),
    "1h": marked("1 hour"),
    "4h": marked("4 hours"),
    "today": marked("Today, until midnight"),
    "tomorrow": marked("Until 8:00 of the next working day"),
}
USUAL: Final = "1h"
RULE_GONE: Final = marked("The rule of this card was deleted, so it sends no more.")


@dataclass(frozen=True, slots=True)
class MuteForm:
    """What was filled in: the place, a span of SPANS, and the time of day, which counts more."""

    where: str = ""
    span: str = USUAL
    clock: str = ""

    @property
    def duration(self) -> list[str]:
        """The words of the duration."""
        return (
            ["until", *self.clock.removeprefix("until").removeprefix(shown_word("until")).split()]
            if self.clock
            else [self.span]
        )


def read_mute_form(inputs: Mapping[str, Sequence[str]]) -> MuteForm:
    where, span, clock = (next(iter(inputs.get(name, ())), "").strip() for name in ("where", "span", "clock"))
    return MuteForm(where, span or USUAL, clock)


def draw_mute_form(
    context: Context, form: MuteForm | None = None, problem: str = "", rule: Rule | None = None
) -> Card:
    """Return the dialog with what was filled in; `problem` is shown above the fields.

    With a `rule`, that rule alone is muted.
    """
    form = form or MuteForm()
    places = _places(context, of_rule=rule is not None)
    where = form.where if form.where in places else next(iter(places), "")
    chosen = [Option(key, text, key == where) for key, text in places.items()]
    spans = [Option(key, tr(text), key == form.span) for key, text in SPANS.items()]
    fields: list[Widget] = [
        Choice("where", tr("Where?") if rule is not None else tr("Mute what?"), chosen, "radio"),
        Choice("span", tr("For how long?"), spans, "radio"),
        TextInput("clock", tr("Or until"), form.clock, hint=tr("A time of day: 15:00")),
        Text(tr("When it ends, one card there says what was missed.")),
    ]
    if rule is None:
        fields += _other_ways(context)
    problems = [Section([Text(problem)], tr("Please look at this again"))] if problem else []
    save = press("mute.save", rule=rule.id) if rule is not None else press("mute.save")
    title = tr("Mute the rule “{name}”", name=rule.name) if rule is not None else tr_in("button", "Mute")
    footer = [Button(tr_in("button", "Mute"), save, primary=True)]
    return Card(title, "", [*problems, Section(fields)], footer, card_id="mute-form")


def _other_ways(context: Context) -> list[Widget]:
    """Return the buttons to what lasts, as far as the plan has it."""
    known = (
        (Feature.QUIET_HOURS, Button(tr("Quiet hours"), press("quiet.open"))),
        (Feature.DIGESTS, Button(tr("Digest"), press("digest.open"))),
    )
    ways = [button for feature, button in known if context.has(feature)]
    return [Text(tr("Every day at the same hours, or gathered:")), Buttons(*ways)] if ways else []


def _places(context: Context, *, of_rule: bool) -> dict[str, str]:
    """Return the places that the asking person may mute, the usual one first; a rule in one place only."""
    may = context.actor.may
    places = {HERE: tr("This space"), ME: tr("Your direct messages"), TEAM: tr("The whole team")}
    if context.interaction.space.is_dm or not may(Action.SPACE_MUTE):
        places.pop(HERE)
    if of_rule or not may(Action.ATTENTION_CHANGE):
        places.pop(TEAM)
    first = default_word(context)
    return dict(sorted(places.items(), key=lambda place: place[0] != first))


def find_rule(context: Context) -> Rule | None:
    """Return the rule that a button or a form is about, None if it names none. Raises NotFound."""
    rule_id = context.interaction.parameters.get("rule")
    if rule_id is None:
        return None
    rule = lookup.rule_by_id(context, rule_id)
    if rule is None:
        raise NotFound(user_message=tr(RULE_GONE))
    return rule
