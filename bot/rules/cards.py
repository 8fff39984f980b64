"""The cards of rules: the list, and one rule in full."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby

from bot.cards.done import confirm_dialog, done_card
from bot.text.format import cut_bytes, listed, plural
from bot.widgets import (
    Button,
    Buttons,
    Card,
    Fact,
    Icon,
    Message,
    Press,
    Section,
    Switch,
    Text,
    Widget,
    press,
)
from models.tables import Rule


@dataclass(frozen=True, slots=True)
class RuleFacts:
    """One rule, in the words shown to people.

    `on`: "Deal won, Deal lost"; `when`: the filter in words, empty for always; `to`: the destinations' names;
    `lately`: "14 cards this week, last one 5 minutes ago".
    """

    id: str
    name: str
    enabled: bool = True
    on: str = ""
    when: str = ""
    to: str = ""
    look: str = "compact"
    urgent: bool = False
    mentions_owner: bool = False
    shows_restricted: bool = False
    lately: str = ""


@dataclass(frozen=True, slots=True)
class RuleList:
    """Which part of the list a card shows.

    `find`: what was searched for; `nothing`: why there is no rule on the page, empty: there is none yet.
    `near` are rules that may have been meant, by name and id.
    """

    page: int = 1
    pages: int = 1
    total: int | None = None
    find: str = ""
    nothing: str = ""
    near: Sequence[tuple[str, int]] = ()


def rules_card(rules: Sequence[RuleFacts], view: RuleList | None = None, *, may_make: bool = True) -> Message:
    """Return a page of rules (10 a page) by where they post, with buttons to the other pages."""
    view = view or RuleList()
    count = plural(len(rules) if view.total is None else view.total, "rule")
    if view.find and rules:
        count = f"{count} for “{cut_bytes(view.find, 60)}”"
    subtitle = f"{count}, page {view.page:,} of {view.pages:,}" if view.pages > 1 else count
    if not rules:
        subtitle = "" if view.nothing else "No rules yet"
    sections = [
        Section([_rule_row(rule) for rule in group], f"Post to {where}")
        for where, group in groupby(rules, key=lambda rule: rule.to)
    ]
    why = view.nothing or "No rules yet." + (" Make the first one." if may_make else "")
    meant = [Button(name, press("rule.show", rule=rule_id)) for name, rule_id in view.near]
    empty = Section([Text(why), *([Buttons(*meant)] if meant else [])])
    footer = _new_rule_button(may_make)
    if view.find:
        footer = [Button("All rules", press("rule.list"), primary=not rules), *footer]
    card = Card(
        "Rules", subtitle, [*(sections or [empty]), *_page_buttons(view)], footer[:2], card_id="rules"
    )
    return Message(card, fallback_text=f"Rules: {view.nothing or count}")


def _rule_row(rule: RuleFacts) -> Fact:
    """Draw a rule without an icon: on a phone its name needs the room beside the button."""
    label = f"No. {rule.id} · {'on' if rule.enabled else 'off'}"
    below = f"{rule.on}, only if {rule.when}" if rule.when else rule.on
    end = Button("Open", press("rule.show", rule=rule.id))
    return Fact(cut_bytes(rule.name, 80), label, below=cut_bytes(below, 240), end=end)


def _page_buttons(view: RuleList) -> list[Section]:
    def turn_to(page: int) -> Press:
        return Press("rule.list", {"page": str(page), **({"find": view.find} if view.find else {})})

    back = [Button("Previous", turn_to(view.page - 1))] if view.page > 1 else []
    on = [Button("Next", turn_to(view.page + 1))] if view.page < view.pages else []
    return [Section([Buttons(*back, *on)])] if back or on else []


def _new_rule_button(may_make: bool) -> list[Button]:
    return [Button("New rule", press("rule.new", dialog=True), primary=True)] if may_make else []


def rule_card(rule: RuleFacts, *, may_edit: bool = True, may_reveal: bool = False) -> Message:
    """Return one rule: its events and filter, where it posts, how to change it.

    `may_reveal`: the viewer is an admin, who may decide whether spaces see restricted objects.
    """
    state = "On" if rule.enabled else "Off: nothing is sent"
    rows: list[Widget] = [
        Fact(text, label, Icon(icon, label))
        for label, text, icon in (
            ("When", rule.on, "bolt"),
            ("Only if", rule.when or "always", "filter_alt"),
            ("Post to", rule.to, "forum"),
            ("Look", rule.look, "style"),
            ("Urgent", "yes, if quiet hours let it" if rule.urgent else "", "priority_high"),
            ("Mentions", "the owner" if rule.mentions_owner else "", "alternate_email"),
        )
        if text
    ]
    if rule.lately:
        look_back = Button("Look back", press("rule.backtest", rule=rule.id)) if may_edit else None
        rows.append(Fact(rule.lately, "Lately", Icon("history", "Lately"), end=look_back))
    rows.append(_restricted_row(rule, may_reveal))
    if may_edit:
        flip = press("rule.toggle", rule=rule.id, to="off" if rule.enabled else "on")
        rows.insert(
            0, Fact(state, icon=Icon("power_settings_new", "State"), end=Switch("on", rule.enabled, flip))
        )
    buttons = [Section([_rule_buttons(rule, may_edit)])]
    return Message(
        Card(
            rule.name,
            f"No. {rule.id}, {'on' if rule.enabled else 'off'}",
            [Section(rows), *buttons],
            card_id="rule",
        ),
        f"Rule {rule.name}: {state}",
    )


def _restricted_row(rule: RuleFacts, may_reveal: bool) -> Fact:
    text = (
        "Shown to all who are there"
        if rule.shows_restricted
        else "Hidden: the card only says that it happened"
    )
    flip = press("rule.reveal", rule=rule.id, to="off" if rule.shows_restricted else "on")
    end = Switch("restricted", rule.shows_restricted, flip) if may_reveal else None
    icon = Icon("visibility" if rule.shows_restricted else "visibility_off", "Restricted")
    return Fact(text, "What only some may see", icon, end=end)


def _rule_buttons(rule: RuleFacts, may_edit: bool) -> Buttons:
    edit = [
        Button("Edit", press("rule.edit", dialog=True, rule=rule.id), primary=True),
        Button("Test", press("rule.try", dialog=True, rule=rule.id)),
        Button("Delete", press("rule.delete", dialog=True, rule=rule.id)),
    ]
    return Buttons(*(edit if may_edit else []), Button("All rules", press("rule.list")))


def delete_dialog(rule: Rule, destinations: Sequence[str]) -> Card:
    """Return the dialog before a rule is deleted; it says what is deleted with it."""
    where = listed(list(destinations)) or "nowhere"
    what = f"“{rule.name}” posts to {where}. Cards that it has sent stay, its history too."
    return confirm_dialog("Delete this rule?", what, yes="Delete", press=press("rule.remove", rule=rule.id))


def deleted_card(name: str, entry: int) -> Message:
    """Confirm that a rule is deleted; the audit trail's `entry` can restore it."""
    buttons = [Button("Undo", press("rule.undo", entry=entry)), Button("All rules", press("rule.list"))]
    return done_card(f"Rule “{name}” deleted", "It sends nothing any more.", buttons=buttons)


def sent_text(names: Sequence[str]) -> str:
    return f"{plural(len(names), 'test card')} on the way to {listed(list(names))}"
