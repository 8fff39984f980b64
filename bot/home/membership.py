"""Comes into a space and leaves it: the welcome, and what being added and removed does to deliveries."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from sqlalchemy import select, true, update
from sqlalchemy.orm import Session

from bot.chat.interaction import Interaction, Kind
from bot.chat.reply import Nothing, Reply, Say
from bot.context import BotDeps, actor_of
from bot.home.cards import welcome_card
from models.accounts.actor import Actor
from models.deliveries.notices import Notice, notify_admins
from models.security import audit
from models.tables import Connection, Destination, Space, WebhookCredential
from models.tables.connections import ConnectionState
from models.tables.destinations import PAUSED_BY

REMOVED: Final = "Pipenotify was removed from this space"


def welcome(actor: Actor, deps: BotDeps, *, to_all: bool = False) -> Reply:
    """Return the welcome card with the step that is next for this caller."""
    connected = False
    if actor.tenant_id is not None:
        with deps.database.reading(actor.tenant_id) as session:
            connected = hears_pipedrive(session, actor.tenant_id)
    card = welcome_card(connected=connected, linked=actor.is_certain)
    return Say(card, to_all=to_all)


def hears_pipedrive(session: Session, tenant_id: int) -> bool:
    """Tell whether events of a Pipedrive reach this tenant: authorised, or with a webhook set up by hand."""
    by_oauth = select(Connection.id).where(
        Connection.tenant_id == tenant_id, Connection.state == ConnectionState.CONNECTED
    )
    by_hand = select(WebhookCredential.id).where(WebhookCredential.tenant_id == tenant_id)
    return session.scalar(select(true()).where(by_oauth.exists() | by_hand.exists())) is not None


def changed(interaction: Interaction, deps: BotDeps) -> Reply:
    """Answer being added or removed. A linked space hears again, or pauses, with its reason."""
    with deps.database.reading_all() as session:
        actor = actor_of(session, interaction)
    is_here = interaction.kind is Kind.ADDED
    if actor.tenant_id is not None and actor.is_certain and not interaction.space.is_dm:
        with deps.database.writing(actor.tenant_id) as session:
            _note(session, actor, interaction.space.name, is_here=is_here)
    if actor.tenant_id is not None and interaction.space.is_dm and is_here:
        with deps.database.writing(actor.tenant_id) as session:
            _hears_again(session, actor.tenant_id, interaction.user.email)
    return welcome(actor, deps, to_all=True) if is_here else Nothing()


def _hears_again(session: Session, tenant_id: int, email: str) -> None:
    """Open a person's direct message again that Chat had closed to us; a pause they asked for stays."""
    theirs = (Destination.tenant_id == tenant_id, Destination.kind == "chat_dm", Destination.name == email)
    closed = (Destination.is_active.is_(False), Destination.paused_because.not_like(f"{PAUSED_BY}%"))
    session.execute(update(Destination).where(*theirs, *closed).values(is_active=True, paused_because=None))


def _removal(title: str) -> Notice:
    words = (
        "Its cards fail until somebody adds Pipenotify to the space again. /pipenotify retry failed then"
        " sends what was missed. If it is to stay away, say /pipenotify space remove and its name."
    )
    return Notice(f"Pipenotify was removed from {title[:100]}", words)


def _note(session: Session, actor: Actor, name: str, *, is_here: bool) -> None:
    mine = (Space.tenant_id == actor.tenant_id, Space.name == name, Space.is_member.is_not(is_here))
    space = session.scalar(select(Space).where(*mine))
    if space is None:
        return
    session.execute(update(Space).where(*mine).values(is_member=is_here))
    places = update(Destination).where(
        Destination.tenant_id == actor.tenant_id, Destination.space_id == space.id
    )
    if is_here:  # a pause that a person asked for outlives our coming and going
        places = places.where(Destination.paused_because == REMOVED)
        session.execute(places.values(is_active=True, paused_because=None))
    else:
        places = places.where(Destination.is_active.is_(True))
        session.execute(places.values(is_active=False, paused_because=REMOVED))
        notify_admins(session, space.tenant_id, _removal(space.title or name))
    action = "space.rejoined" if is_here else "space.left"
    audit.record(session, replace(actor, tenant_id=space.tenant_id), action, name)
