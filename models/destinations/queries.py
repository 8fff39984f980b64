"""Queries about destinations and spaces."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Select, and_, func, literal_column, or_, select
from sqlalchemy.orm import Session

from models.tables.accounts import User
from models.tables.deliveries import Delivery, DeliveryState
from models.tables.destinations import EMAIL, PAUSED_BY, RECORD, Destination, Space
from models.tables.rules import Rule, RuleDestination


def list_destinations(
    session: Session, tenant_id: int, *, only_space: str | None = None
) -> list[Destination]:
    """Return all destinations of a tenant, by name; with `only_space` (`spaces/AAAA`) that one alone.

    People whom records name are none that can be looked at or changed.
    """
    mine = (Destination.tenant_id == tenant_id, Destination.kind != RECORD)
    query = _only(select(Destination).where(*mine), only_space)
    return list(session.scalars(query.order_by(Destination.name)))


def get_destination(session: Session, tenant_id: int, destination_id: int) -> Destination | None:
    """Return a destination by its id, None for people whom records name (see `list_destinations`)."""
    mine = (Destination.tenant_id == tenant_id, Destination.id == destination_id, Destination.kind != RECORD)
    return session.scalar(select(Destination).where(*mine))


def destination_of_uid(session: Session, uid: str) -> Destination | None:
    """Return the e-mail destination that a link in a mail names; None for any other, and once it is gone."""
    return session.scalar(select(Destination).where(Destination.uid == uid, Destination.kind == EMAIL))


def _only(query: Select[Destination], space: str | None) -> Select[Destination]:
    return query if space is None else query.where(Destination.name == space)


def list_chosen_destinations(
    session: Session,
    tenant_id: int,
    *,
    only_space: str | None = None,
    after: int = 0,
    limit: int | None = None,
) -> list[Destination]:
    """Return the destinations that people chose, oldest first (see `is_chosen` and `list_destinations`).

    The part begins after an id, and has at most `limit`; all without one.
    """
    mine = (Destination.tenant_id == tenant_id, Destination.id > after, is_chosen())
    query = _only(select(Destination).where(*mine), only_space)
    return list(session.scalars(query.order_by(Destination.id).limit(limit)))


def destination_names(session: Session, tenant_id: int, ids: Sequence[int | None]) -> dict[int, str]:
    """Return the names of destinations by their ids; None among the ids is left out."""
    known = [each for each in ids if each is not None]
    query = select(Destination.id, Destination.name)
    rows = session.execute(query.where(Destination.tenant_id == tenant_id, Destination.id.in_(known)))
    return dict(rows.all()) if known else {}


def is_named() -> Any:
    """Build the condition that leaves out direct messages which no rule names: only notices go there.

    People whom records name are left out too (see `list_destinations`).
    """
    sends = and_(
        RuleDestination.tenant_id == Destination.tenant_id, RuleDestination.destination_id == Destination.id
    )
    has_rule = select(RuleDestination.rule_id).where(sends).exists()
    return and_(Destination.kind != RECORD, or_(Destination.kind != "chat_dm", has_rule))


def is_chosen() -> Any:
    """Build the condition for what people can look at: what `is_named`, and any that takes nothing now.

    So a direct message that Chat refuses is included, because a person has to resume it.
    """
    return or_(is_named(), and_(Destination.kind != RECORD, Destination.is_active.is_(False)))


def space_titles(session: Session, tenant_id: int, names: Collection[str] | None = None) -> dict[str, str]:
    """Return the titles of linked spaces, of these or of all, by their Chat names (`spaces/AAAA`)."""
    query = select(Space.name, Space.title).where(Space.tenant_id == tenant_id, Space.title != "")
    if names is not None:
        query = query.where(Space.name.in_(set(names)))
    return dict(session.execute(query).all())


def space_titles_by_id(session: Session, tenant_id: int) -> dict[int, tuple[str, str]]:
    """Return the name (`spaces/AAAA`) and the title of each linked space, by its id."""
    rows = session.execute(select(Space.id, Space.name, Space.title).where(Space.tenant_id == tenant_id))
    return {space_id: (name, title) for space_id, name, title in rows}


def rule_names_by_destination(
    session: Session, tenant_id: int, destinations: Sequence[Destination]
) -> dict[int, list[str]]:
    """Return the names of the rules that post to each destination, in alphabetical order."""
    query = select(RuleDestination.destination_id, Rule.name).join(RuleDestination.rule)
    ids = RuleDestination.destination_id.in_([each.id for each in destinations])
    found: dict[int, list[str]] = defaultdict(list)
    mine = (RuleDestination.tenant_id == tenant_id, ids)
    for destination_id, name in session.execute(query.where(*mine).order_by(Rule.name)):
        found[destination_id].append(name)
    return found


def rules_naming(session: Session, tenant_id: int, destination: Destination) -> list[str]:
    """Return the names of the rules that post there, in alphabetical order, ignoring case."""
    query = select(Rule.name).select_from(RuleDestination).join(RuleDestination.rule)
    mine = (RuleDestination.tenant_id == tenant_id, RuleDestination.destination_id == destination.id)
    return list(session.scalars(query.where(*mine).order_by(func.lower(Rule.name))))


def authors_of_rules_naming(session: Session, destination: Destination) -> list[tuple[int, str, str]]:
    """Return the rules that post there, each as its id, its name and who made it."""
    query = select(Rule.id, Rule.name, Rule.made_by).select_from(RuleDestination).join(RuleDestination.rule)
    mine = (
        RuleDestination.tenant_id == destination.tenant_id,
        RuleDestination.destination_id == destination.id,
    )
    rows = session.execute(query.where(*mine).order_by(Rule.id))
    return [(number, name, author) for number, name, author in rows]


def last_delivered(
    session: Session, tenant_id: int, destinations: Sequence[Destination]
) -> dict[int, datetime]:
    """Return when each destination got its last card; destinations without one are left out."""
    theirs = and_(
        Delivery.tenant_id == Destination.tenant_id,
        Delivery.destination_id == Destination.id,
        Delivery.state == literal_column(f"'{DeliveryState.DELIVERED}'"),  # as the index says it
    )
    newest = select(func.max(Delivery.finished_at)).where(theirs).correlate(Destination).scalar_subquery()
    mine = (Destination.tenant_id == tenant_id, Destination.id.in_([each.id for each in destinations]))
    rows = session.execute(select(Destination.id, newest).where(*mine))
    return {each: at for each, at in rows if at is not None}


def list_linked_spaces(session: Session, tenant_id: int, limit: int) -> Sequence[tuple[Destination, str]]:
    """Return the destinations that are spaces, oldest first, each with the title of its space."""
    query = select(Destination, Space.title).join(Destination.space)
    mine = query.where(Destination.tenant_id == tenant_id).order_by(Destination.id).limit(limit)
    return [(destination, title) for destination, title in session.execute(mine)]


def destination_title(session: Session, tenant_id: int, destination_id: int) -> str:
    """Return what people call a destination: the title of its space, else its name."""
    query = select(Destination.name, Space.title).join(Destination.space, isouter=True)
    mine = (Destination.tenant_id == tenant_id, Destination.id == destination_id)
    name, title = session.execute(query.where(*mine)).one()
    return title or name


def has_rules(session: Session, tenant_id: int, destination_id: int) -> bool:
    """Return whether some rule sends to a destination."""
    sends = (RuleDestination.tenant_id == tenant_id, RuleDestination.destination_id == destination_id)
    return session.scalar(select(RuleDestination.rule_id).where(*sends).limit(1)) is not None


def paused_reason(paused_because: str | None) -> str:
    """Return the reason that a delivery to a paused destination keeps."""
    return f"the destination is paused: {paused_because or PAUSED_BY}"


def space_id_of(session: Session, tenant_id: int, name: str) -> int | None:
    """Return the id of a linked space (`spaces/AAAA`), None where the tenant has no such space."""
    return session.scalar(select(Space.id).where(Space.tenant_id == tenant_id, Space.name == name))


def user_id_of(session: Session, destination: Destination) -> int | None:
    """Return the id of the user whom a destination reaches in a direct message; None for all others."""
    if destination.kind != "chat_dm":
        return None
    user = select(User.id).where(User.tenant_id == destination.tenant_id, User.email == destination.address)
    return session.scalar(user)
