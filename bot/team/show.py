"""Finds people of the team, and draws the answers to what commands and buttons do with them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Final

from bot import lookup
from bot.context import Context
from bot.team.cards import (
    PeoplePage,
    PersonFacts,
    gone_card,
    people_card,
    person_card,
    remove_dialog,
    removed_card,
)
from bot.text.format import clean
from bot.widgets import Button, Card, Message, press
from models.accounts.queries import get_user, list_users
from models.accounts.reporting import read_lines, set_manager
from models.accounts.rights import Action, role_text
from models.database.row_ids import row_id
from models.deliveries.team import set_role_and_notify
from models.languages.translate import tr
from models.languages.words import meaning_of
from models.maintenance.remove_user import belongings, check_removable, remove_user
from models.pipedrive.readable import fold_name
from models.tables import User
from models.tables.accounts import ROLES

PAGE: Final = 10
MOST_ROLE_WORDS: Final = 2
TO: Final = ("to", "is", "=")
NOBODY: Final = ("nobody", "none", "no one", "-")


def facts_of(context: Context, user: User) -> PersonFacts:
    return PersonFacts(
        str(user.id),
        user.email,
        user.role,
        clean(user.display_name),
        is_met=user.chat_name is not None,
        is_me=user.id == context.actor.user_id,
    )


def _in_lines(context: Context, user: User) -> PersonFacts:
    """Return a person with their manager, and who reports to them."""
    lines = read_lines(context.session, context.tenant_id)
    called = {each.id: _called(each) for each in list_users(context.session, context.tenant_id)}
    manager = called.get(lines.manager_of(user.id) or 0, "")
    reports = sorted(called[each] for each in lines.reports_of(user.id))
    return replace(facts_of(context, user), manager=manager, reports=reports)


def _called(user: User) -> str:
    return clean(user.display_name) or user.email


def draw_page(context: Context, page: int = 1, find: str = "") -> Message:
    """Return one page of the team by name, or of those that have `find` in their name or e-mail."""
    wanted = fold_name(find)
    every = list_users(context.session, context.tenant_id)
    found = [user for user in every if wanted in fold_name(f"{user.display_name} {user.email}")]
    pages = max(1, -(-len(found) // PAGE))
    page = min(max(page, 1), pages)
    facts = [facts_of(context, user) for user in found[(page - 1) * PAGE : page * PAGE]]
    view = PeoplePage(page, pages, len(found), find)
    return people_card(facts, view, may_change=context.actor.may(Action.PEOPLE_CHANGE))


def draw_person(context: Context, user: User, done: str = "", undo: Button | None = None) -> Message:
    may_change = context.actor.may(Action.PEOPLE_CHANGE)
    return person_card(_in_lines(context, user), may_change=may_change, done=done, undo=undo)


def draw_gone(_context: Context) -> Message:
    return gone_card()


def person_by_id(context: Context, number: str) -> User | None:
    """Return a button's person, None if they were removed since."""
    user_id = row_id(number)
    return get_user(context.session, context.tenant_id, user_id) if user_id is not None else None


def split_role(args: Sequence[str]) -> tuple[Sequence[str], str]:
    """Return the words before a role and the role at the end: `ben as a sales rep`; empty without one."""
    for count in range(MOST_ROLE_WORDS, 0, -1):
        word = meaning_of(" ".join(args[-count:])).replace("-", "_").replace(" ", "_")
        role = {"rep": "sales_rep", "sales": "sales_rep"}.get(word, word)
        if len(args) >= count and role in ROLES:
            return args[:-count], role
    return args, ""


def change_role(context: Context, user: User, role: str) -> Message:
    """Give somebody a role, and tell them. Raises NotAllowed, InvalidRequest (see `set_role`)."""
    changed = set_role_and_notify(context.session, context.actor, user.id, role)
    context.wake_worker = changed is not None
    done = (
        tr("Now {role}.", role=tr(role_text(role)))
        if changed is not None
        else tr("Was {role} already.", role=tr(role_text(role)))
    )
    return draw_person(context, user, done)


def set_manager_by_words(context: Context, args: Sequence[str]) -> Message:
    """Set a manager as said: `ben to ada`, `ben nobody`; of one person alone, show who it is.

    Names may have several words, so each place between them is tried. Raises NotFound, InvalidRequest.
    """
    known = lookup.known_people(context)
    for count in range(len(args) - 1, 0, -1):
        user, named = lookup.only_person(context, known, args[:count]), _without_link(args[count:])
        is_nobody = _means_nobody(named)
        manager = None if is_nobody else lookup.only_person(context, known, named)
        if user is not None and (is_nobody or manager is not None):
            return change_manager(context, user, manager)
    person = lookup.find_person(context, args) if len(args) == 1 else lookup.find_person(context, args[:-1])
    if len(args) > 1:
        person_or_nobody(context, args[-1:])
    return draw_person(context, person)


def person_or_nobody(context: Context, words: Sequence[str]) -> User | None:
    """Return whom words name: a person of the team, or nobody. Raises NotFound, InvalidRequest."""
    named = _without_link(words)
    return None if _means_nobody(named) else lookup.find_person(context, named)


def _without_link(words: Sequence[str]) -> Sequence[str]:
    return words[1:] if len(words) > 1 and meaning_of(words[0]) in TO else words


def _means_nobody(words: Sequence[str]) -> bool:
    return not words or meaning_of(" ".join(words)) in NOBODY


def change_manager(context: Context, user: User, manager: User | None) -> Message:
    """Set somebody's manager, with a button that takes it back. Raises what `set_manager` raises."""
    before = set_manager(context.session, context.actor, user.id, manager.id if manager else None)
    if manager is before:
        return draw_person(context, user, tr("It was so already."))
    done = tr("{manager} is their manager now.", manager=_called(manager)) if manager else tr("Nobody now.")
    back = press("team.restore", person=str(user.id), manager=str(before.id) if before else "")
    return draw_person(context, user, done, Button(tr("Undo"), back))


def ask_to_remove(context: Context, user: User) -> Card:
    """Return the dialog before somebody is removed. Raises InvalidRequest (see `check_removable`)."""
    check_removable(context.session, context.actor, user.id)
    has = belongings(context.session, user)
    return remove_dialog(facts_of(context, user), has.rules, has.to_them)


def remove_person(context: Context, user: User) -> Message:
    """Remove somebody, and tell them. Raises NotAllowed, InvalidRequest (see `remove_user`)."""
    facts = facts_of(context, user)
    remove_user(context.session, context.actor, user.id)
    context.wake_worker = True
    return removed_card(facts)
