"""The cards of people: the list, one person, and the dialogs that invite, change a role and remove."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from bot.cards.done import confirm_dialog, done_card
from bot.text.format import cut_bytes, listed, plural
from bot.widgets import (
    Button,
    Buttons,
    Card,
    Choice,
    Fact,
    Icon,
    Message,
    Option,
    Section,
    Text,
    TextInput,
    Widget,
    press,
)
from models.accounts.rights import role_text
from models.tables.accounts import ROLES, Role

ROLE_WORDS: Final[dict[str, str]] = {
    Role.ADMIN: "everything, also people and the connection with Pipedrive",
    Role.MANAGER: "all rules and spaces; reads who is in the team",
    Role.SALES_REP: "their own rules; links spaces; acts on cards",
    Role.ANALYST: "reads everything; changes nothing",
    Role.VIEWER: "reads rules and spaces; changes nothing",
}
NOT_MET: Final = "not met in Chat yet"
HOW_TO_MEET: Final = (
    "Pipenotify has not met them yet, so it cannot write to them. Ask them to say /pipenotify in a linked"
    " space, or hello in a direct message."
)
COMES_BACK: Final = "They stay out until somebody invites them, also if they are in your Pipedrive."


@dataclass(frozen=True, slots=True)
class PersonFacts:
    """A person in the words shown to people. `name` is empty if nobody has told it."""

    id: str
    email: str
    role: str
    name: str = ""
    is_met: bool = True
    is_me: bool = False

    @property
    def called(self) -> str:
        return self.name or self.email


@dataclass(frozen=True, slots=True)
class PeoplePage:
    """Which part of the list a card shows. `find`: the words that people were searched for."""

    page: int = 1
    pages: int = 1
    total: int = 0
    find: str = ""


def people_card(people: Sequence[PersonFacts], view: PeoplePage, *, may_change: bool) -> Message:
    """Return a page of the team, with buttons to the pages before and after it."""
    count = plural(view.total, "person", "people")
    rows: list[Widget] = [_person_row(person) for person in people]
    if not rows:
        rows = [Text(f"Nobody has “{view.find[:80]}” in their name or e-mail.")]
        rows.append(Buttons(Button("Everybody", press("team.list"))))
    subtitle = f"{count}, page {view.page:,} of {view.pages:,}" if view.pages > 1 else count
    footer = [Button("Invite", press("team.invite", dialog=True), primary=True)] if may_change else []
    sections = [Section(rows), *_page_buttons(view)]
    return Message(
        Card("People", subtitle, sections, footer, card_id="team"), fallback_text=f"People: {count}"
    )


def _person_row(person: PersonFacts) -> Fact:
    label = role_text(person.role) + (" · you" if person.is_me else "")
    below = " · ".join(filter(None, (person.email if person.name else "", "" if person.is_met else NOT_MET)))
    end = Button("Open", press("team.show", person=person.id))
    return Fact(cut_bytes(person.called, 120), label, below=below, end=end)


def _page_buttons(view: PeoplePage) -> list[Section]:
    words: dict[str, Any] = {"find": view.find} if view.find else {}
    back = [Button("Previous", press("team.list", page=view.page - 1, **words))] if view.page > 1 else []
    on = [Button("Next", press("team.list", page=view.page + 1, **words))] if view.page < view.pages else []
    return [Section([Buttons(*back, *on)])] if back or on else []


def person_card(person: PersonFacts, *, may_change: bool, done: str = "") -> Message:
    """Return one person with their role; `done` says what was just changed."""
    may = f"{role_text(person.role)}: {ROLE_WORDS.get(person.role, '')}".removesuffix(": ")
    facts = [
        ("Done", done, "check"),
        ("Role", may, "badge"),
        ("E-mail", person.email if person.name else "", "mail"),
        ("Chat", "" if person.is_met else HOW_TO_MEET, "info"),
    ]
    rows: list[Widget] = [Fact(text, label, Icon(icon, label)) for label, text, icon in facts if text]
    buttons = [Button("All people", press("team.list"))]
    if may_change:
        buttons = [
            Button("Change role", press("team.role", dialog=True, person=person.id), primary=True),
            Button("Remove", press("team.remove", dialog=True, person=person.id)),
            *buttons,
        ]
    card = Card(
        person.called, role_text(person.role), [Section(rows), Section([Buttons(*buttons)])], card_id="person"
    )
    return Message(card, fallback_text=done or f"{person.called}: {role_text(person.role)}")


def gone_card() -> Message:
    """Return the answer to a button of somebody who was removed meanwhile."""
    buttons = [Button("All people", press("team.list"))]
    return done_card("This person is gone", "They are not in your team any more.", buttons=buttons)


def role_dialog(person: PersonFacts, problem: str = "", chosen: str = "") -> Card:
    """Return the dialog that changes a role; `problem` is shown above the choice."""
    sections = [*_problem(problem), Section([_role_choice(chosen or person.role)])]
    save = Button("Save", press("team.grant", person=person.id), primary=True)
    return Card("Change role", person.called, sections, [save], card_id="team-role")


def invite_dialog(email: str = "", role: str = Role.SALES_REP, problem: str = "") -> Card:
    """Return the dialog that invites somebody, with what was filled in."""
    hint = "The one they use in Google Chat"
    fields: list[Widget] = [TextInput("email", "E-mail", email, hint=hint), _role_choice(role)]
    invite = Button("Invite", press("team.add"), primary=True)
    return Card("Invite somebody", "", [*_problem(problem), Section(fields)], [invite], card_id="team-invite")


def _problem(problem: str) -> list[Section]:
    return [Section([Text(problem)], "Please look at this again")] if problem else []


def _role_choice(chosen: str) -> Choice:
    options = [Option(role, f"{role_text(role)}: {ROLE_WORDS[role]}", role == chosen) for role in ROLES]
    return Choice("role", "Role", options, "radio")


def remove_dialog(person: PersonFacts, rules: int, to_them: Sequence[str]) -> Card:
    """Return the dialog before somebody is removed; `rules` they made, `to_them` rules that post to them."""
    stays = (
        f" {plural(rules, 'rule of theirs stays', 'rules of theirs stay')}, without an author."
        if rules
        else ""
    )
    lost = f" No longer posting to them: {listed(list(to_them), most=10)}." if to_them else ""
    what = (
        f"{_in_full(person)} can do nothing in your team any more, is signed out, and loses"
        f" their own connection with Pipedrive.{stays}{lost} {COMES_BACK}"
    )
    yes = press("team.drop", person=person.id)
    return confirm_dialog("Remove from the team?", what, yes="Remove", press=yes)


def _in_full(person: PersonFacts) -> str:
    return f"{person.name} ({person.email})" if person.name else person.email


def removed_card(person: PersonFacts) -> Message:
    notice = "They are told in a direct message." if person.is_met else ""
    detail = f"{COMES_BACK} {notice}".strip()
    buttons = [Button("All people", press("team.list"))]
    return done_card(f"{person.called} is removed", detail, buttons=buttons)
