"""Finds what somebody means by an id or a name, within the tenant."""

from __future__ import annotations

from collections.abc import Sequence
from difflib import get_close_matches
from typing import Final, TypeVar

from sqlalchemy import select

from bot.context import Context
from models.errors import InvalidRequest, NotFound
from models.tables import Destination, Rule

HERE: Final = "here"
Row = TypeVar("Row", Rule, Destination)


def rule(context: Context, said: Sequence[str]) -> Rule:
    """Return the rule that is meant. Raises NotFound, InvalidRequest when it is not clear which."""
    query = select(Rule).where(Rule.tenant_id == context.tenant_id).order_by(Rule.name)
    return _meant(list(context.session.scalars(query)), said, "rule")


def rule_by_id(context: Context, id: str) -> Rule | None:
    """Return the rule a button is about, None when it has been removed since."""
    if not id.isdecimal() or len(id) > 18:
        return None
    mine = (Rule.tenant_id == context.tenant_id, Rule.id == int(id))
    return context.session.scalar(select(Rule).where(*mine))


def destination(context: Context, said: Sequence[str]) -> Destination:
    """Return the destination that is meant; `here` is this space. Raises NotFound, InvalidRequest."""
    query = select(Destination).where(Destination.tenant_id == context.tenant_id)
    found = list(context.session.scalars(query.order_by(Destination.name)))
    if [word.lower() for word in said] == [HERE]:
        said = (context.interaction.space.name,)
    return _meant(found, said, "destination")


def destination_by_id(context: Context, id: str) -> Destination | None:
    """Return the destination a button is about, None when it has been removed since."""
    if not id.isdecimal() or len(id) > 18:
        return None
    mine = (Destination.tenant_id == context.tenant_id, Destination.id == int(id))
    return context.session.scalar(select(Destination).where(*mine))


def _meant(rows: list[Row], said: Sequence[str], noun: str) -> Row:
    """Choose by id, by the whole name, else by a part of it that only one has."""
    wanted = " ".join(said).strip().casefold()
    if not wanted:
        raise InvalidRequest(user_message=f"Which {noun}? Add its number or its name.")
    exact = [row for row in rows if wanted in (str(row.id), row.name.casefold())]
    close = exact or [row for row in rows if wanted in row.name.casefold()]
    if len(close) == 1 or exact:
        return close[0]
    names = [row.name for row in close[:5]] or get_close_matches(wanted, [row.name for row in rows], n=3)
    if close:
        raise InvalidRequest(
            user_message=f"Several fit “{wanted[:80]}”: {', '.join(names)}. Say one of them whole."
        )
    hint = f" Did you mean {' or '.join(names)}?" if names else ""
    raise NotFound(user_message=f"There is no {noun} “{wanted[:80]}”.{hint}")
