"""Whose quiet hours hold deliveries, and which of these the reader may send now."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from bot.context import Context
from models.attention import quiet
from models.attention.mutes import MuteTarget
from models.destinations.queries import space_id_of
from models.languages.translate import tr
from models.tables import Delivery
from models.tables.attention import MuteScope
from models.tables.deliveries import DeliveryState


@dataclass(frozen=True, slots=True)
class HeldDelivery:
    """Whose quiet hours hold it, in words; `may_send`: the reader may send it now."""

    text: str
    may_send: bool


def read_held(context: Context, deliveries: Iterable[Delivery]) -> dict[int, HeldDelivery]:
    """Return those of these deliveries that quiet hours hold, by their ids."""
    places = {
        each.id: each.destination_id
        for each in deliveries
        if each.state == DeliveryState.HELD and not each.is_over_quota and each.destination_id is not None
    }
    targets = quiet.targets_of(context.session, context.tenant_id, set(places.values())) if places else {}
    found = {place: _held_at(context, target) for place, target in targets.items()}
    return {delivery: found[place] for delivery, place in places.items() if place in found}


def _held_at(context: Context, target: MuteTarget) -> HeldDelivery:
    scope = quiet.deciding_scope(context.session, context.tenant_id, target)
    return HeldDelivery(_whose(context, scope, target), quiet.may_change(context.actor, target))


def _whose(context: Context, scope: MuteScope, target: MuteTarget) -> str:
    if scope is MuteScope.TENANT:
        return tr("held by quiet hours of the whole team")
    if scope is MuteScope.SPACE:
        here = space_id_of(context.session, context.tenant_id, context.interaction.space.name)
        is_here = target.space_id == here
        return tr("held by quiet hours of this space") if is_here else tr("held by quiet hours of its space")
    if target.user_id == context.actor.user_id:
        return tr("held by quiet hours of your own")
    return tr("held by quiet hours of that person")
