"""The cards of rules: the list, and one rule in full."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby

from bot.cards.done import confirm_dialog, done_card
from bot.command_line import join_words
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
from models.languages.translate import tr, tr_in, tr_plural, whole
from models.rules.drafts import LOOKS
from models.tables import Rule


@dataclass(frozen=True, slots=True)
class RuleFacts:
    """One rule, in the words shown to people.

    `on`: "Deal won, Deal lost"; `when`: the filter in words, empty for always; `to`: the destinations' names;
    `priority` orders the rules that want one event in one place, highest first; 0 is the usual one.
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
    priority: int = 0
    mentions: str = ""
    shows_restricted: bool = False
    lately: str = ""


@dataclass(frozen=True, slots=True)
class RuleList:
    """Which part of the list a card shows.

    `find`: the words that were searched for; `nothing`: why there is no rule on the page, empty: there is
    none yet. `near` are rules that may have been meant, by name and id.
    """

    page: int = 1
    pages: int = 1
    total: int | None = None
    find: Sequence[str] = ()
    nothing: str = ""
    near: Sequence[tuple[str, int]] = ()


def rules_card(rules: Sequence[RuleFacts], view: RuleList | None = None, *, may_make: bool = True) -> Message:
    """Return a page of rules (10 a page) by where they post, with buttons to the other pages."""
    view = view or RuleList()
    count = plural(len(rules) if view.total is None else view.total, "rule")
    if view.find and rules:
        count = tr("{count} for “{words}”", count=count, words=cut_bytes(" ".join(view.find), 60))
    subtitle = (
        tr("{count}, page {page} of {pages}", count=count, page=whole(view.page), pages=whole(view.pages))
        if view.pages > 1
        else count
    )
    if not rules:
        subtitle = "" if view.nothing else tr("No rules yet")
    sections = [
        Section([_rule_row(rule) for rule in group], tr("Post to {places}", places=where))
        for where, group in groupby(rules, key=lambda rule: rule.to)
    ]
    first = [tr("Make the first one.")] if may_make else []
    why = view.nothing or " ".join([tr("No rules yet."), *first])
    meant = [Button(name, press("rule.show", rule=rule_id)) for name, rule_id in view.near]
    empty = Section([Text(why), *([Buttons(*meant)] if meant else [])])
    footer = _new_rule_button(may_make)
    if view.find:
        footer = [Button(tr("All rules"), press("rule.list"), primary=not rules), *footer]
    card = Card(
        tr("Rules"), subtitle, [*(sections or [empty]), *_page_buttons(view)], footer[:2], card_id="rules"
    )
    return Message(card, fallback_text=tr("Rules: {count}", count=view.nothing or count))


def _rule_row(rule: RuleFacts) -> Fact:
    """Draw a rule without an icon: on a phone its name needs the room beside the button."""
    label = tr("No. {id} · {state}", id=rule.id, state=_on_or_off(rule))
    below = tr("{events}, only if {condition}", events=rule.on, condition=rule.when) if rule.when else rule.on
    end = Button(tr("Open"), press("rule.show", rule=rule.id))
    return Fact(cut_bytes(rule.name, 80), label, below=cut_bytes(below, 240), end=end)


def _on_or_off(rule: RuleFacts) -> str:
    return tr_in("state", "on") if rule.enabled else tr_in("state", "off")


def _page_buttons(view: RuleList) -> list[Section]:
    def turn_to(page: int) -> Press:
        words = {"find": join_words(view.find)} if view.find else {}
        return Press("rule.list", {"page": str(page), **words})

    back = [Button(tr("Previous"), turn_to(view.page - 1))] if view.page > 1 else []
    on = [Button(tr("Next"), turn_to(view.page + 1))] if view.page < view.pages else []
    return [Section([Buttons(*back, *on)])] if back or on else []


def _new_rule_button(may_make: bool) -> list[Button]:
    return [Button(tr("New rule"), press("rule.new", dialog=True), primary=True)] if may_make else []


def rule_card(rule: RuleFacts, *, may_edit: bool = True, may_reveal: bool = False) -> Message:
    """Return one rule: its events and filter, where it posts, how to change it.

    `may_reveal`: the viewer is an admin, who may decide whether spaces see restricted objects.
    """
    state = tr_in("state", "On") if rule.enabled else tr("Off: nothing is sent")
    rows: list[Widget] = [
        Fact(text, label, Icon(icon, label))
        for label, text, icon in (
            (tr("When"), rule.on, "bolt"),
            (tr("Only if"), rule.when or tr("always"), "filter_alt"),
            (tr("Post to"), rule.to, "forum"),
            (tr("Look"), tr(rule.look) if rule.look in LOOKS else rule.look, "style"),
            (tr("Urgent"), tr("yes, if quiet hours let it") if rule.urgent else "", "priority_high"),
            (tr("Priority"), _priority_text(rule.priority), "sort"),
            (tr("Mentions"), rule.mentions, "alternate_email"),
        )
        if text
    ]
    if rule.lately:
        look_back = Button(tr("Look back"), press("rule.backtest", rule=rule.id)) if may_edit else None
        rows.append(Fact(rule.lately, tr("Lately"), Icon("history", tr("Lately")), end=look_back))
    rows.append(_restricted_row(rule, may_reveal))
    if may_edit:
        flip = press("rule.toggle", rule=rule.id, to="off" if rule.enabled else "on")
        rows.insert(
            0, Fact(state, icon=Icon("power_settings_new", tr("State")), end=Switch("on", rule.enabled, flip))
        )
    buttons = [Section([_rule_buttons(rule, may_edit)])]
    return Message(
        Card(
            rule.name,
            tr("No. {id}, {state}", id=rule.id, state=_on_or_off(rule)),
            [Section(rows), *buttons],
            card_id="rule",
        ),
        tr("Rule {name}: {state}", name=rule.name, state=state),
    )


def _priority_text(priority: int) -> str:
    """Return a rule's priority among those that want one event in one place, empty for the usual one."""
    if not priority:
        return ""
    return tr("{number}, where the usual one is 0 and the highest comes first", number=whole(priority))


def _restricted_row(rule: RuleFacts, may_reveal: bool) -> Fact:
    text = (
        tr("Shown to all who are there")
        if rule.shows_restricted
        else tr("Hidden: the card only says that it happened")
    )
    flip = press("rule.reveal", rule=rule.id, to="off" if rule.shows_restricted else "on")
    end = Switch("restricted", rule.shows_restricted, flip) if may_reveal else None
    icon = Icon("visibility" if rule.shows_restricted else "visibility_off", tr("Restricted"))
    return Fact(text, tr("What only some may see"), icon, end=end)


def _rule_buttons(rule: RuleFacts, may_edit: bool) -> Buttons:
    edit = [
        Button(tr("Edit"), press("rule.edit", dialog=True, rule=rule.id), primary=True),
        Button(tr("Test"), press("rule.try", dialog=True, rule=rule.id)),
        Button(tr("Delete"), press("rule.delete", dialog=True, rule=rule.id)),
    ]
    return Buttons(*(edit if may_edit else []), Button(tr("All rules"), press("rule.list")))


def delete_dialog(rule: Rule, destinations: Sequence[str]) -> Card:
    """Return the dialog before a rule is deleted; it says what is deleted with it."""
    where = listed(list(destinations)) or tr("nowhere")
    what = tr(
        "“{name}” posts to {where}. Cards that it has sent stay, its history too.",
        name=rule.name,
        where=where,
    )
    return confirm_dialog(
        tr("Delete this rule?"), what, yes=tr("Delete"), press=press("rule.remove", rule=rule.id)
    )


def deleted_card(name: str, entry: int) -> Message:
    """Confirm that a rule is deleted; the audit trail's `entry` can restore it."""
    buttons = [
        Button(tr("Undo"), press("rule.undo", entry=entry)),
        Button(tr("All rules"), press("rule.list")),
    ]
    return done_card(
        tr("Rule “{name}” deleted", name=name), tr("It sends nothing any more."), buttons=buttons
    )


def sent_text(names: Sequence[str]) -> str:
    return tr_plural(
        "{count} test card on the way to {places}",
        "{count} test cards on the way to {places}",
        len(names),
        places=listed(list(names)),
    )
