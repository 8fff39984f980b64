"""Days off: holidays of the team and of its people, on which what waits for working hours is put off."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final

from sqlalchemy import func, or_, select
from sqlalchemy.orm import Session

from models.accounts.actor import Actor
from models.accounts.permissions import refusal, require
from models.accounts.rights import Action
from models.errors import InvalidRequest, NotFound
from models.languages.translate import tr
from models.security.audit import record
from models.tables.waits import DayOff

MOST: Final = 500  # of one team, with those of its people
LONGEST: Final = timedelta(days=366)
NAME_LETTERS: Final = 100


@dataclass(frozen=True, slots=True)
class NewDaysOff:
    """Days from `first` to `last`, of the whole team or of the person who adds them."""

    first: date
    last: date
    name: str = ""
    for_team: bool = False


def add_days_off(session: Session, actor: Actor, new: NewDaysOff, today: date) -> DayOff:
    """Add days off.

    Raises NotAllowed, and InvalidRequest for days that are over, that end before they begin, or too many.
    """
    _require(session, actor, for_team=new.for_team)
    if new.last < new.first or new.last - new.first > LONGEST:
        raise InvalidRequest.of_field("last", tr("The last day comes after the first, within a year."))
    if new.last < today:
        raise InvalidRequest.of_field(
            "first" if new.first == new.last else "last", tr("That is over already.")
        )
    mine = DayOff.tenant_id == actor.tenant
    if (session.scalar(select(func.count()).select_from(DayOff).where(mine)) or 0) >= MOST:
        raise InvalidRequest(user_message=tr("There are {most} days off already.", most=MOST))
    made = DayOff(tenant_id=actor.tenant, first_day=new.first, last_day=new.last)
    made.name = new.name[:NAME_LETTERS]
    made.user_id = None if new.for_team else actor.user_id
    session.add(made)
    session.flush()
    record(session, actor, "holiday.added", f"day off {made.id}", first=str(new.first), last=str(new.last))
    return made


def remove_days_off(session: Session, actor: Actor, day_off_id: int) -> DayOff:
    """Remove days off; return the row that is deleted. Raises NotAllowed, NotFound."""
    found = next((each for each in list_days_off(session, actor, date.min) if each.id == day_off_id), None)
    if found is None:
        raise NotFound(user_message=tr("There are no such days off any more."))
    _require(session, actor, for_team=found.user_id is None)
    session.delete(found)
    record(session, actor, "holiday.removed", f"day off {found.id}", first=str(found.first_day))
    session.flush()
    return found


def list_days_off(session: Session, actor: Actor, today: date) -> Sequence[DayOff]:
    """Return the days off of the team and the actor that are to come, the next first. Raises NotAllowed."""
    require(session, actor, Action.ATTENTION_SELF)
    mine = (DayOff.tenant_id == actor.tenant, DayOff.last_day >= today)
    seen = or_(DayOff.user_id.is_(None), DayOff.user_id == actor.user_id)
    query = select(DayOff).where(*mine, seen).order_by(DayOff.first_day, DayOff.id)
    return session.scalars(query).all()


def _require(session: Session, actor: Actor, *, for_team: bool) -> None:
    if for_team:
        require(session, actor, Action.ATTENTION_CHANGE)
        return
    require(session, actor, Action.ATTENTION_SELF)
    if actor.user_id is None:
        raise refusal(session, actor, Action.ATTENTION_SELF)
