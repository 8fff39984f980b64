"""Finds organizations that Pipedrive told of: only those that whoever asks may see there."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from sqlalchemy import func, select

from models.accounts.actor import Actor
from models.accounts.permissions import require
from models.accounts.rights import Action
from models.database.row_ids import row_id
from models.errors import NotFound
from models.leads.queries import LeadView
from models.pipedrive.readable import fold_name
from models.stalled.queries import MOST_WORDS, KnownObject, get_known, known_object, zone_of
from models.stalled.track import DEAL, LEAD, unpacked
from models.tables.stalled import TrackedObject

ORGANIZATION: Final = "organization"
MOST_READ: Final = 10_000  # that are looked through for one list; later ones are not in it


@dataclass(frozen=True, slots=True)
class KnownOrganization:
    """An organization that may be seen; `id` is Pipedrive's, `known` what Pipedrive says of it."""

    id: int
    known: KnownObject


def list_organizations(view: LeadView, actor: Actor, words: Sequence[str]) -> list[KnownOrganization]:
    """Return the organizations that have all these words in their names, in the order of their ids.

    Raises NotAllowed.
    """
    session, tenant_id = view.session, view.tenant_id
    require(session, actor, Action.DEAL_READ)
    mine = (TrackedObject.tenant_id == tenant_id, TrackedObject.entity == ORGANIZATION)
    query = select(TrackedObject).where(*mine)
    for word in [text for each in words[:MOST_WORDS] if (text := fold_name(each))]:
        query = query.where(TrackedObject.words.contains(word, autoescape=True))
    newest = query.order_by(func.length(TrackedObject.object_id).desc(), TrackedObject.object_id.desc())
    zone, found = zone_of(session, tenant_id), list[KnownOrganization]()
    for row in session.scalars(newest.limit(MOST_READ)):
        known, number = known_object(row, zone, view.at), row_id(row.object_id)
        if number is not None and known.change.after and view.sees(known.change.permitted_user_ids):
            found.append(KnownOrganization(number, known))
    return found[::-1]


def get_organization(view: LeadView, actor: Actor, number: int) -> KnownOrganization:
    """Return one organization. Raises NotAllowed, and NotFound where it is unknown or may not be seen."""
    require(view.session, actor, Action.DEAL_READ)
    known = get_known(view.session, view.tenant_id, ORGANIZATION, str(number), view.sees, view.at)
    if known is None:
        raise NotFound
    return KnownOrganization(number, known)


def count_open(view: LeadView, number: int) -> dict[str, int]:
    """Count the open deals and leads of an organization that may be seen, by `deal` and `lead`."""
    mine = (TrackedObject.tenant_id == view.tenant_id, TrackedObject.entity.in_((DEAL, LEAD)))
    of_it = (TrackedObject.is_open.is_(True), TrackedObject.organization_id == str(number))
    counts = {DEAL: 0, LEAD: 0}
    for entity, state in view.session.execute(
        select(TrackedObject.entity, TrackedObject.state).where(*mine, *of_it)
    ):
        counts[entity] += view.sees(unpacked(state)[1])
    return counts
