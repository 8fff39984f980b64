"""Many rules at once: switched, moved or deleted, each with its own audit entry; and undone."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from models.accounts.actor import Actor
from models.accounts.permissions import may_with_rule, require
from models.accounts.rights import Action
from models.errors import AppError, InvalidRequest
from models.languages.translate import tr
from models.rules.actions import delete_rule, edit_and_record, lock_rule, switch_rule
from models.rules.drafts import RuleDraft, Surroundings
from models.rules.save import read_draft
from models.rules.undo import undo
from models.tables.rules import Rule

MOST: Final = 100  # rules of one change


class RuleChange(StrEnum):
    """What is done with each rule."""

    ON = "on"
    OFF = "off"
    MOVE = "move"
    DELETE = "delete"


@dataclass(slots=True)
class Changed:
    """What came of it: the names of what was changed, what was refused and why, and what an undo needs.

    `undo` are the ids of rules that were switched, or of the audit entries of moved and deleted ones.
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
    """Switch or delete many rules; one that cannot be changed is named and does not stop the others.

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


def move_rules(session: Session, actor: Actor, ids: Sequence[int], to: str, instead_of: str = "") -> Changed:
    """Let many rules post to a destination, instead of one of theirs or, without one, of all of theirs.

    What else they post to stays. Rules that a move changes nothing of are left alone; one that cannot be
    moved is named and does not stop the others. Raises NotAllowed, and InvalidRequest where there is no such
    destination.
    """
    require(session, actor, Action.RULE_CHANGE)
    around, done = Surroundings.read(session, actor.tenant), Changed()
    target = around.destination_named(to)
    if target is None:
        raise InvalidRequest.of_field(
            "to", tr("There is no place named “{name}”. Choose one from the list.", name=to[:80])
        )
    for found in changeable_rules(session, actor, ids):
        rule = lock_rule(session, found)
        if rule is None:
            continue
        draft = read_draft(session, rule)
        moved = _moved(draft, target, instead_of)
        if moved == draft:
            continue
        try:
            rule, entry = edit_and_record(session, actor, rule, moved)
        except AppError as refused:
            done.refused.append((draft.name, refused.user_message))
        else:
            done.names.append(rule.name)
            done.undo.append(entry)
    return done


def _moved(draft: RuleDraft, target: str, instead_of: str) -> RuleDraft:
    if not instead_of:
        return replace(draft, to=[target])
    return replace(draft, to=list(dict.fromkeys(target if name == instead_of else name for name in draft.to)))


def undo_change(session: Session, actor: Actor, change: RuleChange, ids: Sequence[int]) -> Changed:
    """Undo what `change_rules` or `move_rules` did, by its `undo`; what cannot be undone is named.

    Raises NotAllowed.
    """
    require(session, actor, Action.RULE_CHANGE)
    if change in (RuleChange.ON, RuleChange.OFF):
        return change_rules(session, actor, ids, RuleChange.OFF if change is RuleChange.ON else RuleChange.ON)
    done = Changed()
    for entry in ids[:MOST]:
        try:
            rule = undo(session, actor, entry)
        except AppError as refused:
            name = "a moved rule" if change is RuleChange.MOVE else "a deleted rule"
            done.refused.append((name, refused.user_message))
        else:
            done.names.append(rule.name)
            done.undo.append(rule.id)
    return done
