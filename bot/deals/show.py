"""Finds what is known of a deal, and draws it for who may see it."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final

from bot.cards.event import object_link
from bot.context import Context
from bot.deals.cards import FoundDeal, deals_card, object_buttons, object_card
from bot.deals.links import object_in_url
from bot.text.changes import title_of, value_of
from bot.text.format import moment
from bot.widgets import Message
from models.accounts.rights import Action
from models.clock import now
from models.connections.queries import get_connection
from models.database.engine import Session
from models.errors import InvalidRequest, NotFound
from models.languages.translate import tr
from models.pipedrive.local_time import in_zone
from models.pipedrive.name_refs import refs_in
from models.pipedrive.names import Names
from models.stalled.queries import (
    KnownObject,
    Sees,
    find_deals,
    get_known,
    names_for,
    next_activity,
    seen_by_person,
    zone_of,
)
from models.stalled.track import DEAL

MOST_LISTED: Final = 8
NUMBER: Final = re.compile(r"#?(\d{1,18})")


def link_base_of(context: Context) -> str:
    return link_base(context.session, context.tenant_id)


def link_base(session: Session, tenant_id: int) -> str:
    """Return the address of the tenant's Pipedrive, empty where it is not known."""
    connection = get_connection(session, tenant_id)
    return f"https://{connection.domain}" if connection is not None and connection.domain else ""


def show_deals(context: Context, args: Sequence[str]) -> Message:
    """Return the deal that is meant, or those that have all the words.

    Raises InvalidRequest for no words, NotFound for none that the person may see.
    """
    typed = " ".join(args).strip()
    if not typed:
        raise InvalidRequest(user_message=tr("Which deal? Add its number, or words of its title."))
    sees = seen_by_person(context.session, context.tenant_id, context.actor.user_id)
    found = _find(context, typed, sees)
    if not found:
        raise NotFound(
            user_message=tr(
                "No deal “{typed}” is known here. Known are deals that were changed since Pipedrive was"
                " connected, and those that were open then.",
                typed=typed[:80],
            )
        )
    if len(found) == 1:
        may_remind = _may_remind(context)
        return draw_known(context.session, context.tenant_id, found[0], sees, may_remind=may_remind)
    names = _names(context.session, context.tenant_id, found[:MOST_LISTED])
    return deals_card([_listed(each, names) for each in found[:MOST_LISTED]], len(found))


def show_deal(context: Context, deal_id: str) -> Message:
    """Return one deal by its id. Raises NotFound."""
    sees = seen_by_person(context.session, context.tenant_id, context.actor.user_id)
    found = open_known_deal(context, deal_id)
    return draw_known(context.session, context.tenant_id, found, sees, may_remind=_may_remind(context))


def open_known_deal(context: Context, deal_id: str) -> KnownObject:
    """Return a deal that the person sees, by its id. Raises NotFound."""
    sees = seen_by_person(context.session, context.tenant_id, context.actor.user_id)
    found = get_known(context.session, context.tenant_id, DEAL, deal_id, sees, now())
    if found is None:
        raise NotFound(user_message=tr("This deal is not known here any more."))
    return found


def draw_known(
    session: Session, tenant_id: int, found: KnownObject, sees: Sees, *, may_remind: bool = False
) -> Message:
    """Return the card of an object: its present state, as far as it is known.

    `may_remind`: who reads it, alone, may be reminded of it.
    """
    zone = zone_of(session, tenant_id)
    names = _names(session, tenant_id, [found])
    planned = None
    if found.change.entity == DEAL and found.is_open:
        planned = next_activity(session, tenant_id, found.id, sees, now())
    change = in_zone(found.change, str(zone))
    remind_of = found.id if may_remind and found.change.entity == DEAL else ""
    due = ""
    if planned is not None:
        activity = in_zone(planned.change, str(zone))
        when = filter(None, (value_of(activity, names, key) for key in ("due_date", "due_time")))
        due = ", ".join([title_of(activity, names), *when])
    return object_card(
        change,
        names,
        days=found.days if found.is_open else None,
        next_activity=due,
        changed=moment(found.changed_at, str(zone)),
        buttons=object_buttons(object_link(change, link_base(session, tenant_id)), remind_of=remind_of),
    )


def _may_remind(context: Context) -> bool:
    return context.actor.may(Action.ATTENTION_SELF) and context.actor.user_id is not None


def _find(context: Context, typed: str, sees: Sees) -> list[KnownObject]:
    session, tenant_id = context.session, context.tenant_id
    number, pasted = NUMBER.fullmatch(typed), object_in_url(typed, link_base(session, tenant_id))
    deal_id = number[1] if number else pasted[1] if pasted is not None and pasted[0] == DEAL else ""
    found = get_known(session, tenant_id, DEAL, deal_id, sees, now()) if deal_id else None
    return [found] if found is not None else find_deals(session, tenant_id, typed.split(), sees, now())


def _names(session: Session, tenant_id: int, found: Sequence[KnownObject]) -> Names:
    return names_for(session, tenant_id, {pair for each in found for pair in refs_in(each.change)})


def _listed(found: KnownObject, names: Names) -> FoundDeal:
    parts = (
        value_of(found.change, names, key) for key in ("value", "status", "stage", "organization", "owner")
    )
    return FoundDeal(found.id, title_of(found.change, names), " · ".join(filter(None, parts)))
