"""Unfolds a pasted link of the tenant's Pipedrive into the card of its object.

Everybody in the space sees the card, so it is drawn only for what everybody in Pipedrive may see. What is
unknown or restricted, and a link of somebody who is no user of the tenant, stays as it is: no answer is right
for all who read the message, and an error would be noise.
"""

from __future__ import annotations

from bot.chat.interaction import Interaction
from bot.chat.reply import Nothing, Reply, Update
from bot.context import BotDeps
from bot.deals.links import object_in_url
from bot.deals.show import draw_known, link_base
from models.accounts.actor import Actor
from models.accounts.rights import Action
from models.clock import now
from models.languages.translate import speaking
from models.stalled.queries import get_known, seen_by_space


def unfold_link(interaction: Interaction, actor: Actor, deps: BotDeps) -> Reply:
    """Return the card for the message with the link, or nothing."""
    if actor.tenant_id is None or not actor.is_certain or not actor.may(Action.DEAL_READ):
        return Nothing()
    with deps.database.reading(actor.tenant_id) as session:
        asked = object_in_url(interaction.matched_url, link_base(session, actor.tenant_id))
        if asked is None:
            return Nothing()
        sees = seen_by_space(session, actor.tenant_id)
        found = get_known(session, actor.tenant_id, *asked, sees, now())
        if found is None:
            return Nothing()
        with speaking(actor.tenant_language):
            return Update(draw_known(session, actor.tenant_id, found, sees))
