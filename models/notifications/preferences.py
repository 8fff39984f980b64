"""What people want of notifications: their own choices, the defaults of their team, and its locks."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from models.accounts.actor import Actor
from models.accounts.permissions import refusal, require
from models.accounts.queries import find_user
from models.accounts.rights import Action
from models.destinations.configured import missing_text
from models.errors import InvalidRequest, NotFound
from models.languages.translate import tr
from models.notifications.types import (
    CHANNEL_TEXTS,
    TYPE_TEXTS,
    NotificationChannel,
    NotificationMode,
    NotificationType,
    missing_for,
    modes_of,
    usual_mode,
)
from models.security.audit import record
from models.tables.notifications import NotificationDefault, NotificationPreference

Cell = tuple[NotificationType, NotificationChannel]  # of the matrix
CELLS: Final[tuple[Cell, ...]] = tuple(
    (type_, channel) for type_ in NotificationType for channel in NotificationChannel
)


class ChosenBy(StrEnum):
    """Who decided a mode."""

    PERSON = "person"
    TEAM = "team"
    LOCK = "lock"  # the team, and nobody may choose otherwise
    USUAL = "usual"  # nobody chose


@dataclass(frozen=True, slots=True)
class ChosenMode:
    """A mode, and who decided it."""

    mode: NotificationMode
    by: ChosenBy

    @property
    def is_locked(self) -> bool:
        return self.by is ChosenBy.LOCK


@dataclass(frozen=True, slots=True)
class TeamDefault:
    """A mode that holds for the people of a team who chose nothing; `is_locked`: nobody may choose."""

    type: NotificationType
    channel: NotificationChannel
    mode: NotificationMode
    is_locked: bool = False


Matrix = Mapping[NotificationType, Mapping[NotificationChannel, ChosenMode]]


def matrices(session: Session, tenant_id: int, user_ids: Collection[int]) -> dict[int, Matrix]:
    """Return by person what holds for each type and channel; two reads, however many they are."""
    defaults = {
        (row.type, row.channel): row
        for row in session.scalars(
            select(NotificationDefault).where(NotificationDefault.tenant_id == tenant_id)
        )
    }
    mine = (
        NotificationPreference.tenant_id == tenant_id,
        NotificationPreference.user_id.in_(sorted(user_ids)),
    )
    own = {
        (row.user_id, row.type, row.channel): row.mode
        for row in session.scalars(select(NotificationPreference).where(*mine))
    }
    return {
        user_id: {
            type_: {
                channel: _decide(
                    (type_, channel), own.get((user_id, type_, channel)), defaults.get((type_, channel))
                )
                for channel in NotificationChannel
            }
            for type_ in NotificationType
        }
        for user_id in user_ids
    }


def _decide(cell: Cell, own: str | None, team: NotificationDefault | None) -> ChosenMode:
    if team is not None and team.is_locked:
        return ChosenMode(NotificationMode(team.mode), ChosenBy.LOCK)
    if own is not None:
        return ChosenMode(NotificationMode(own), ChosenBy.PERSON)
    if team is not None:
        return ChosenMode(NotificationMode(team.mode), ChosenBy.TEAM)
    return ChosenMode(usual_mode(*cell), ChosenBy.USUAL)


def own_matrix(session: Session, actor: Actor) -> Matrix:
    """Return what holds for the actor. Raises NotAllowed."""
    user_id = require_person(session, actor)
    return matrices(session, actor.tenant, [user_id])[user_id]


def matrix_of(session: Session, actor: Actor, email: str) -> Matrix:
    """Return what holds for somebody: for others only to those who set the defaults.

    Raises NotAllowed, NotFound.
    """
    if email.lower() == actor.name.lower():
        return own_matrix(session, actor)
    require(session, actor, Action.NOTIFY_DEFAULTS)
    user = find_user(session, actor.tenant, email)
    if user is None:
        raise NotFound
    return matrices(session, actor.tenant, [user.id])[user.id]


def set_own(session: Session, actor: Actor, chosen: Mapping[Cell, NotificationMode | None]) -> Matrix:
    """Choose modes for oneself; the next notification obeys them. None: as it usually is, or the team says.

    What is chosen as it usually is counts as chosen, too: a rule that names the person no longer decides.
    Raises NotAllowed, and InvalidRequest for what is locked, what a channel does not know, and what it cannot
    send from here.
    """
    user_id = require_person(session, actor)
    before = own_matrix(session, actor)
    changed = {cell: mode for cell, mode in chosen.items() if _changes(before[cell[0]][cell[1]], mode)}
    for cell, mode in changed.items():
        _check_mode("preferences", cell, mode)
        if before[cell[0]][cell[1]].is_locked:
            text = tr("Your admin has locked this: {what}.", what=cell_text(cell))
            raise InvalidRequest.of_field(_field("preferences", cell), text)
        _check_configured(session, "preferences", cell, mode)
        _store_own(session, actor.tenant, user_id, cell, mode)
    if changed:
        what = {f"{type_} {channel}": mode or "usual" for (type_, channel), mode in changed.items()}
        record(session, actor, "preference.set", actor.name, **what)
    session.expire_all()
    return own_matrix(session, actor)


def _changes(present: ChosenMode, mode: NotificationMode | None) -> bool:
    if mode is None or present.is_locked:
        return present.by is ChosenBy.PERSON if mode is None else present.mode is not mode
    return present.by is not ChosenBy.PERSON or present.mode is not mode


def _store_own(
    session: Session, tenant_id: int, user_id: int, cell: Cell, mode: NotificationMode | None
) -> None:
    type_, channel = cell
    mine = (
        NotificationPreference.tenant_id == tenant_id,
        NotificationPreference.user_id == user_id,
        NotificationPreference.type == type_,
        NotificationPreference.channel == channel,
    )
    session.execute(delete(NotificationPreference).where(*mine))
    if mode is not None:
        row = NotificationPreference(tenant_id=tenant_id, user_id=user_id, type=type_, channel=channel)
        row.mode = mode
        session.add(row)
        session.flush()


def list_defaults(session: Session, actor: Actor) -> list[TeamDefault]:
    """Return what the team has set, with what holds where it set nothing. Raises NotAllowed."""
    require(session, actor, Action.OVERVIEW_READ)
    mine = NotificationDefault.tenant_id == actor.tenant
    rows = {(row.type, row.channel): row for row in session.scalars(select(NotificationDefault).where(mine))}
    return [_default(cell, rows.get(cell)) for cell in CELLS]


def _default(cell: Cell, row: NotificationDefault | None) -> TeamDefault:
    if row is None:
        return TeamDefault(*cell, usual_mode(*cell))
    return TeamDefault(*cell, NotificationMode(row.mode), row.is_locked)


def set_defaults(session: Session, actor: Actor, wanted: Sequence[TeamDefault]) -> list[TeamDefault]:
    """Set defaults and locks of the team; one as it usually is, without a lock, is removed.

    Raises NotAllowed, and InvalidRequest for a mode that a channel does not know or cannot serve from here.
    """
    require(session, actor, Action.NOTIFY_DEFAULTS)
    present = {(each.type, each.channel): each for each in list_defaults(session, actor)}
    for each in wanted:
        cell = (each.type, each.channel)
        _check_mode("defaults", cell, each.mode)
        if each != present[cell]:
            _check_configured(session, "defaults", cell, each.mode)
        mine = (
            NotificationDefault.tenant_id == actor.tenant,
            NotificationDefault.type == each.type,
            NotificationDefault.channel == each.channel,
        )
        session.execute(delete(NotificationDefault).where(*mine))
        if each.is_locked or each.mode is not usual_mode(*cell):
            row = NotificationDefault(tenant_id=actor.tenant, type=each.type, channel=each.channel)
            row.mode, row.is_locked = each.mode, each.is_locked
            session.add(row)
            session.flush()
    what = {f"{each.type} {each.channel}": f"{each.mode}{' locked' * each.is_locked}" for each in wanted}
    record(session, actor, "preference.defaults", "team", **what)
    return list_defaults(session, actor)


def cell_text(cell: Cell) -> str:
    """Return a type and a channel as people read them: `Deal won, direct message`."""
    return f"{tr(TYPE_TEXTS[cell[0]])}, {tr(CHANNEL_TEXTS[cell[1]])}"


def require_person(session: Session, actor: Actor) -> int:
    """Return the id of the actor as a user. Raises NotAllowed."""
    require(session, actor, Action.ATTENTION_SELF)
    if actor.user_id is None:
        raise refusal(session, actor, Action.ATTENTION_SELF)
    return actor.user_id


def _field(of: str, cell: Cell) -> str:
    """Return the name in REST of a cell of preferences or of defaults."""
    return f"{of}.{cell[0]}.{cell[1]}"


def _check_mode(of: str, cell: Cell, mode: NotificationMode | None) -> None:
    if mode is not None and mode not in modes_of(cell[1]):
        text = tr("This channel takes each notification, or none: now or off.")
        raise InvalidRequest.of_field(_field(of, cell), text)


def _check_configured(session: Session, of: str, cell: Cell, mode: NotificationMode | None) -> None:
    """Raise InvalidRequest for a channel that sends nothing from here; what it was not to send is fine."""
    if mode not in (None, NotificationMode.OFF) and (name := missing_for(session, cell[1])):
        raise InvalidRequest.of_field(_field(of, cell), missing_text(name))
