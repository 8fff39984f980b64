"""Which deliveries an actor may read in the log, or send again, as a condition on a query."""

from __future__ import annotations

from typing import Any, Final

from sqlalchemy import and_, func, or_, select, true

from models.accounts.actor import Actor
from models.accounts.rights import Action, Scope
from models.tables.deliveries import Delivery, DeliveryState
from models.tables.rules import Rule

# No row has it. `false()` would replace the whole condition, and one without a tenant is refused.
NOTHING: Final = Delivery.id.is_(None)


def visible_to(actor: Actor, action: Action) -> Any:
    """Build the condition of the deliveries on which an actor may do LOG_READ, LOG_RETRY or WHY_READ.

    A guest reads what has arrived in the space where they ask, a user of such a role what has arrived in
    their direct messages, too. "Own" are deliveries of one's rules and to
    oneself; whoever may only read them reads those to the space where they ask, too.
    """
    scope = actor.scope(action)
    if scope is Scope.TENANT:
        return true()
    if scope is Scope.SPACE:
        to_me = Delivery.destination_name == actor.name.lower() if actor.user_id is not None else NOTHING
        return and_(or_(_is_here(actor), to_me), Delivery.state == DeliveryState.DELIVERED)
    if scope is Scope.OWN:
        seen_here = NOTHING if action is Action.LOG_RETRY else _is_here(actor)
        return or_(_is_of_my_rules(actor), Delivery.destination_name == actor.name.lower(), seen_here)
    return NOTHING


def _is_here(actor: Actor) -> Any:
    return Delivery.destination_name == actor.space if actor.space else NOTHING


def _is_of_my_rules(actor: Actor) -> Any:
    mine = (Rule.tenant_id == actor.tenant_id, func.lower(Rule.made_by) == actor.name.lower())
    return Delivery.rule_id.in_(select(Rule.id).where(*mine))
