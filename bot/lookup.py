"""Finds a tenant's rule or destination by id or name, for a command or a button."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from difflib import get_close_matches
from functools import wraps
from typing import Final, TypeVar

from bot.chat.reply import Reply, Update
from bot.context import Context, Handler
from bot.widgets import Message
from models.accounts import permissions
from models.accounts.rights import Action
from models.destinations.queries import get_destination, list_destinations
from models.errors import InvalidRequest, NotFound
from models.pipedrive.readable import fold_name
from models.rules.queries import get_rule, list_rules
from models.tables import Destination, Rule

HERE: Final = "here"
OF_ONE_RULE: Final = (Action.RULE_CHANGE, Action.RULE_REVEAL)
Row = TypeVar("Row", Rule, Destination)


def find_rule(context: Context, args: Sequence[str]) -> Rule:
    """Return the rule that is meant, if the actor may do with it what they ask.

    Raises NotFound, NotAllowed, and InvalidRequest if it is ambiguous.
    """
    only_space = permissions.only_space(context.actor, Action.RULE_READ)
    known = list_rules(context.session, context.tenant_id, only_space=only_space)
    return _permitted(context, _choose_row(sorted(known, key=lambda rule: rule.name), args, "rule"))


def rule_by_id(context: Context, id: str, right: Action | None = None) -> Rule | None:
    """Return a button's rule, None if it was deleted since or the actor may not read it.

    Raises NotAllowed if they may not do with it what they ask; `right` says that more exactly than the
    handler's own right.
    """
    found = get_rule(context.session, context.tenant_id, int(id)) if _is_id(id) else None
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
    """Return the destination that is meant; `here` is this space. Raises NotFound, InvalidRequest."""
    if [word.lower() for word in args] == [HERE]:
        args = (context.interaction.space.name,)
    only_space = permissions.only_space(context.actor, Action.SPACE_READ)
    known = list_destinations(context.session, context.tenant_id, only_space=only_space)
    return _choose_row(known, args, "destination")


def destination_by_id(context: Context, id: str) -> Destination | None:
    """Return a button's destination, None if it was removed since or the actor may not read it."""
    found = get_destination(context.session, context.tenant_id, int(id)) if _is_id(id) else None
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


def _is_id(text: str) -> bool:
    return text.isdecimal() and len(text) <= 18


def _choose_row(rows: list[Row], args: Sequence[str], noun: str) -> Row:
    """Choose by id, by the full name, else by a part of the name that only one has."""
    typed = " ".join(args).strip()
    wanted = fold_name(typed)
    if not wanted:
        raise InvalidRequest(user_message=f"Which {noun}? Add its number or its name.")
    exact = [row for row in rows if typed == row.name]
    exact = exact or [row for row in rows if wanted in (str(row.id), fold_name(row.name))]
    close = exact or [row for row in rows if wanted in fold_name(row.name)]
    if len(close) == 1 or exact:
        return close[0]
    names = [row.name for row in close[:5]] or get_close_matches(typed, [row.name for row in rows], n=3)
    if close:
        raise InvalidRequest(
            user_message=f"Several fit “{typed[:80]}”: {', '.join(names)}. Say one of them whole."
        )
    hint = f" Did you mean {' or '.join(names)}?" if names else ""
    raise NotFound(user_message=f"There is no {noun} “{typed[:80]}”.{hint}")
