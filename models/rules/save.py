"""Saves rules: a draft becomes a rule of a tenant, or is refused with all its problems."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, Final

from sqlalchemy import and_, delete, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from models.clock import now
from models.destinations.linking import add_direct_message
from models.destinations.recipients import add_recipient, recipient_named
from models.errors import Conflict, InvalidRulesFile
from models.languages.translate import tr
from models.pipedrive.names import Names
from models.rules.drafts import LOOKS, Problems, RuleDraft, Surroundings, check_draft, normalize_draft
from models.rules.queries import destination_names, template_names
from models.tables.base import removed_name
from models.tables.rules import Mention, Rule, RuleDestination

_BATCH: Final = 500
_BLIND: Final = {"synchronize_session": False}  # rule destinations are only written, never loaded as objects


def save_rule(
    session: Session,
    tenant_id: int,
    draft: RuleDraft,
    names: Names,
    made_by: str,
    rule: Rule | None = None,
) -> Rule:
    """Save a draft: over `rule` when given, else over the tenant's rule of that name, else as a new one.

    An unchanged rule writes nothing. Raises InvalidRulesFile with one `path: message` per problem,
    Conflict when `rule` would take another one's name.
    """
    around = Surroundings.read(session, tenant_id)
    same_name = and_(Rule.tenant_id == tenant_id, Rule.name == draft.name.strip())
    rule = rule or session.scalars(select(Rule).where(same_name)).first()
    kept = read_draft(session, rule) if rule else None
    if problems := check_draft(draft, around, names, kept):
        raise InvalidRulesFile([f"{path}: {message}" for path, message in problems])
    draft = normalize_draft(draft, around)
    if rule and kept == draft:
        return rule
    rule = _flush_rule(session, write_rule(session, tenant_id, draft, around, rule=rule, made_by=made_by))
    write_destinations(session, tenant_id, [(rule, draft)], around)
    session.flush()
    return rule


def find_problems(
    session: Session, tenant_id: int, draft: RuleDraft, names: Names, rule: Rule | None = None
) -> Problems:
    """Return what is wrong with a draft, as (path, message); empty if it may be saved (over `rule`)."""
    kept = read_draft(session, rule) if rule else None
    return check_draft(draft, Surroundings.read(session, tenant_id), names, kept)


def _flush_rule(session: Session, rule: Rule) -> Rule:
    """Flush inside a savepoint, so that a taken name leaves the transaction usable."""
    name = rule.name
    try:
        with session.begin_nested():
            session.flush()
    except IntegrityError as taken:
        raise Conflict(user_message=tr("There is a rule named {name!r} already.", name=name)) from taken
    return rule


def write_rule(
    session: Session,
    tenant_id: int,
    draft: RuleDraft,
    around: Surroundings,
    *,
    rule: Rule | None,
    made_by: str,
) -> Rule:
    """Write a settled draft into a rule, a new one unless given; not flushed, and without destinations."""
    if rule is None:
        rule = Rule(tenant_id=tenant_id, made_by=made_by, version=0)
        session.add(rule)
    for name, value in _columns_of(draft, around).items():
        setattr(rule, name, value)
    rule.version += 1
    return rule


def _columns_of(draft: RuleDraft, around: Surroundings) -> dict[str, Any]:
    template = draft.template
    is_named = isinstance(template, str) and template not in LOOKS
    return {
        "name": draft.name,
        "event_types": draft.on,
        "conditions": draft.when,
        "look": template if template in LOOKS else "custom",
        "liquid": None if isinstance(template, str) else template["liquid"],
        "template_id": around.templates[str(template)] if is_named else None,
        "is_urgent": draft.urgent,
        "is_enabled": draft.enabled,
        "shows_restricted": draft.show_restricted,
        "thread": draft.thread,
        "priority": draft.priority,
        "update_mode": draft.update,
        "mention": draft.mention if draft.mention in tuple(Mention) else Mention.RECORD,
        "mentioned": "" if draft.mention in tuple(Mention) else draft.mention,
    }


def write_destinations(
    session: Session, tenant_id: int, written: Sequence[tuple[Rule, RuleDraft]], around: Surroundings
) -> None:
    """Set the destinations of flushed rules to those of their settled drafts; people become destinations."""
    _remove_destinations(session, tenant_id, [rule for rule, _ in written])
    for rule, draft in written:
        for position, name in enumerate(draft.to):
            to = _destination_id(session, tenant_id, name, around)
            owner = {"tenant_id": tenant_id, "rule_id": rule.id}
            session.add(RuleDestination(**owner, destination_id=to, position=position))


def _destination_id(session: Session, tenant_id: int, name: str, around: Surroundings) -> int:
    if name not in around.destinations:
        add = add_recipient if recipient_named(name) else add_direct_message
        around.destinations[name] = add(session, tenant_id, name).id
    return around.destinations[name]


def _remove_destinations(session: Session, tenant_id: int, rules: Sequence[Rule]) -> None:
    named = RuleDestination.tenant_id == tenant_id
    for some in _in_batches([rule.id for rule in rules]):
        session.execute(
            delete(RuleDestination).where(named, RuleDestination.rule_id.in_(some)), execution_options=_BLIND
        )


def remove_rules(session: Session, tenant_id: int, rules: Sequence[Rule]) -> None:
    """Remove rules; history keeps their names, and their open deliveries are still sent.

    The rows stay, emptied and hidden, as long as deliveries name them: a rule may have sent millions.
    """
    _remove_destinations(session, tenant_id, rules)
    for rule in rules:
        rule.name, rule.removed_at = removed_name(rule.id), now()
        rule.event_types, rule.conditions, rule.is_enabled = [], None, False
        rule.look, rule.liquid, rule.template_id, rule.shows_restricted = "compact", None, None, False
    session.flush()
    for rule in rules:
        session.expunge(rule)


def _in_batches(ids: list[int]) -> Iterator[list[int]]:
    """Split ids, because a statement takes a limited number of values."""
    return (ids[start : start + _BATCH] for start in range(0, len(ids), _BATCH))


def read_draft(session: Session, rule: Rule) -> RuleDraft:
    """Return a stored rule as a draft."""
    return read_drafts(session, rule.tenant_id, [rule])[rule.id]


def read_drafts(session: Session, tenant_id: int, rules: Sequence[Rule]) -> dict[int, RuleDraft]:
    """Return stored rules as drafts, by id."""
    templates = template_names(session, tenant_id)
    destinations = destination_names(session, tenant_id, rules)
    return {rule.id: _draft_of(rule, destinations[rule.id], templates) for rule in rules}


def mention_of(rule: Rule) -> str:
    """Return whom a rule mentions, as drafts say it."""
    return rule.mentioned if rule.mention == Mention.RECORD else rule.mention


def _draft_of(rule: Rule, destinations: list[str], templates: dict[int, str]) -> RuleDraft:
    template: str | dict[str, Any] = rule.look
    if rule.look == "custom":
        template = templates[rule.template_id] if rule.template_id else {"liquid": rule.liquid}
    return RuleDraft(
        name=rule.name,
        on=rule.event_types,
        when=rule.conditions,
        to=destinations,
        template=template,
        urgent=rule.is_urgent,
        enabled=rule.is_enabled,
        show_restricted=rule.shows_restricted,
        thread=rule.thread,
        update=rule.update_mode,
        mention=mention_of(rule),
        priority=rule.priority,
    )
