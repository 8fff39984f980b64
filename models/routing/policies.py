"""What a policy says: which leads it is for, and in which order its people get one."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any, Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from models.connections.names import names_of_pairs, names_without
from models.leads.queries import KnownLead
from models.pipedrive.change import Change
from models.pipedrive.filters.compiled import compiled
from models.pipedrive.filters.filters import parse
from models.pipedrive.name_refs import refs_in
from models.pipedrive.names import NO_NAMES, Json, Names
from models.routing.choose import Caps
from models.stalled.track import DEAL, LEAD
from models.tables.routing import RoutingMethod, RoutingPolicy

BY_FIELD: Final = (RoutingMethod.TERRITORY, RoutingMethod.SOURCE, RoutingMethod.SKILL)
WITH_PARTS: Final = (*BY_FIELD, RoutingMethod.VALUE)
FIELDS: Final[Mapping[str, str]] = {RoutingMethod.SOURCE: "source_name", RoutingMethod.VALUE: "value"}
ABOUT: Final = (LEAD, DEAL)  # a policy may ask for fields of both: of a lead that has none it does not hold
MANY_NAMES: Final = ("deal", "person", "organization")  # of which a tenant may have a hundred thousand
REST: Final = ""  # the key of the pointer of leads that are of no part


@dataclass(frozen=True, slots=True)
class PolicyPart:
    """Which people get leads with one of these values of the field, or worth at least so much."""

    people: tuple[int, ...]
    values: tuple[str, ...] = ()
    least: float | None = None

    def stored(self) -> dict[str, Any]:
        """Return it as `routing_policies.parts` has it."""
        about = {"values": list(self.values)} if self.least is None else {"least": self.least}
        return {**about, "people": list(self.people)}

    def condition(self, path: str) -> Json:
        """Return the condition that a lead is of this part."""
        if self.least is not None:
            return {"field": path, "op": "at_least", "value": self.least}
        return {"field": path, "op": "in", "value": list(self.values)}


def part_of(stored: Mapping[str, Any]) -> PolicyPart:
    """Return a stored part."""
    return PolicyPart(tuple(stored["people"]), tuple(stored.get("values", ())), stored.get("least"))


@dataclass(frozen=True, slots=True)
class PolicyDraft:
    """A policy as somebody wants it; its fields are those of `RoutingPolicy`."""

    name: str
    method: RoutingMethod = RoutingMethod.ROUND_ROBIN
    when: Json | None = None
    members: tuple[int, ...] = ()
    field: str = ""
    parts: tuple[PolicyPart, ...] = ()
    writes_owner: bool = True
    claim_minutes: int = 0
    most_open: int = 0
    most_today: int = 0
    in_hours: bool = True
    manager_id: int | None = None
    is_on: bool = True

    @property
    def caps(self) -> Caps:
        return Caps(self.most_open, self.most_today, self.in_hours)

    @property
    def path(self) -> str:
        """The field by whose value people are chosen, empty for none."""
        return FIELDS.get(self.method, self.field) if self.method in WITH_PARTS else ""

    @property
    def people(self) -> tuple[int, ...]:
        """Everybody who may get leads, members first."""
        every = [*self.members, *(each for part in self.parts for each in part.people)]
        return tuple(dict.fromkeys(every))


def draft_of(row: RoutingPolicy) -> PolicyDraft:
    """Return what a stored policy says."""
    return PolicyDraft(
        row.name,
        RoutingMethod(row.method),
        row.when,
        tuple(row.members),
        row.field,
        tuple(map(part_of, row.parts)),
        row.writes_owner,
        row.claim_minutes,
        row.most_open,
        row.most_today,
        row.in_hours,
        row.manager_id,
        row.is_on,
    )


def policies_of(session: Session, tenant_id: int) -> list[RoutingPolicy]:
    """Return the policies of a tenant in their order."""
    mine = RoutingPolicy.tenant_id == tenant_id
    return list(session.scalars(select(RoutingPolicy).where(mine).order_by(RoutingPolicy.id)))


def lock_policies(session: Session, tenant_id: int) -> list[RoutingPolicy]:
    """Return the policies of a tenant that are on, in their order, locked and as they are by then."""
    mine = (RoutingPolicy.tenant_id == tenant_id, RoutingPolicy.is_on.is_(True))
    query = select(RoutingPolicy).where(*mine).order_by(RoutingPolicy.id).with_for_update()
    return list(session.scalars(query.execution_options(populate_existing=True)))


@dataclass(frozen=True, slots=True)
class RoutedLead:
    """A lead as policies see it: Pipedrive's state with our score and band, and the names in it."""

    change: Change
    names: Names

    def fits(self, tree: Json | None) -> bool:
        """Return whether a tree of conditions holds; what cannot be decided does not."""
        return bool(compiled(tree, ABOUT, self.names).decide(self.change, self.names).holds)


def parse_when(tree: Json | None, names: Names) -> None:
    """Raise InvalidFilter for conditions on leads that cannot be read."""
    parse(tree, ABOUT, names)


def team_names(session: Session, tenant_id: int) -> Names:
    """Return the names of a team that conditions may need before they see a lead."""
    return names_without(session, tenant_id, MANY_NAMES)


class LeadReader:
    """Reads leads of a tenant as its policies see them; names are read once, and only for conditions."""

    def __init__(self, session: Session, tenant_id: int, drafts: Iterable[PolicyDraft]) -> None:
        self._session, self._tenant_id = session, tenant_id
        self._needs_names = any(each.when is not None or each.path for each in drafts)
        self._known: Names | None = None

    def read(self, lead: KnownLead) -> RoutedLead:
        """Return a lead with our score and band in its state."""
        state = {**lead.state, "score": lead.row.score, "band": lead.row.band}
        change = replace(lead.known.change, after=state)
        if not self._needs_names:
            return RoutedLead(change, NO_NAMES)
        if self._known is None:
            self._known = team_names(self._session, self._tenant_id)
        wanted = {pair for pair in refs_in(change) if pair[0] in MANY_NAMES}
        found = names_of_pairs(self._session, self._tenant_id, wanted)
        return RoutedLead(change, Names({**self._known, **found}))


def order_for(draft: PolicyDraft, lead: RoutedLead) -> tuple[str, tuple[int, ...]]:
    """Return the part that a lead is of, as the key of its pointer, and its people in their order.

    Of several amounts the highest that the lead reaches counts, of several values the first.
    """
    if draft.path:
        parts = sorted(enumerate(draft.parts), key=lambda each: -(each[1].least or 0.0))
        for number, part in parts:
            if lead.fits(part.condition(draft.path)):
                return str(number), part.people
    return REST, draft.members
