"""Handles being added to a space and removed from it: the welcome, and the effect on deliveries."""

from __future__ import annotations

from bot.chat.interaction import Interaction, InteractionKind
from bot.chat.reply import Nothing, Reply, Say
from bot.context import BotDeps, actor_of
from bot.home.cards import welcome_card
from models.accounts.actor import Actor
from models.connections.queries import gets_events
from models.deliveries.notices import Notice, notify_admins
from models.destinations.actions import note_membership, resume_direct_message


def welcome(actor: Actor, deps: BotDeps, *, to_all: bool = False) -> Reply:
    """Return the welcome card with the next step for this actor."""
    connected = False
    if actor.tenant_id is not None:
        with deps.database.reading(actor.tenant_id) as session:
            connected = gets_events(session, actor.tenant_id)
    card = welcome_card(connected=connected, linked=actor.is_certain)
    return Say(card, to_all=to_all)


def changed(interaction: Interaction, deps: BotDeps) -> Reply:
    """Answer being added or removed. A linked space becomes active again, or is paused with the reason."""
    with deps.database.reading_all() as session:
        actor = actor_of(session, interaction)
    is_here = interaction.kind is InteractionKind.ADDED
    if actor.tenant_id is not None and actor.is_certain and not interaction.space.is_dm:
        with deps.database.writing(actor.tenant_id) as session:
            space = note_membership(session, actor, interaction.space.name, is_member=is_here)
            if space is not None and not is_here:
                notify_admins(session, actor.tenant_id, _removal(space.title or space.name))
    if actor.tenant_id is not None and interaction.space.is_dm and is_here:
        with deps.database.writing(actor.tenant_id) as session:
            resume_direct_message(session, actor.tenant_id, interaction.user.email)
    return welcome(actor, deps, to_all=True) if is_here else Nothing()


def _removal(title: str) -> Notice:
    words = (
        "Its cards fail until somebody adds Pipenotify to the space again. /pipenotify retry failed then"
        " sends what was missed. If it is to stay away, say /pipenotify space remove and its name."
    )
    return Notice(f"Pipenotify was removed from {title[:100]}", words)
