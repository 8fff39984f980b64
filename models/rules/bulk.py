"""Many rules at once: switched on, switched off or deleted, each with its own audit entry; and undone."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from models.accounts.actor import Actor
from models.accounts.permissions import may_with_rule, require
from models.accounts.rights import Action
from models.errors import AppError
from models.rules.actions import delete_rule, restore_rule, switch_rule
from models.tables.rules import Rule

MOST: Final = 100  # rules of one change


class RuleChange(StrEnum):
    """What is done with each rule."""

    ON = "on"
    OFF = "off"
    DELETE = "delete"


@dataclass(slots=True)
class Changed:
    """What came of it: the names of what was changed, what was refused and why, and what an undo needs.

    `undo` are the ids of rules that were switched, or of the audit entries of deleted ones.
    """

    names: list[str] = field(default_factory=list)
    refused: list[tuple[str, str]] = field(default_factory=list)
    undo: list[int] = field(default_factory=list)


def changeable_rules(session: Session, actor: Actor, ids: Sequence[int] | None = None) -> list[Rule]:
    """Return the rules that an actor may change, of these ids if given, in the order of their names."""
    query = select(Rule).where(Rule.tenant_id == actor.tenant)
    if ids is not None:
        query = query.where(Rule.id.in_(ids[:MOST]))
    rules = session.scalars(query.order_by(Rule.name, Rule.id))
    return [rule for rule in rules if may_with_rule(session, actor, Action.RULE_CHANGE, rule)]


def change_rules(session: Session, actor: Actor, ids: Sequence[int], change: RuleChange) -> Changed:
    """Do the same with many rules; one that cannot be changed is named and does not stop the others.

    Rules that are so already are left alone. Raises NotAllowed.
    """
    require(session, actor, Action.RULE_CHANGE)
    done = Changed()
    for rule in changeable_rules(session, actor, ids):
        name, rule_id, was = rule.name, rule.id, rule.is_enabled
        if change is not RuleChange.DELETE and was is (change is RuleChange.ON):
            continue
        try:
            if change is RuleChange.DELETE:
                rule_id = delete_rule(session, actor, rule)
            else:
                switch_rule(session, actor, rule, on=change is RuleChange.ON)
        except AppError as refused:
            done.refused.append((name, refused.user_message))
        else:
            done.names.append(name)
            done.undo.append(rule_id)
    return done


def undo_change(session: Session, actor: Actor, change: RuleChange, ids: Sequence[int]) -> Changed:
    """Undo what `change_rules` did, by its `undo`; what cannot be undone is named. Raises NotAllowed."""
    require(session, actor, Action.RULE_CHANGE)
    if change is not RuleChange.DELETE:
        return change_rules(session, actor, ids, RuleChange.OFF if change is RuleChange.ON else RuleChange.ON)
    done = Changed()
    for entry in ids[:MOST]:
        try:
            rule = restore_rule(session, actor, entry)
        except AppError as refused:
            done.refused.append(("a deleted rule", refused.user_message))
        else:
            done.names.append(rule.name)
            done.undo.append(rule.id)
    return done
