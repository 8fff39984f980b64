"""The dialogs of `rule bulk`, and the card of what was done."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from bot.cards.done import confirm_dialog, done_card
from bot.context import Context
from bot.text.format import cut_bytes, listed
from bot.widgets import Button, Card, Choice, Message, Option, Press, Section, Text, TextInput, Widget, press
from models.database.row_ids import row_id
from models.languages.translate import marked, tr, tr_in, tr_plural, whole
from models.pipedrive.readable import fold_name
from models.rules.bulk import MOST, Changed, RuleChange, changeable_rules
from models.tables import Rule

SHOWN: Final = 10  # names on the card of what was done
WORDS: Final[dict[RuleChange, str]] = {
    RuleChange.OFF: marked("Switch off"),
    RuleChange.ON: marked("Switch on"),
    RuleChange.MOVE: marked("Move to another place"),
    RuleChange.DELETE: marked("Delete"),
}


def change_of(text: str) -> RuleChange:
    """Return the change that a form or a button names; for anything else to switch off, which is harmless."""
    return next((each for each in RuleChange if each == text), RuleChange.OFF)


def read_ids(texts: Sequence[str]) -> list[int]:
    """Return the ids among these texts; a text may hold several, with commas."""
    found = (row_id(part) for text in texts for part in text.split(","))
    return [number for number in found if number is not None][:MOST]


def choose_dialog(context: Context, find: str = "", *, chosen: Sequence[int] = (), problem: str = "") -> Card:
    """Return the dialog in which rules are ticked; `find` narrows them by their names."""
    rules = [
        rule
        for rule in changeable_rules(context.session, context.actor)
        if fold_name(find) in fold_name(rule.name)
    ]
    shown = rules[:MOST]
    options = [Option(str(rule.id), _option_text(rule), rule.id in chosen) for rule in shown]
    changes = [Option(each, tr(text), each is RuleChange.OFF) for each, text in WORDS.items()]
    rows: list[Widget] = [Text(problem)] if problem else []
    rows.append(TextInput("find", tr("Only rules with these words in the name"), find))
    if len(rules) > len(shown):
        rows.append(
            Text(
                tr(
                    "These are the first {most} of {count}. Write some words and press Search.",
                    most=MOST,
                    count=whole(len(rules)),
                )
            )
        )
    if options:
        rows += [
            Choice("rules", tr("Rules"), options, "checkboxes"),
            Choice("change", tr("What to do with them"), changes, "radio"),
        ]
    else:
        rows.append(Text(tr("There is no such rule that you may change.")))
    footer = [Button(tr("Search"), press("bulk.search"))]
    if options:
        footer = [Button(tr("Next"), press("bulk.ask"), primary=True), *footer]
    return Card(tr("Change many rules"), "", [Section(rows)], footer, card_id="bulk")


def _option_text(rule: Rule) -> str:
    state = tr_in("state", "on") if rule.is_enabled else tr_in("state", "off")
    return tr("{name} (no. {id}, {state})", name=cut_bytes(rule.name, 80), id=rule.id, state=state)


def ask_dialog(rules: Sequence[Rule], change: RuleChange) -> Card:
    """Return the dialog that names all rules that will be switched or deleted."""
    title = {
        RuleChange.OFF: tr_plural("Switch off {count} rule?", "Switch off {count} rules?", len(rules)),
        RuleChange.ON: tr_plural("Switch on {count} rule?", "Switch on {count} rules?", len(rules)),
        RuleChange.DELETE: tr_plural("Delete {count} rule?", "Delete {count} rules?", len(rules)),
    }[change]
    names = listed([f"“{cut_bytes(rule.name, 80)}”" for rule in rules], most=MOST)
    end = {
        RuleChange.DELETE: tr("Cards that they have sent stay."),
        RuleChange.OFF: tr("They send nothing then."),
    }.get(change, "")
    parameters = {"ids": ",".join(str(rule.id) for rule in rules), "change": change.value}
    what, yes = f"{names}. {end}".strip(), tr(WORDS[change])
    return confirm_dialog(title, what, yes=yes, press=Press("bulk.change", parameters))


def changed_card(done: Changed, change: RuleChange) -> Message:
    """Return what was done with which rules, what was not and why, and the way back."""
    count = len(done.names)
    title = {
        RuleChange.OFF: tr_plural("{count} rule switched off", "{count} rules switched off", count),
        RuleChange.ON: tr_plural("{count} rule switched on", "{count} rules switched on", count),
        RuleChange.MOVE: tr_plural("{count} rule moved", "{count} rules moved", count),
        RuleChange.DELETE: tr_plural("{count} rule deleted", "{count} rules deleted", count),
    }[change]
    facts = [("", listed(done.names, most=SHOWN))] if done.names else []
    buttons = [Button(tr("All rules"), press("rule.list"))]
    if done.undo:
        back = {"ids": ",".join(map(str, done.undo)), "change": change.value}
        buttons.insert(0, Button(tr("Undo"), Press("bulk.undo", back)))
    return done_card(title, "", facts=[*facts, *_refusals(done)], buttons=buttons)


def undone_card(done: Changed) -> Message:
    facts = [("", listed(done.names, most=SHOWN))] if done.names else []
    title = tr_plural("{count} rule is as before", "{count} rules are as before", len(done.names))
    buttons = [Button(tr("All rules"), press("rule.list"))]
    return done_card(title, "", facts=[*facts, *_refusals(done)], buttons=buttons)


def _refusals(done: Changed) -> list[tuple[str, str]]:
    return [(tr("Not changed: {name}", name=cut_bytes(name, 80)), why) for name, why in done.refused[:SHOWN]]
