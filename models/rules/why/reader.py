"""What the person who asks may be told: of which events, of which rules, and whether with values.

The answer is private, so that what this person may see in Pipedrive decides, and not what a space may see.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from models.accounts.actor import Actor
from models.accounts.permissions import is_own, require
from models.accounts.rights import Action, Scope
from models.connections.visibility import active_users, restriction
from models.deliveries.visible import visible_to
from models.pipedrive.change import Change
from models.tables.accounts import User
from models.tables.deliveries import Delivery, DeliveryState
from models.tables.rules import Rule


@dataclass(frozen=True, slots=True)
class Reader:
    """The asking person: their scope, who they are in Pipedrive, and the active users of its company."""

    actor: Actor
    scope: Scope
    pipedrive_user_id: str | None
    users: frozenset[str]

    @property
    def sees_values(self) -> bool:
        """Whether values are told that no card showed: not to who reads only what a space has shown."""
        return self.scope is not Scope.SPACE

    def restriction(self, change: Change) -> str:
        """Return how few may see the object, empty if the reader is one of them or everybody may."""
        why = restriction(change.permitted_user_ids, self.users)
        is_permitted = (
            why and change.permitted_user_ids and self.pipedrive_user_id in change.permitted_user_ids
        )
        return "" if is_permitted else why

    def may_see(self, change: Change, deliveries: Sequence[Delivery]) -> bool:
        """Whether the object may be named: this person may see it, or a card here has shown it."""
        if not self.restriction(change):
            return True
        return any(self._has_shown(each) for each in deliveries)

    def _has_shown(self, delivery: Delivery) -> bool:
        is_to_me = delivery.destination_name in (self.actor.space, self.actor.name.lower())
        return is_to_me and delivery.state == DeliveryState.DELIVERED and not delivery.redacted_because

    def may_ask(self, change: Change, deliveries: Sequence[Delivery]) -> bool:
        """Whether the reader may ask about an event; `deliveries` are those of it that they may read."""
        if self.scope is Scope.TENANT or deliveries:
            return True
        return self.scope is Scope.OWN and self.may_see(change, deliveries)

    def may_know(self, rule: Rule, targets: Sequence[str]) -> bool:
        """Whether the reader is told what a rule decided that made no delivery they may read."""
        if self.scope is Scope.OWN:
            mine = {self.actor.space, self.actor.name.lower()}
            return is_own(self.actor, rule.made_by) or not mine.isdisjoint(targets)
        return self.scope is Scope.TENANT


def reader_of(session: Session, actor: Actor) -> Reader:
    """Return what an actor may be told. Raises NotAllowed."""
    scope = require(session, actor, Action.WHY_READ)
    mine = (User.tenant_id == actor.tenant, User.id == actor.user_id)
    matched = session.scalar(select(User.pipedrive_user_id).where(*mine)) if actor.user_id else None
    return Reader(actor, scope, matched, active_users(session, actor.tenant))


def deliveries_of(session: Session, reader: Reader, event_id: int) -> list[Delivery]:
    """Return the deliveries of an event that the reader may read, without test cards, oldest first."""
    mine = (Delivery.tenant_id == reader.actor.tenant, Delivery.event_id == event_id)
    visible = visible_to(reader.actor, Action.WHY_READ)
    query = select(Delivery).where(*mine, Delivery.is_test.is_(False), visible)
    return list(session.scalars(query.order_by(Delivery.id)))
