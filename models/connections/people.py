"""People: the users of a tenant's Pipedrive, and which of the tenant's users each of them is.

A person is matched by the e-mail that Chat or a sign-in has verified, or by hand. Who may become a user of a
tenant by it is in `models/connections/joining.py`.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

from sqlalchemy import Select, and_, func, select
from sqlalchemy.orm import Session

from models.errors import NotFound
from models.languages.translate import tr
from models.pipedrive.name_refs import id_key, name_text
from models.pipedrive.names import Json
from models.tables.accounts import User
from models.tables.connections import ConnectionState, PersonalConnection, PipedriveUser

NAME_MOST: Final = 255
EMAIL_MOST: Final = 320
EARLIEST: Final = datetime(2000, 1, 1, tzinfo=UTC)  # not in any list yet


@dataclass(frozen=True, slots=True)
class SeenUser:
    """One user as Pipedrive describes them."""

    id: str
    name: str
    email: str
    is_active: bool
    is_admin: bool


def seen_users(items: Iterable[Mapping[str, Json]]) -> list[SeenUser]:
    """Read Pipedrive's list of users; an item without an id is left out.

    Source: GET /v1/users, https://developers.pipedrive.com/docs/api/v1/Users (`access` has one entry an app).
    """
    found = (_seen(item) for item in items)
    return [each for each in found if each is not None]


def _seen(item: Mapping[str, Json]) -> SeenUser | None:
    key, email = id_key(item.get("id")), name_text(item.get("email")).strip().lower()
    if not key:
        return None
    return SeenUser(
        key,
        name_text(item.get("name"))[:NAME_MOST],
        email if len(email) <= EMAIL_MOST else "",
        is_active=item.get("active_flag") not in (False, 0) and item.get("is_deleted") is not True,
        is_admin=item.get("is_admin") in (True, 1) or _runs_sales(item.get("access")),
    )


def _runs_sales(access: Json) -> bool:
    rights = access if isinstance(access, list) else []
    return any(
        isinstance(each, Mapping) and each.get("app") in {"sales", "global"} and each.get("admin") is True
        for each in rights
    )


def save_users(session: Session, tenant_id: int, users: Sequence[SeenUser], at: datetime) -> None:
    """Replace our list by Pipedrive's full list; users missing from it are deactivated.

    An empty list is ignored, because it lacks even the user who asked: without users nothing would be
    restricted.
    """
    if not users:
        return
    known = {row.pipedrive_id: row for row in session.scalars(_of(tenant_id))}
    for each in {user.id: user for user in users}.values():
        row = known.pop(each.id, None) or PipedriveUser(tenant_id=tenant_id, pipedrive_id=each.id)
        row.name, row.email, row.seen_at = each.name, each.email, at
        row.is_active, row.is_admin = each.is_active, each.is_admin
        session.add(row)
    for row in known.values():
        row.is_active = False
    session.flush()


def save_user(session: Session, tenant_id: int, body: Mapping[str, Json], *, is_gone: bool) -> None:
    """Store one user from a webhook, between two readings of the list.

    Before the list was first read nothing is stored: with a partial list, the users missing from it would
    not count. Webhooks do not say who is an admin. The session is a writing one.
    """
    each = _seen(body)
    if each is None or seen_at(session, tenant_id) is None:
        return
    row = session.scalar(_of(tenant_id).where(PipedriveUser.pipedrive_id == each.id))
    if row is None:
        row = PipedriveUser(tenant_id=tenant_id, pipedrive_id=each.id, seen_at=EARLIEST)
    row.name, row.email = each.name or row.name or "", each.email or row.email or ""
    row.is_active = each.is_active and not is_gone
    session.add(row)
    session.flush()
    match(session, tenant_id)


def seen_at(session: Session, tenant_id: int) -> datetime | None:
    """Return when Pipedrive's list of users was last read; None if never."""
    newest = select(func.max(PipedriveUser.seen_at)).where(PipedriveUser.tenant_id == tenant_id)
    return session.scalar(newest)


def match(session: Session, tenant_id: int) -> None:
    """Match people with Pipedrive's active users of the same e-mail, and undo what no longer holds.

    Matches made by hand stay, and so do those proved by a personal connection. An e-mail that two
    Pipedrive users have matches nobody. Before Pipedrive's list was read no match is undone.
    """
    if seen_at(session, tenant_id) is None:
        return
    users = session.scalars(_of(tenant_id).where(PipedriveUser.is_active.is_(True))).all()
    counts = Counter(user.email for user in users if user.email)
    by_email = {user.email: user.pipedrive_id for user in users if counts[user.email] == 1}
    found = and_(User.tenant_id == tenant_id, User.is_matched_by_hand.is_(False))
    proven, active_ids = _proven(session, tenant_id), {user.pipedrive_id for user in users}
    for person in session.scalars(select(User).where(found)):
        themselves = proven.get(person.id)
        known = themselves if themselves in active_ids else by_email.get(person.email)
        person.pipedrive_user_id = known


def _proven(session: Session, tenant_id: int) -> dict[int, str]:
    """Return people's Pipedrive users as proved by their own valid consent."""
    stands = and_(
        PersonalConnection.tenant_id == tenant_id, PersonalConnection.state == ConnectionState.CONNECTED
    )
    pair = select(PersonalConnection.user_id, PersonalConnection.pipedrive_user_id).where(stands)
    return {user_id: number for user_id, number in session.execute(pair) if number}


def match_manually(session: Session, tenant_id: int, user_id: int, pipedrive_id: str | None) -> None:
    """Set who a person is in Pipedrive, or (None) let the e-mail decide again.

    An empty text means that they are nobody there. Raises NotFound for a person or a Pipedrive user that the
    tenant does not have.
    """
    person = session.scalar(select(User).where(User.tenant_id == tenant_id, User.id == user_id))
    if person is None:
        raise NotFound(user_message=tr("This person is not in your team any more."))
    if pipedrive_id and not _is_known(session, tenant_id, pipedrive_id):
        raise NotFound(user_message=tr("Pipedrive has no such user, or we have not heard of them yet."))
    person.is_matched_by_hand = pipedrive_id is not None
    person.pipedrive_user_id = pipedrive_id or None
    session.flush()
    match(session, tenant_id)


def name_in_pipedrive(session: Session, tenant_id: int, user_id: int) -> str:
    """Return the name of a person's user in Pipedrive, empty if they are matched with none."""
    same = and_(PipedriveUser.tenant_id == tenant_id, PipedriveUser.pipedrive_id == User.pipedrive_user_id)
    query = select(PipedriveUser.name).join(User, same)
    return session.scalar(query.where(User.tenant_id == tenant_id, User.id == user_id)) or ""


def _is_known(session: Session, tenant_id: int, pipedrive_id: str) -> bool:
    known = _of(tenant_id).where(PipedriveUser.pipedrive_id == id_key(pipedrive_id))
    return session.scalar(known) is not None


def unmatched(session: Session, tenant_id: int) -> list[User]:
    """Return the people without a known Pipedrive user, by e-mail."""
    mine = and_(User.tenant_id == tenant_id, User.pipedrive_user_id.is_(None))
    nobody = and_(mine, User.is_matched_by_hand.is_(False))
    return list(session.scalars(select(User).where(nobody).order_by(User.email)))


def _of(tenant_id: int) -> Select[PipedriveUser]:
    return select(PipedriveUser).where(PipedriveUser.tenant_id == tenant_id)


def active_pipedrive_users(session: Session, tenant_id: int, limit: int) -> Sequence[PipedriveUser]:
    """Return the first active users of the tenant's company, by name."""
    active = and_(PipedriveUser.tenant_id == tenant_id, PipedriveUser.is_active.is_(True))
    query = select(PipedriveUser).where(active).order_by(PipedriveUser.name, PipedriveUser.id)
    return session.scalars(query.limit(limit)).all()


def users_with_connections(session: Session, tenant_id: int, limit: int) -> Sequence[tuple[User, str | None]]:
    """Return the first users of a tenant by e-mail, each with the state of their own connection, if any."""
    own = and_(
        PersonalConnection.tenant_id == User.tenant_id,
        PersonalConnection.user_id == User.id,
        PersonalConnection.state != ConnectionState.REVOKED,
    )
    query = select(User, PersonalConnection.state).join(PersonalConnection, own, isouter=True)
    mine = query.where(User.tenant_id == tenant_id).order_by(User.email).limit(limit)
    return [(user, state) for user, state in session.execute(mine)]
