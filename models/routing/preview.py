"""Who would have got what: a policy, saved or not, on the leads of the last month."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Final

from sqlalchemy.orm import Session

from models.accounts.actor import Actor
from models.accounts.permissions import require
from models.accounts.rights import Action
from models.leads.queries import KnownLead, LeadFilter, list_leads, view_of
from models.routing.actions import check_conditions, check_people
from models.routing.choose import Member, choose
from models.routing.policies import LeadReader, PolicyDraft, order_for, team_names
from models.stalled.queries import zone_of

MONTH: Final = timedelta(days=31)
MOST_LEADS: Final = 2000


@dataclass(frozen=True, slots=True)
class PreviewedLead:
    """A lead of last month, and who would have got it first; None for nobody, because of the limits."""

    lead: KnownLead
    user_id: int | None


@dataclass(frozen=True, slots=True)
class RoutingPreview:
    """`leads` are those that fit, the newest first, of `looked_at` that may be seen; `counts` by user."""

    leads: Sequence[PreviewedLead] = ()
    counts: Counter[int | None] = field(default_factory=Counter)
    looked_at: int = 0


def try_policy(session: Session, actor: Actor, draft: PolicyDraft, at: datetime) -> RoutingPreview:
    """Return whom a policy would have offered last month's leads first; nothing is changed.

    Everybody counts as there and at work, and begins with no open leads. Raises NotAllowed, InvalidRequest.
    """
    require(session, actor, Action.SPACE_CHANGE)
    check_people(session, actor.tenant, draft)
    check_conditions(draft, team_names(session, actor.tenant))
    view = view_of(session, actor, at)
    wanted = LeadFilter(closed=None, snoozed=None, added_since=at - MONTH)
    seen = sorted(list_leads(view, wanted, limit=MOST_LEADS).leads, key=lambda each: each.row.added_at)
    reader, zone = LeadReader(session, actor.tenant, [draft]), zone_of(session, actor.tenant)
    people = {key: Member(key) for key in draft.people}
    pointers: dict[str, int] = {}
    tried: list[PreviewedLead] = []
    today: date | None = None
    for lead in seen:
        routed = reader.read(lead)
        if not routed.fits(draft.when):
            continue
        day = lead.row.added_at.astimezone(zone).date()
        if day != today:
            today = day
            for each in people.values():
                each.today = 0
        key, order = order_for(draft, routed)
        chosen = choose(draft.method, order, people, draft.caps, pointers.get(key))
        if chosen is None:
            chosen = choose(draft.method, draft.members, people, draft.caps, pointers.get(key))
        if chosen is not None:
            pointers[key] = chosen
            people[chosen].open_leads += 1
            people[chosen].today += 1
        tried.append(PreviewedLead(lead, draft.manager_id if chosen is None else chosen))
    counts = Counter(each.user_id for each in tried)
    return RoutingPreview(tried[::-1], counts, len(seen))
