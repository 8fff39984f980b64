"""Actions on rules, with their audit entries; the same for Chat, pages and programs."""

from __future__ import annotations

from dataclasses import asdict, replace
from itertools import count

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from models.accounts.actor import Actor
from models.accounts.permissions import (
    may_post_to,
    may_restore,
    refusal,
    require,
    require_rule,
    require_targets,
)
from models.accounts.rights import Action
from models.connections.names import choice_names
from models.deliveries.test_cards import CardTest, create_test_cards
from models.destinations.queries import space_titles
from models.errors import Conflict, InvalidRequest, NotFound
from models.languages.translate import tr
from models.rules.author_notices import (
    tell_of_deletion,
    tell_of_edit,
    tell_of_return,
    tell_of_reveal,
    tell_of_switch,
)
from models.rules.drafts import RuleDraft
from models.rules.history import DELETED, EDITED
from models.rules.queries import destinations_of, rule_names
from models.rules.sample_event import store_sample_event
from models.rules.save import read_draft, remove_rules, save_rule
from models.security.audit import record
from models.tables.audit import AuditEntry
from models.tables.destinations import Destination
from models.tables.rules import Rule


def make_rule(session: Session, actor: Actor, draft: RuleDraft) -> Rule:
    """Save a draft as a new rule. Raises NotAllowed, InvalidRulesFile, Conflict (see `save_rule`)."""
    require(session, actor, Action.RULE_MAKE)
    require_targets(session, actor, draft.to)
    _refuse_taken_name(session, actor, draft)
    return _save_and_record(session, actor, permitted_draft(actor, draft), "rule.made")


def edit_rule(session: Session, actor: Actor, rule: Rule, draft: RuleDraft) -> Rule:
    """Save a draft over a rule. Raises NotAllowed, InvalidRulesFile, Conflict (see `save_rule`)."""
    return edit_and_record(session, actor, rule, draft)[0]


def edit_and_record(session: Session, actor: Actor, rule: Rule, draft: RuleDraft) -> tuple[Rule, int]:
    """Do the same as `edit_rule`; return also the audit entry by which `undo` takes the edit back."""
    require_rule(session, actor, Action.RULE_CHANGE, rule)
    before = read_draft(session, rule)
    require_targets(session, actor, draft.to, kept=before.to)
    names = choice_names(session, actor.tenant)
    saved = save_rule(session, actor.tenant, permitted_draft(actor, draft, before), names, actor.name, rule)
    was = {"draft": asdict(before), "rule": saved.id, "version": saved.version}
    entry = record(session, actor, EDITED, saved.name, **was)
    present = read_draft(session, saved)
    if present != before:
        tell_of_edit(session, actor, saved, (before, present), entry.id)
    return saved, entry.id


def clone_rule(session: Session, actor: Actor, rule: Rule) -> Rule:
    """Save a copy of a rule that the actor may read, as their own and switched off; return it.

    Of its destinations it keeps those that a rule of the actor may post to. Raises NotAllowed.
    """
    require(session, actor, Action.RULE_MAKE)
    draft = read_draft(session, rule)
    names = rule_names(session, actor.tenant)
    copies = (f"{draft.name[:200]} (copy{f' {number}' if number > 1 else ''})" for number in count(1))
    name = next(each for each in copies if each not in names)
    to = [each for each in draft.to if may_post_to(actor, each)]
    draft = replace(draft, name=name, to=to, enabled=False)
    return _save_and_record(session, actor, permitted_draft(actor, draft), "rule.cloned")


def _refuse_taken_name(session: Session, actor: Actor, draft: RuleDraft) -> None:
    """Raise Conflict where saving the draft as a new rule would change another rule of this name."""
    if draft.name.strip() in rule_names(session, actor.tenant):
        raise Conflict(user_message=tr("There is a rule named {name!r} already.", name=draft.name.strip()))


def _save_and_record(
    session: Session, actor: Actor, draft: RuleDraft, action: str, made_by: str = ""
) -> Rule:
    tenant_id = actor.tenant
    names = choice_names(session, tenant_id)
    saved = save_rule(session, tenant_id, draft, names, made_by or actor.name)
    record(session, actor, action, saved.name)
    return saved


def permitted_draft(actor: Actor, draft: RuleDraft, before: RuleDraft | None = None) -> RuleDraft:
    """Return a draft as this person may save it; `before` is the rule as it was.

    An admin's permission to show restricted objects holds for the rule's events, conditions, destinations and
    template. If somebody else changes these, or restores the rule, the permission is withdrawn.
    """
    if not draft.show_restricted or actor.may(Action.RULE_REVEAL):
        return draft
    is_as_allowed = before is not None and before.show_restricted and _reach_of(before) == _reach_of(draft)
    return replace(draft, show_restricted=is_as_allowed)


def _reach_of(draft: RuleDraft) -> tuple[object, ...]:
    return sorted(draft.on), draft.when, sorted(draft.to), draft.template


def lock_rule(session: Session, rule: Rule) -> Rule | None:
    """Read a rule again so that no other transaction changes it before the end of this one.

    Returns None if another transaction has deleted it meanwhile.
    """
    mine = select(Rule).where(Rule.tenant_id == rule.tenant_id, Rule.id == rule.id)
    again = mine.with_for_update().execution_options(populate_existing=True)
    return session.scalars(again).first()


def switch_rule(session: Session, actor: Actor, rule: Rule, *, on: bool) -> None:
    """Switch a rule on or off; a repeat changes nothing.

    Raises NotAllowed, and InvalidRequest for one without destinations.
    """
    require_rule(session, actor, Action.RULE_CHANGE, rule)
    if rule.is_enabled is on:
        return
    if on and not destinations_of(session, rule):
        raise InvalidRequest.of_field(
            "to", tr("This rule posts nowhere yet. Edit it and choose where its cards go.")
        )
    _update_rule(session, rule, is_enabled=on)
    record(session, actor, "rule.switched", rule.name, enabled=on)
    tell_of_switch(session, actor, rule)


def show_restricted(session: Session, actor: Actor, rule: Rule, *, on: bool) -> None:
    """Set whether a rule's cards show what not everybody may see in Pipedrive. Raises NotAllowed."""
    require_rule(session, actor, Action.RULE_REVEAL, rule)
    if rule.shows_restricted is not on:
        _update_rule(session, rule, shows_restricted=on)
        record(session, actor, "rule.opened" if on else "rule.narrowed", rule.name, shows_restricted=on)
        tell_of_reveal(session, actor, rule)


def _update_rule(session: Session, rule: Rule, **values: object) -> None:
    mine = update(Rule).where(Rule.tenant_id == rule.tenant_id, Rule.id == rule.id)
    session.execute(mine.values(**values, version=Rule.version + 1))
    session.refresh(rule)


def test_rule(
    session: Session,
    actor: Actor,
    rule: Rule,
    event_id: int | None = None,  # noqa: PT028 - this is no test
) -> list[str]:
    """Create one test card for every destination of a rule that is not paused; return their titles.

    It shows the event of this id if everybody may see its object, else one that fits the rule.
    Raises NotAllowed, and InvalidRequest if there is none. The deliveries are due at once.
    """
    require_rule(session, actor, Action.RULE_CHANGE, rule)
    listening = check_testable(session, rule)
    event = store_sample_event(session, rule.tenant_id, rule, event_id)
    test = CardTest(rule.id, rule.name, event.id, event.event_type)
    create_test_cards(session, rule.tenant_id, listening, test)
    record(session, actor, "rule.tested", rule.name, to=[each.name for each in listening])
    titles = space_titles(session, rule.tenant_id)
    return [titles.get(each.name, each.name) for each in listening]


def check_testable(session: Session, rule: Rule) -> list[Destination]:
    """Return the destinations of a rule that are not paused. Raises InvalidRequest if there is none."""
    listening = [each for each in destinations_of(session, rule) if each.is_active]
    if not listening:
        raise InvalidRequest(
            user_message=tr("This rule has no destination that takes cards now. See /pipenotify space list.")
        )
    return listening


def delete_rule(session: Session, actor: Actor, rule: Rule) -> int:
    """Delete a rule; return the id of the audit entry by which `restore_rule` restores it.

    Raises NotAllowed, and NotFound if somebody else has deleted it at the same moment.
    """
    require_rule(session, actor, Action.RULE_CHANGE, rule)
    if lock_rule(session, rule) is None:
        raise NotFound(user_message=tr("This rule was deleted a moment ago."))
    draft = read_draft(session, rule)
    name, rule_id, made_by = rule.name, rule.id, rule.made_by
    remove_rules(session, rule.tenant_id, [rule])
    entry = record(session, actor, DELETED, name, draft=asdict(draft), rule=rule_id, made_by=made_by).id
    tell_of_deletion(session, actor, name, made_by, entry)
    return entry


def restore_rule(session: Session, actor: Actor, entry_id: int) -> Rule:
    """Save a deleted rule again, from the audit trail, for the author it had.

    Raises NotAllowed (see `may_restore`), NotFound, and Conflict if another rule has taken its name.
    """
    require(session, actor, Action.RULE_CHANGE)
    mine = (AuditEntry.tenant_id == actor.tenant, AuditEntry.action == DELETED)
    entry = session.scalar(select(AuditEntry).where(*mine, AuditEntry.id == entry_id))
    if entry is None:
        raise NotFound(f"no deleted rule under {entry_id}")
    made_by = str(entry.details.get("made_by", ""))
    if not may_restore(actor, made_by, entry.actor):
        raise refusal(session, actor, Action.RULE_CHANGE)
    draft = permitted_draft(actor, RuleDraft(**entry.details["draft"]))
    if draft.name in rule_names(session, actor.tenant):
        raise Conflict(
            user_message=tr("There is a rule named “{name}” again, so nothing was restored.", name=draft.name)
        )
    restored = _save_and_record(session, actor, draft, "rule.restored", made_by)
    tell_of_return(session, actor, restored)
    return restored
