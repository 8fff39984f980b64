"""What is done to a rule, whether typed or pressed: switched, tested, removed, brought back."""

from __future__ import annotations

from dataclasses import asdict, replace
from typing import Final

from sqlalchemy import and_, select, update

from bot.cards.done import confirm_dialog, done_card
from bot.context import Context
from bot.rules.queries import shown
from bot.rules.test_event import event_for
from bot.text.format import listed, plural
from bot.widgets import Button, Card, Message, press
from models.connections.names import known_names
from models.deliveries.test_cards import CardTest, create_test_cards
from models.errors import InvalidRequest, NotAllowed, NotFound
from models.rules.save import RuleDraft, drafts_of, remove_rule, save_rule
from models.tables import AuditEntry, Destination, Rule, RuleDestination

DELETED: Final = "rule.deleted"
CLOSED_AGAIN: Final = "It withholds again what not everybody may see; an admin can open it on its card."
ADMINS_DECIDE: Final = "Only an admin decides what a rule shows of things that not everybody may see."


def switch(context: Context, rule: Rule, *, on: bool) -> Message:
    """Switch a rule on or off and return its card; switching twice is switching once."""
    if rule.is_enabled is not on:
        if on and not targets(context, rule):
            raise InvalidRequest(
                user_message="This rule posts nowhere yet. Edit it and choose where its cards go."
            )
        mine = update(Rule).where(Rule.tenant_id == context.tenant_id, Rule.id == rule.id)
        context.session.execute(mine.values(is_enabled=on, version=Rule.version + 1))
        context.session.refresh(rule)
        context.record("rule.switched", rule.name, enabled=on)
    return shown(context, rule)


def reveal(context: Context, rule: Rule, *, on: bool) -> Message:
    """Let a rule's cards show what not everybody may see in Pipedrive, or no more. Raises NotAllowed."""
    if not context.actor.is_admin:
        raise NotAllowed(
            f"role {context.actor.role} decides nothing about visibility", user_message=ADMINS_DECIDE
        )
    if rule.shows_restricted is not on:
        mine = update(Rule).where(Rule.tenant_id == context.tenant_id, Rule.id == rule.id)
        context.session.execute(mine.values(shows_restricted=on, version=Rule.version + 1))
        context.session.refresh(rule)
        context.record("rule.opened" if on else "rule.narrowed", rule.name, shows_restricted=on)
    return shown(context, rule)


def permitted(context: Context, draft: RuleDraft, kept: RuleDraft | None = None) -> RuleDraft:
    """Return a draft as this person may save it.

    What an admin let a rule show was meant for its events, conditions and places (`kept`): whoever is no
    admin and changes these, or brings the rule back, closes it again.
    """
    if not draft.show_restricted or context.actor.is_admin:
        return draft
    is_as_allowed = kept is not None and _reach(kept) == _reach(draft)
    return replace(draft, show_restricted=is_as_allowed)


def _reach(draft: RuleDraft) -> tuple[object, ...]:
    return sorted(draft.on), draft.when, sorted(draft.to)


def targets(context: Context, rule: Rule) -> list[Destination]:
    """Return where a rule posts, in the order they were named."""
    pair = and_(
        Destination.tenant_id == RuleDestination.tenant_id, Destination.id == RuleDestination.destination_id
    )
    query = select(Destination).join(RuleDestination, pair).order_by(RuleDestination.position)
    mine = and_(RuleDestination.tenant_id == context.tenant_id, RuleDestination.rule_id == rule.id)
    return list(context.session.scalars(query.where(mine)))


def test(context: Context, rule: Rule) -> list[str]:
    """Owe one test card to every destination of a rule that is not paused; return their names."""
    places = [place for place in targets(context, rule) if place.is_active]
    if not places:
        raise InvalidRequest(
            user_message="This rule posts nowhere that listens now. See /pipenotify space list."
        )
    event = event_for(context.session, context.tenant_id, rule)
    tried = CardTest(rule.id, rule.name, event.id, event.event_type)
    create_test_cards(context.session, context.tenant_id, places, tried)
    context.wakes = True
    context.record("rule.tested", rule.name, to=[place.name for place in places])
    return [place.name for place in places]


def ask_to_delete(context: Context, rule: Rule) -> Card:
    """Return the dialog before a rule goes, with what goes with it."""
    places = listed([place.name for place in targets(context, rule)]) or "nowhere"
    what = f"“{rule.name}” posts to {places}. Cards that it has sent stay, its history too."
    return confirm_dialog("Delete this rule?", what, yes="Delete", press=press("rule.remove", rule=rule.id))


def delete(context: Context, rule: Rule) -> Message:
    """Remove a rule; the card that says so can bring it back."""
    draft = drafts_of(context.session, context.tenant_id, [rule])[rule.id]
    name = rule.name
    remove_rule(context.session, context.tenant_id, rule)
    context.record(DELETED, name, draft=asdict(draft))
    last = select(AuditEntry.id).where(
        AuditEntry.tenant_id == context.tenant_id, AuditEntry.action == DELETED
    )
    entry = context.session.scalar(last.order_by(AuditEntry.number.desc()).limit(1))
    buttons = [Button("Undo", press("rule.undo", entry=entry)), Button("All rules", press("rule.list"))]
    return done_card(f"Rule “{name}” deleted", "It sends nothing any more.", buttons=buttons)


def bring_back(context: Context, entry_id: str) -> Rule:
    """Save a removed rule again, as the audit trail knows it. Raises NotFound."""
    entry = None
    if entry_id.isdecimal() and len(entry_id) <= 18:
        mine = (AuditEntry.tenant_id == context.tenant_id, AuditEntry.action == DELETED)
        entry = context.session.scalar(select(AuditEntry).where(*mine, AuditEntry.id == int(entry_id)))
    if entry is None:
        raise NotFound(f"no deleted rule under {entry_id[:40]!r}")
    names = known_names(context.session, context.tenant_id)
    draft = permitted(context, RuleDraft(**entry.details["draft"]))
    rule = save_rule(context.session, context.tenant_id, draft, names, context.actor.name)
    context.record("rule.restored", rule.name)
    return rule


def sent_text(names: list[str]) -> str:
    return f"{plural(len(names), 'test card')} on the way to {listed(names)}"
