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
from models.languages.translate import marked, tr, tr_plural, whole
from models.tables.accounts import ROLES, Role

ROLE_WORDS: Final[dict[str, str]] = {
    Role.ADMIN: marked("everything, also people and the connection with Pipedrive"),
    Role.MANAGER: marked("all rules and spaces; reads who is in the team"),
    Role.SALES_REP: marked("their own rules; links spaces; acts on cards"),
    Role.ANALYST: marked("reads everything; changes nothing"),
    Role.VIEWER: marked("reads rules and spaces; changes nothing"),
}
NOT_MET: Final = marked("not met in Chat yet")
HOW_TO_MEET: Final = marked(
    "Pipenotify has not met them yet, so it cannot write to them. Ask them to say"
    " /pipenotify in a linked space, or hello in a direct message."
)
COMES_BACK: Final = marked("They stay out until somebody invites them, also if they are in your Pipedrive.")


@dataclass(frozen=True, slots=True)
class PersonFacts:
    """A person in the words shown to people. `name` is empty if nobody has told it.

    `manager` and `reports` are what people call those, where somebody has set them.
    """

    id: str
    email: str
    role: str
    name: str = ""
    is_met: bool = True
    is_me: bool = False
    manager: str = ""
    reports: Sequence[str] = ()

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
        rows = [Text(tr("Nobody has “{find}” in their name or e-mail.", find=view.find[:80]))]
        rows.append(Buttons(Button(tr("Everybody"), press("team.list"))))
    subtitle = (
        tr("{count}, page {page} of {pages}", count=count, page=whole(view.page), pages=whole(view.pages))
        if view.pages > 1
        else count
    )
    footer = [Button(tr("Invite"), press("team.invite", dialog=True), primary=True)] if may_change else []
    sections = [Section(rows), *_page_buttons(view)]
    return Message(
        Card(tr("People"), subtitle, sections, footer, card_id="team"),
        fallback_text=tr("People: {count}", count=count),
    )


def _person_row(person: PersonFacts) -> Fact:
    label = tr(role_text(person.role)) + (f" · {tr('you')}" if person.is_me else "")
    below = " · ".join(
        filter(None, (person.email if person.name else "", "" if person.is_met else tr(NOT_MET)))
    )
    end = Button(tr("Open"), press("team.show", person=person.id))
    return Fact(cut_bytes(person.called, 120), label, below=below, end=end)


def _page_buttons(view: PeoplePage) -> list[Section]:
    words: dict[str, Any] = {"find": view.find} if view.find else {}
    back = [Button(tr("Previous"), press("team.list", page=view.page - 1, **words))] if view.page > 1 else []
    on = (
        [Button(tr("Next"), press("team.list", page=view.page + 1, **words))]
        if view.page < view.pages
        else []
    )
    return [Section([Buttons(*back, *on)])] if back or on else []


def person_card(
    person: PersonFacts, *, may_change: bool, done: str = "", undo: Button | None = None
) -> Message:
    """Return one person with their role; `done` says what was just changed, `undo` takes it back."""
    role = tr(role_text(person.role))
    may = f"{role}: {tr(ROLE_WORDS.get(person.role, ''))}".removesuffix(": ")
    facts = [
        (tr("Done"), done, "check"),
        (tr("Role"), may, "badge"),
        (tr("E-mail"), person.email if person.name else "", "mail"),
        (tr("Manager"), person.manager, "supervisor_account"),
        (tr("Reports to them"), listed(list(person.reports), most=10), "group"),
        (tr("Chat"), "" if person.is_met else tr(HOW_TO_MEET), "info"),
    ]
    rows: list[Widget] = [Fact(text, label, Icon(icon, label)) for label, text, icon in facts if text]
    buttons = [Button(tr("All people"), press("team.list"))]
    if may_change:
        buttons = [
            *filter(None, [undo]),
            Button(tr("Change role"), press("team.role", dialog=True, person=person.id), primary=True),
            Button(tr("Change manager"), press("team.line", dialog=True, person=person.id)),
            Button(tr("Remove"), press("team.remove", dialog=True, person=person.id)),
            *buttons,
        ]
    card = Card(person.called, role, [Section(rows), Section([Buttons(*buttons)])], card_id="person")
    return Message(card, fallback_text=done or f"{person.called}: {role}")


def gone_card() -> Message:
    """Return the answer to a button of somebody who was removed meanwhile."""
    buttons = [Button(tr("All people"), press("team.list"))]
    return done_card(tr("This person is gone"), tr("They are not in your team any more."), buttons=buttons)


def role_dialog(person: PersonFacts, problem: str = "", chosen: str = "") -> Card:
    """Return the dialog that changes a role; `problem` is shown above the choice."""
    sections = [*_problem(problem), Section([_role_choice(chosen or person.role)])]
    save = Button(tr("Save"), press("team.grant", person=person.id), primary=True)
    return Card(tr("Change role"), person.called, sections, [save], card_id="team-role")


def manager_dialog(person: PersonFacts, problem: str = "", typed: str = "") -> Card:
    """Return the dialog that sets somebody's manager; `problem` is shown above what was typed."""
    hint = tr("Name or e-mail of somebody in the team; leave it empty for nobody")
    field = TextInput("manager", tr("Manager"), typed or person.manager, hint=hint)
    save = Button(tr("Save"), press("team.report", person=person.id), primary=True)
    sections = [*_problem(problem), Section([field])]
    return Card(tr("Change manager"), person.called, sections, [save], card_id="team-manager")


def invite_dialog(email: str = "", role: str = Role.SALES_REP, problem: str = "") -> Card:
    """Return the dialog that invites somebody, with what was filled in."""
    hint = tr("The one they use in Google Chat")
    fields: list[Widget] = [TextInput("email", tr("E-mail"), email, hint=hint), _role_choice(role)]
    invite = Button(tr("Invite"), press("team.add"), primary=True)
    return Card(
        tr("Invite somebody"), "", [*_problem(problem), Section(fields)], [invite], card_id="team-invite"
    )


def _problem(problem: str) -> list[Section]:
    return [Section([Text(problem)], tr("Please look at this again"))] if problem else []


def _role_choice(chosen: str) -> Choice:
    options = [
        Option(each, f"{tr(role_text(each))}: {tr(ROLE_WORDS[each])}", each == chosen) for each in ROLES
    ]
    return Choice("role", tr("Role"), options, "radio")


def remove_dialog(person: PersonFacts, rules: int, to_them: Sequence[str]) -> Card:
    """Return the dialog before somebody is removed; `rules` they made, `to_them` rules that post to them."""
    sentences = [
        tr(
            "{person} can do nothing in your team any more, is signed out, and loses their own"
            " connection with Pipedrive.",
            person=_in_full(person),
        )
    ]
    if rules:
        stays = tr_plural(
            "{count} rule of theirs stays, without an author.",
            "{count} rules of theirs stay, without an author.",
            rules,
        )
        sentences.append(stays)
    if to_them:
        sentences.append(tr("No longer posting to them: {names}.", names=listed(list(to_them), most=10)))
    what = " ".join([*sentences, tr(COMES_BACK)])
    yes = press("team.drop", person=person.id)
    return confirm_dialog(tr("Remove from the team?"), what, yes=tr("Remove"), press=yes)


def _in_full(person: PersonFacts) -> str:
    return f"{person.name} ({person.email})" if person.name else person.email


def removed_card(person: PersonFacts) -> Message:
    notice = tr("They are told in a direct message.") if person.is_met else ""
    detail = f"{tr(COMES_BACK)} {notice}".strip()
    buttons = [Button(tr("All people"), press("team.list"))]
    return done_card(tr("{person} is removed", person=person.called), detail, buttons=buttons)
