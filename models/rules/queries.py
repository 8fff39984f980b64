"""Queries about rules."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from sqlalchemy import Select, func, select
from sqlalchemy.orm import Session

from models.pipedrive.readable import fold_name
from models.tables.deliveries import Delivery, DeliveryState
from models.tables.destinations import Destination
from models.tables.rules import Rule, RuleDestination, Template

# What people and programs call a rule that is on, and one that is off.
RULE_STATES: Final = {
    **dict.fromkeys(("on", "enabled", "active"), True),
    **dict.fromkeys(("off", "disabled", "inactive", "paused"), False),
}
_MOST_IDS: Final = 500
MOST_COUNTED: Final = 10_000


def list_rules(
    session: Session,
    tenant_id: int,
    *,
    enabled: bool | None = None,
    words: str = "",
    only_space: str | None = None,
) -> list[Rule]:
    """Return a tenant's rules in the order they apply, only those whose names contain the words.

    `only_space` narrows them to those that post to one space (`spaces/AAAA`); None does not.
    """
    query = select(Rule).where(Rule.tenant_id == tenant_id).order_by(Rule.priority.desc(), Rule.id)
    if enabled is not None:
        query = query.where(Rule.is_enabled.is_(enabled))
    if only_space is not None:
        query = query.where(_posts_to(only_space).exists())
    wanted = fold_name(words)
    return [rule for rule in session.scalars(query) if wanted in fold_name(rule.name)]


@dataclass(frozen=True, slots=True)
class RuleSelection:
    """Which rules are looked for; what is empty or None narrows nothing.

    `event_type` is one that a rule listens to as it is written there; `to` names a destination.
    """

    enabled: bool | None = None
    event_type: str = ""
    words: str = ""
    to: str = ""


def find_rules(
    session: Session,
    tenant_id: int,
    search: RuleSelection,
    *,
    after: int | None = None,
    offset: int = 0,
    limit: int,
) -> tuple[list[Rule], int]:
    """Return a part of the rules that fit, in the order of their ids, and how many fit in all.

    With `after` (an id) the part begins there, else at `offset`.
    """
    names: tuple[Any, ...] = (Rule.name, Rule.event_types) if search.words or search.event_type else ()
    query: Any = select(Rule.id, *names).where(Rule.tenant_id == tenant_id).order_by(Rule.id)
    if search.enabled is not None:
        query = query.where(Rule.is_enabled.is_(search.enabled))
    if search.to:
        query = query.where(_posts_to(search.to).exists())
    ids = [row.id for row in session.execute(query) if not names or _fits(search, row.name, row.event_types)]
    part = ids[offset:] if after is None else [number for number in ids if number > after]
    mine = (Rule.tenant_id == tenant_id, Rule.id.in_(part[:limit]))
    return list(session.scalars(select(Rule).where(*mine).order_by(Rule.id))), len(ids)


def _fits(search: RuleSelection, name: str, on: Sequence[str]) -> bool:
    return fold_name(search.words) in fold_name(name) and search.event_type in ("", *on)


def _posts_to(space: str) -> Select[Any]:
    """Select the targets of a rule (of the enclosing query) that are this space."""
    target = select(RuleDestination.rule_id).join(RuleDestination.destination)
    of_rule = (RuleDestination.tenant_id == Rule.tenant_id, RuleDestination.rule_id == Rule.id)
    return target.where(*of_rule, Destination.name == space).correlate(Rule)


def get_rule(session: Session, tenant_id: int, rule_id: int) -> Rule | None:
    return session.scalar(select(Rule).where(Rule.tenant_id == tenant_id, Rule.id == rule_id))


def rule_names(session: Session, tenant_id: int) -> set[str]:
    return set(session.scalars(select(Rule.name).where(Rule.tenant_id == tenant_id)))


def rule_names_by_id(session: Session, tenant_id: int) -> dict[int, str]:
    return dict(session.execute(select(Rule.id, Rule.name).where(Rule.tenant_id == tenant_id)).all())


def destinations_of(session: Session, rule: Rule) -> list[Destination]:
    """Return the destinations of a rule, in the order in which they were named."""
    query = select(Destination).select_from(RuleDestination).join(RuleDestination.destination)
    mine = (RuleDestination.tenant_id == rule.tenant_id, RuleDestination.rule_id == rule.id)
    return list(session.scalars(query.where(*mine).order_by(RuleDestination.position)))


def destination_names(session: Session, tenant_id: int, rules: Sequence[Rule]) -> dict[int, list[str]]:
    """Return the names of the destinations of rules, in their order, by the rule's id."""
    query = select(RuleDestination.rule_id, Destination.name).join(RuleDestination.destination)
    query = query.where(RuleDestination.tenant_id == tenant_id).order_by(RuleDestination.position)
    if len(rules) <= _MOST_IDS:  # more are read with all others: a statement takes a limited number of values
        query = query.where(RuleDestination.rule_id.in_([rule.id for rule in rules]))
    found: dict[int, list[str]] = defaultdict(list)
    for rule_id, name in session.execute(query):
        found[rule_id].append(name)
    return found


def template_names(session: Session, tenant_id: int) -> dict[int, str]:
    """Return the tenant's templates, id to name, in the order of their names."""
    query = select(Template.id, Template.name).where(Template.tenant_id == tenant_id)
    return dict(session.execute(query.order_by(Template.name)).all())


def template_named(session: Session, tenant_id: int, name: str) -> str:
    """Return the source of the tenant's template of this name, empty if there is none."""
    mine = (Template.tenant_id == tenant_id, Template.name == name)
    return session.scalar(select(Template.source).where(*mine)) or ""


def cards_since(session: Session, rule: Rule, since: datetime) -> tuple[int, datetime | None]:
    """Return how many cards a rule has sent since then, without tests, and when the last one was sent.

    Only its newest `MOST_COUNTED` deliveries are looked at.
    """
    newest = select(Delivery.state, Delivery.is_test, Delivery.finished_at).where(
        Delivery.tenant_id == rule.tenant_id, Delivery.rule_id == rule.id
    )
    found = newest.order_by(Delivery.id.desc()).limit(MOST_COUNTED).subquery()
    query = select(func.count(), func.max(found.c.finished_at)).where(
        found.c.state == DeliveryState.DELIVERED, found.c.is_test.is_(False), found.c.finished_at >= since
    )
    count, last = session.execute(query).one()
    return count, last


def has_rule_not_by(session: Session, tenant_id: int, made_by: str) -> bool:
    """Return whether somebody else than `made_by` made one of the tenant's rules."""
    query = select(Rule.id).where(Rule.tenant_id == tenant_id, Rule.made_by != made_by).limit(1)
    return session.scalar(query) is not None


def count_rules(session: Session, tenant_id: int) -> tuple[int, int]:
    """Count a tenant's active and paused rules."""
    query = select(Rule.is_enabled, func.count(Rule.id)).where(Rule.tenant_id == tenant_id)
    counted = dict(session.execute(query.group_by(Rule.is_enabled)).all())
    return counted.get(True, 0), counted.get(False, 0)
