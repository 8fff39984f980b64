"""Finds what is known of Pipedrive's objects: by id, by words, and the stalled deals, worst first."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final
from zoneinfo import ZoneInfo

from sqlalchemy import and_, func, or_, select, text
from sqlalchemy.orm import Session

from models.connections.names import names_of_pairs
from models.connections.visibility import TO_A_PERSON, active_users, restriction, visibility
from models.pipedrive.change import Change
from models.pipedrive.name_refs import id_key
from models.pipedrive.names import RESTRICTED, Names
from models.pipedrive.readable import fold_name
from models.stalled.thresholds import DAYS, idle_days, thresholds_in_stage
from models.stalled.track import ACTIVITY, DEAL, unpacked
from models.tables.accounts import Tenant, User
from models.tables.connections import KnownName
from models.tables.stalled import StalledSettings, TrackedObject

MOST_READ: Final = 1000  # stalled deals that are looked at for a list
MOST_FOUND: Final = 50  # deals that have the words that were typed
MOST_WORDS: Final = 8
MOST_NAMED: Final = 200  # organizations and people that have one of the words

Sees = Callable[[frozenset[str] | None], bool]


@dataclass(frozen=True, slots=True)
class KnownObject:
    """What is known of one object: `change` holds its state, `days` how long nobody has changed it."""

    change: Change
    changed_at: datetime
    days: int
    is_open: bool
    snoozed_until: datetime | None = None

    @property
    def id(self) -> str:
        return self.change.object_id


@dataclass(frozen=True, slots=True)
class StalledList:
    """The stalled deals that a reader may see, worst first; `is_cut`: there are more than were looked at."""

    deals: Sequence[KnownObject]
    is_cut: bool = False


def seen_by_person(session: Session, tenant_id: int, user_id: int | None) -> Sees:
    """Return what decides whether a person may see an object; an unmatched one sees what everybody sees."""
    mine = (User.tenant_id == tenant_id, User.id == user_id)
    person = session.scalar(select(User.pipedrive_user_id).where(*mine))
    users = active_users(session, tenant_id)

    def sees(permitted: frozenset[str] | None) -> bool:
        return not visibility(permitted, users, TO_A_PERSON, pipedrive_user_id=person).redacted_because

    return sees


def seen_by_space(session: Session, tenant_id: int) -> Sees:
    """Return what decides whether everybody may see an object."""
    users = active_users(session, tenant_id)
    return lambda permitted: not restriction(permitted, users)


def zone_of(session: Session, tenant_id: int) -> ZoneInfo:
    return ZoneInfo(session.scalar(select(Tenant.timezone).where(Tenant.id == tenant_id)) or "UTC")


def get_known(
    session: Session, tenant_id: int, entity: str, object_id: str, sees: Sees, at: datetime
) -> KnownObject | None:
    """Return an object, None if it is unknown, was deleted, or may not be seen."""
    row = session.get(TrackedObject, (tenant_id, entity, object_id)) if id_key(object_id) else None
    found = known_object(row, zone_of(session, tenant_id), at) if row is not None else None
    return (
        found if found is not None and found.change.after and sees(found.change.permitted_user_ids) else None
    )


def find_deals(
    session: Session, tenant_id: int, words: Sequence[str], sees: Sees, at: datetime
) -> list[KnownObject]:
    """Return the deals that have all these words in their title, organization or person: open ones first."""
    wanted = [folded for word in words[:MOST_WORDS] if (folded := fold_name(word))]
    mine = (TrackedObject.tenant_id == tenant_id, TrackedObject.entity == DEAL)
    if not wanted:
        return []
    conditions = [has_word(session, tenant_id, word) for word in wanted]
    query = select(TrackedObject).where(*mine, *conditions)
    newest = query.order_by(TrackedObject.is_open.desc(), TrackedObject.changed_at.desc())
    zone = zone_of(session, tenant_id)
    found = [known_object(row, zone, at) for row in session.scalars(newest.limit(MOST_FOUND))]
    return [each for each in found if each.change.after and sees(each.change.permitted_user_ids)]


def list_stalled(
    session: Session, tenant_id: int, sees: Sees, at: datetime, *, least_value: float | None = None
) -> StalledList:
    """Return the open deals that reached a threshold and are not snoozed, the longest idle first."""
    settings = session.get(StalledSettings, tenant_id)
    usual = tuple(settings.thresholds) if settings is not None else DAYS
    zone = zone_of(session, tenant_id)
    rows = list(_idle_rows(session, tenant_id, at, least_value))
    known = [known_object(row, zone, at) for row in rows[:MOST_READ]]
    rotten = _rotten_days(session, tenant_id, known)
    stalled = [
        each
        for each in known
        if each.days >= thresholds_in_stage(usual, rotten.get(str(each.change.after.get("stage_id"))))[0]
        and sees(each.change.permitted_user_ids)
    ]
    ordered = sorted(stalled, key=lambda each: (-each.days, -float(each.change.after.get("value") or 0)))
    return StalledList(ordered, is_cut=len(rows) > MOST_READ)


def next_activity(
    session: Session, tenant_id: int, deal_id: str, sees: Sees, at: datetime
) -> KnownObject | None:
    """Return the activity of a deal that is due next, None if none is known."""
    mine = (TrackedObject.tenant_id == tenant_id, TrackedObject.entity == ACTIVITY)
    of_deal = (TrackedObject.deal_id == deal_id, TrackedObject.due_at.is_not(None))
    query = select(TrackedObject).where(*mine, *of_deal).order_by(TrackedObject.due_at).limit(MOST_FOUND)
    zone = zone_of(session, tenant_id)
    found = (known_object(row, zone, at) for row in session.scalars(query))
    return next((each for each in found if sees(each.change.permitted_user_ids)), None)


def _idle_rows(
    session: Session, tenant_id: int, at: datetime, least_value: float | None
) -> Iterator[TrackedObject]:
    # In the words of the partial index, which is read in its order then, instead of every deal.
    mine = (
        TrackedObject.tenant_id == tenant_id,
        TrackedObject.entity == DEAL,
        text("tracked_objects.is_open"),
    )
    awake = or_(TrackedObject.snoozed_until.is_(None), TrackedObject.snoozed_until <= at)
    # A threshold is a day at least, and a day has 23 hours at least.
    idle = TrackedObject.changed_at <= at - timedelta(hours=23)
    query = select(TrackedObject).where(*mine, awake, idle)
    if least_value is not None:
        query = query.where(TrackedObject.value >= least_value)
    return iter(session.scalars(query.order_by(TrackedObject.changed_at).limit(MOST_READ + 1)))


def _rotten_days(session: Session, tenant_id: int, known: Sequence[KnownObject]) -> dict[str, int]:
    stages = {("stage", str(each.change.after.get("stage_id"))) for each in known}
    names = names_of_pairs(session, tenant_id, stages)
    return {key: days for (_, key), name in names.items() if (days := name.more.get("rotten_days"))}


def known_object(row: TrackedObject, zone: ZoneInfo, at: datetime) -> KnownObject:
    """Return what a row says of its object; whether it may be seen is for the caller."""
    state, permitted = unpacked(row.state)
    change = Change(
        entity=row.entity,
        action="updated",
        object_id=row.object_id,
        before={},
        after=state,
        touched=frozenset(),
        types=(f"{row.entity}.updated",),
        permitted_user_ids=permitted,
    )
    days = idle_days(row.changed_at, at, zone)
    return KnownObject(change, row.changed_at, days, row.is_open, row.snoozed_until)


def has_word(session: Session, tenant_id: int, word: str) -> Any:
    """Build the condition that an object has a word in its title, or in its organization's or person's name.

    The name of an object that not everybody may see finds nothing.
    """
    pattern = "%" + word.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_") + "%"
    named = and_(
        KnownName.tenant_id == tenant_id,
        KnownName.kind.in_(("organization", "person")),
        func.lower(KnownName.text).like(pattern, escape="\\"),
    )
    columns = select(KnownName.kind, KnownName.key, KnownName.more)
    ids: dict[str, list[str]] = {"organization": [], "person": []}
    for kind, key, more in session.execute(columns.where(named).limit(MOST_NAMED)):
        if RESTRICTED not in more:
            ids[kind].append(key)
    return or_(
        TrackedObject.words.like(pattern, escape="\\"),
        TrackedObject.organization_id.in_(ids["organization"]),
        TrackedObject.person_id.in_(ids["person"]),
    )


def names_for(session: Session, tenant_id: int, pairs: set[tuple[str, str]]) -> Names:
    """Return the names of these (kind, key) pairs, without those of restricted objects."""
    return names_of_pairs(session, tenant_id, pairs).for_everybody()
