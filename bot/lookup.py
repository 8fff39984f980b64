"""Finds a tenant's rule, destination or person by id or name, for a command or a button."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from functools import wraps
from typing import Final, Generic, TypeVar

from bot.chat.reply import Reply, Update
from bot.context import Context, Handler
from bot.text.format import clean, listed
from bot.text.wording import either
from bot.widgets import Message
from models.accounts import permissions
from models.accounts.queries import list_users
from models.accounts.rights import Action
from models.database.row_ids import row_id
from models.destinations.queries import get_destination, list_destinations, space_titles
from models.errors import AppError, InvalidRequest, NotFound
from models.languages.translate import marked, tr
from models.languages.words import meaning_of, shown_command
from models.pipedrive.readable import fold_name
from models.rules.queries import get_rule, list_rules
from models.tables import Destination, Rule, Template, User

HERE: Final = "here"
OF_ONE_RULE: Final = (Action.RULE_CHANGE, Action.RULE_REVEAL)
ME: Final = "me"
NOT_LINKED: Final = marked("This space is not linked yet. /pipenotify space here links it.")
_NUMBER: Final = re.compile(r"(#|no\.?\s*)?(\d{1,18})", re.IGNORECASE)
LISTS: Final = {
    "rule": "rule list",
    "person": "team list",
    "template": "template list",
    "destination": "space list",
}
_WHICH: Final = {
    "rule": marked("Which rule? Add its number or its name."),
    "person": marked("Which person? Add its number or its name."),
    "template": marked("Which template? Add its number or its name."),
    "destination": marked("Which destination? Add its number or its name."),
}
_NONE: Final = {
    "rule": marked("There is no rule “{typed}”."),
    "person": marked("There is no person “{typed}”."),
    "template": marked("There is no template “{typed}”."),
    "destination": marked("There is no destination “{typed}”."),
}
MOST_CHOICES: Final = 3
Row = TypeVar("Row", Rule, Destination, User, Template)


@dataclass(frozen=True, slots=True)
class Candidate(Generic[Row]):
    """A rule, destination or person with the number and the name that the lists show."""

    row: Row
    number: int
    name: str


def find_rule(context: Context, args: Sequence[str]) -> Rule:
    """Return the rule that is meant, if the actor may do with it what they ask.

    Raises NotFound, NotAllowed, and InvalidRequest if it is ambiguous.
    """
    only_space = permissions.only_space(context.actor, Action.RULE_READ)
    known = list_rules(context.session, context.tenant_id, only_space=only_space)
    rules = sorted(known, key=lambda rule: rule.name)
    found = choose([Candidate(rule, rule.id, rule.name) for rule in rules], args, "rule")
    return _permitted(context, found)


def rule_by_id(context: Context, id: str, right: Action | None = None) -> Rule | None:
    """Return a button's rule, None if it was deleted since or the actor may not read it.

    Raises NotAllowed if they may not do with it what they ask; `right` says that more exactly than the
    handler's own right.
    """
    number = row_id(id)
    found = get_rule(context.session, context.tenant_id, number) if number is not None else None
    readable = found is not None and permissions.may_with_rule(
        context.session, context.actor, Action.RULE_READ, found
    )
    return _permitted(context, found, right) if found is not None and readable else None


def _permitted(context: Context, rule: Rule, right: Action | None = None) -> Rule:
    wanted = right or context.right
    if wanted in OF_ONE_RULE:
        permissions.require_rule(context.session, context.actor, wanted, rule)
    return rule


def find_destination(context: Context, args: Sequence[str]) -> Destination:
    """Return the destination that is meant; `here` is this space, `me` one's own direct message.

    Raises NotFound, and InvalidRequest if it is ambiguous.
    """
    known = _known_destinations(context)
    return _own_destination(context, known, args) or choose(known, args, "destination")


def destination_before(context: Context, args: Sequence[str], word: str) -> tuple[Destination, str] | None:
    """Return the destination whose whole number or name stands before a word, and the text after that word.

    Names may hold the word, too, so the last one is tried first. None where the word does not stand between
    others. Raises as `find_destination`; a part of a name is not enough, as it may belong to another name.
    """
    known = _known_destinations(context)
    places = [at for at in range(1, len(args) - 1) if meaning_of(args[at]) == word]
    for at in reversed(places):
        if found := _exact_destination(context, known, args[:at]):
            return found, " ".join(args[at + 1 :])
    if not places:
        return None
    # Mistyped. The name meant holds the word at most as often as any other: often not at all.
    held = max((_count(word, each.name) for each in known), default=0)
    raise _refuse_name(known, args[: places[min(held, len(places) - 1)]])


def _count(word: str, name: str) -> int:
    return sum(meaning_of(each) == word for each in name.split())


def _refuse_name(known: Sequence[Candidate[Destination]], args: Sequence[str]) -> AppError:
    """Return why words are no destination's whole name."""
    found = _matches(known, " ".join(args))
    return _several(found, args) if len(found) > 1 else _none(known, args, "destination", near=found)


def _exact_destination(
    context: Context, known: Sequence[Candidate[Destination]], args: Sequence[str]
) -> Destination | None:
    if found := _own_destination(context, known, args):
        return found
    exact = _exact_matches(known, " ".join(args))
    return exact[0].row if len(exact) == 1 else None


def _known_destinations(context: Context) -> list[Candidate[Destination]]:
    titles = space_titles(context.session, context.tenant_id)
    only_space = permissions.only_space(context.actor, Action.SPACE_READ)
    every = list_destinations(context.session, context.tenant_id, only_space=only_space)
    return [Candidate(each, each.id, titles.get(each.name, each.name)) for each in every]


def _own_destination(
    context: Context, known: Sequence[Candidate[Destination]], args: Sequence[str]
) -> Destination | None:
    """Return what `here` or `me` means, None for other words. Raises NotFound where `here` is not linked."""
    word = meaning_of(" ".join(args))
    own = {HERE: context.interaction.space.name, ME: context.interaction.user.email}.get(word)
    found = next((each.row for each in known if own and each.row.name == own), None)
    if found is None and word == HERE:
        raise NotFound(user_message=tr(NOT_LINKED))
    return found


def find_person(context: Context, args: Sequence[str]) -> User:
    """Return the person that is meant, by e-mail, name or number; `me` is oneself.

    Raises NotFound, and InvalidRequest if it is ambiguous.
    """
    known = known_people(context)
    return only_person(context, known, args) or choose(known, args, "person")


def only_person(context: Context, known: Sequence[Candidate[User]], args: Sequence[str]) -> User | None:
    """Return the person that is meant, as `find_person` does; None for nobody or several."""
    typed = " ".join(args).strip()
    meant = meaning_of(typed)
    email = context.actor.name.lower() if meant == ME else meant
    if found := next((each.row for each in known if each.row.email == email), None):
        return found
    fits = _matches(known, typed) if typed else []
    return fits[0].row if len(fits) == 1 else None


def known_people(context: Context) -> list[Candidate[User]]:
    """Return the people of the team, each by name and e-mail."""
    every = list_users(context.session, context.tenant_id)
    return [Candidate(user, user.id, f"{clean(user.display_name)} {user.email}".strip()) for user in every]


def title_of(context: Context, destination: Destination) -> str:
    """Return what people call a destination: the title of its space, else its name."""
    return space_titles(context.session, context.tenant_id).get(destination.name, destination.name)


def destination_by_id(context: Context, id: str) -> Destination | None:
    """Return a button's destination, None if it was removed since or the actor may not read it."""
    number = row_id(id)
    found = get_destination(context.session, context.tenant_id, number) if number is not None else None
    only_space = permissions.only_space(context.actor, Action.SPACE_READ)
    return found if found is not None and only_space in (None, found.name) else None


def with_object(
    parameter: str, find: Callable[[Context, str], Row | None], fallback: Callable[[Context], Message]
) -> Callable[[Callable[[Context, Row], Reply]], Handler]:
    """Return a decorator that passes a button's handler the row whose id is in its `parameter`.

    If the row is gone (a stale card), `fallback` shows the present state instead of an error.
    """

    def decorate(handle: Callable[[Context, Row], Reply]) -> Handler:
        @wraps(handle)
        def find_first(context: Context) -> Reply:
            found = find(context, context.interaction.parameters.get(parameter, ""))
            return handle(context, found) if found else Update(fallback(context))

        return find_first

    return decorate


def choose(candidates: Sequence[Candidate[Row]], args: Sequence[str], noun: str) -> Row:
    """Choose by number, by the whole name, by its beginning, else by a part that only one name has.

    `noun` names what is chosen. Raises NotFound, and InvalidRequest if it is ambiguous.
    """
    typed = " ".join(args).strip()
    if not typed:
        raise InvalidRequest(user_message=f"{tr(_WHICH[noun])} {_list_hint(noun)}")
    found = _matches(candidates, typed)
    if len(found) == 1:
        return found[0].row
    raise _several(found, args) if found else _none(candidates, args, noun)


def _several(found: Sequence[Candidate[Row]], args: Sequence[str]) -> InvalidRequest:
    several = listed(
        [tr("{name} (no. {number})", name=each.name, number=each.number) for each in found], most=5
    )
    return InvalidRequest(
        user_message=tr(
            "Several fit “{typed}”: {several}. Say one of them whole, or its number.",
            typed=" ".join(args).strip()[:80],
            several=several,
        ),
        choices=[(each.name, each.number) for each in found[:MOST_CHOICES]],
        sought=args,
    )


def _none(
    candidates: Sequence[Candidate[Row]], args: Sequence[str], noun: str, near: Sequence[Candidate[Row]] = ()
) -> NotFound:
    """Return that nothing has this name, with what is `near`; without that, with what is written alike."""
    typed = " ".join(args).strip()
    if not near:
        known = {fold_name(each.name): each for each in candidates}
        close = get_close_matches(fold_name(typed)[:80], known, n=MOST_CHOICES, cutoff=0.5)
        near = [known[each] for each in close]
    hints: list[str] = (
        [tr("Did you mean {names}?", names=either([each.name for each in near]))] if near else []
    )
    return NotFound(
        user_message=" ".join([tr(_NONE[noun], typed=typed[:80]), *hints, _list_hint(noun)]),
        choices=[(each.name, each.number) for each in near],
        sought=args,
    )


def _matches(candidates: Sequence[Candidate[Row]], typed: str) -> list[Candidate[Row]]:
    number = _NUMBER.fullmatch(typed)
    found = _exact_matches(candidates, typed)
    if found or (number and number[1]):
        return found
    wanted = fold_name(typed)
    begins = [each for each in candidates if fold_name(each.name).startswith(wanted)]
    return begins or [each for each in candidates if wanted in fold_name(each.name)]


def _exact_matches(candidates: Sequence[Candidate[Row]], typed: str) -> list[Candidate[Row]]:
    """Return what has this number or this whole name; the case of its letters decides between names."""
    wanted, number = fold_name(typed), _NUMBER.fullmatch(typed)
    by_number = [each for each in candidates if number and str(each.number) == number[2]]
    if number and number[1]:  # `#5` and `no. 5` can only be a number
        return by_number
    by_name = [each for each in candidates if fold_name(each.name) == wanted]
    if number:
        return by_number + [each for each in by_name if each not in by_number]
    return [each for each in by_name if each.name == typed] or by_name


def _list_hint(noun: str) -> str:
    return tr("/pipenotify {command} shows all.", command=shown_command(LISTS[noun]))
