"""Lets rules show what not everybody may see in Pipedrive: all that hide it, at once, and back."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from typing import Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from models.accounts.actor import Actor
from models.accounts.permissions import require
from models.accounts.rights import Action
from models.deliveries.notices import Notice, notify_author, press_url
from models.errors import NotFound
from models.languages.translate import for_later
from models.security.audit import record
from models.tables.audit import AuditEntry
from models.tables.rules import Rule

ALL_OPENED: Final = "rules.opened"
ALL_NARROWED: Final = "rules.narrowed"
MOST_NAMED: Final = 5


def hiding_rules(session: Session, tenant_id: int) -> list[Rule]:
    """Return the rules whose cards do not show what only some may see, by name."""
    mine = (Rule.tenant_id == tenant_id, Rule.shows_restricted.is_(False))
    return list(session.scalars(select(Rule).where(*mine).order_by(Rule.name)))


def open_all_rules(session: Session, actor: Actor) -> tuple[list[str], int]:
    """Let every rule show what only some may see; return the names of those that did not, and an entry.

    `close_rules` with that audit entry takes it back. Each author is told once. Raises NotAllowed.
    """
    require(session, actor, Action.RULE_REVEAL)
    mine = (Rule.tenant_id == actor.tenant, Rule.shows_restricted.is_(False))
    rules = session.scalars(select(Rule).where(*mine).order_by(Rule.name).with_for_update()).all()
    return [rule.name for rule in rules], _set_all(session, actor, rules, on=True)


def close_rules(session: Session, actor: Actor, entry_id: int) -> list[str]:
    """Take back what `open_all_rules` did, for those of its rules that still are so; return their names.

    Raises NotAllowed, and NotFound for another entry.
    """
    require(session, actor, Action.RULE_REVEAL)
    mine = (AuditEntry.tenant_id == actor.tenant, AuditEntry.id == entry_id)
    entry = session.scalar(select(AuditEntry).where(*mine, AuditEntry.action == ALL_OPENED))
    if entry is None:
        raise NotFound(f"no rules were opened under {entry_id}")
    shown = (Rule.tenant_id == actor.tenant, Rule.shows_restricted.is_(True))
    opened = select(Rule).where(*shown, Rule.id.in_(entry.details.get("rules", [])))
    rules = session.scalars(opened.order_by(Rule.name).with_for_update()).all()
    _set_all(session, actor, rules, on=False)
    return [rule.name for rule in rules]


def _set_all(session: Session, actor: Actor, rules: Sequence[Rule], *, on: bool) -> int:
    """Set all these rules, with one audit entry and one notice for each author; return the entry's id."""
    by_author: dict[str, list[str]] = defaultdict(list)
    for rule in rules:
        rule.shows_restricted, rule.version = on, rule.version + 1
        by_author[rule.made_by].append(rule.name)
    session.flush()
    details = {"rules": [rule.id for rule in rules], "names": [rule.name for rule in rules[:50]]}
    entry = record(session, actor, ALL_OPENED if on else ALL_NARROWED, f"{len(rules)} rules", **details)
    for author, names in by_author.items():
        notify_author(session, actor, author, _notice(names, on=on))
    return entry.id


def _notice(names: Sequence[str], *, on: bool) -> Notice:
    named = ", ".join(f"“{name[:60]}”" for name in names[:MOST_NAMED])
    if len(names) > MOST_NAMED:
        named = for_later("{names} and {count} more", names=named, count=len(names) - MOST_NAMED)
    words = (
        for_later("Cards of {names} show now what not everybody may see in Pipedrive.", names=named)
        if on
        else for_later(
            "Cards of {names} no longer show what not everybody may see in Pipedrive.", names=named
        )
    )
    title = (
        for_later("Your rules were changed")
        if len(names) > 1
        else for_later("Your rule “{name}” was changed", name=names[0][:80])
    )
    return Notice(
        title,
        f"{words} {for_later('Only an admin can change that.')}",
        for_later("Rules"),
        press_url("rule.list"),
    )
