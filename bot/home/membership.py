"""Answers being added to a space or removed from it, with the welcome card."""

from __future__ import annotations

from bot.chat.interaction import Interaction, InteractionKind
from bot.chat.reply import Nothing, Reply, Say
from bot.context import BotDeps, actor_of
from bot.home.cards import welcome_card
from models.accounts.actions import resume_direct_message
from models.accounts.actor import Actor
from models.connections.queries import gets_events
from models.deliveries.actions import leave_space
from models.destinations.actions import note_membership
from models.languages.translate import current_locale, speaking
from models.rules.queries import count_rules


def draw_welcome(actor: Actor, deps: BotDeps, *, to_all: bool = False, asked: str = "") -> Reply:
    """Return the welcome card with the step that is next for this actor.

    `asked` is the command that needs a linked space, empty where none was typed.
    """
    connected = has_rules = False
    if actor.tenant_id is not None:
        with deps.database.reading(actor.tenant_id) as session:
            connected = gets_events(session, actor.tenant_id)
            has_rules = any(count_rules(session, actor.tenant_id))
    asked = asked if actor.tenant_id is not None and not actor.is_certain else ""
    may = actor.may if actor.tenant_id is not None else lambda _: True  # who has no team may make one
    with speaking(actor.tenant_language if to_all and actor.tenant_id is not None else current_locale()):
        card = welcome_card(
            connected=connected, linked=actor.is_certain, has_rules=has_rules, asked=asked, may=may
        )
    return Say(card, to_all=to_all)


def answer_membership(interaction: Interaction, deps: BotDeps) -> Reply:
    """Answer being added to a space or removed from it: a linked space resumes, or pauses with its reason."""
    with deps.database.reading_all() as session:
        actor = actor_of(session, interaction)
    space, is_added = interaction.space, interaction.kind is InteractionKind.ADDED
    if actor.tenant_id is not None and actor.is_certain and not space.is_dm:
        with deps.database.writing(actor.tenant_id) as session:
            if is_added:
                note_membership(session, actor, space.name, is_member=True)
            else:
                leave_space(session, actor, space.name)
    if actor.tenant_id is not None and space.is_dm and is_added:
        with deps.database.writing(actor.tenant_id) as session:
            resume_direct_message(session, actor)
    return draw_welcome(actor, deps, to_all=True) if is_added else Nothing()
