"""The contacts that a deal can be given: people of Pipedrive that are known here."""

from __future__ import annotations

from typing import Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from models.connections.names import names_of_pairs
from models.stalled.queries import Sees
from models.stalled.track import unpacked
from models.tables.stalled import TrackedObject

PERSON: Final = "person"
MOST_READ: Final = 500


def known_contacts(
    session: Session, tenant_id: int, organization_id: str | None, sees: Sees, most: int
) -> list[tuple[str, str]]:
    """Return (id, name) of people, those of an organization alone where it has some, else those changed last.

    Left out are people whom the reader may not see.
    """
    mine = (TrackedObject.tenant_id == tenant_id, TrackedObject.entity == PERSON)
    query = select(TrackedObject).where(*mine).order_by(TrackedObject.changed_at.desc()).limit(MOST_READ)
    wanted = [query.where(TrackedObject.organization_id == organization_id)] if organization_id else []
    for each in [*wanted, query]:
        found = [row for row in session.scalars(each) if row.object_id.isdecimal()]
        seen = [row for row in found if (both := unpacked(row.state))[0] and sees(both[1])]
        if seen:
            names = names_of_pairs(session, tenant_id, {(PERSON, row.object_id) for row in seen})
            pairs = [(row.object_id, _name(row, names.text(PERSON, row.object_id))) for row in seen]
            return sorted(pairs, key=lambda pair: pair[1].casefold())[:most]
    return []


def _name(row: TrackedObject, known: str | None) -> str:
    return str(unpacked(row.state)[0].get("name") or known or f"Person {row.object_id}")
