"""How a team does with its nudges: counts by check, and by person where the team chose that."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from models.accounts.actor import Actor
from models.accounts.permissions import require
from models.accounts.rights import Action
from models.database.chunks import chunks
from models.nudges.cards import FIXED, REPLACED
from models.nudges.settings import get_plan
from models.nudges.snoozes import SNOOZED
from models.stalled.queries import Sees, seen_by_person
from models.stalled.track import DEAL, unpacked
from models.tables.accounts import User
from models.tables.nudges import NudgeLine
from models.tables.stalled import TrackedObject

SPAN: Final = timedelta(days=7)
MOST_LINES: Final = 50_000


@dataclass(frozen=True, slots=True)
class NudgeCounts:
    """Of the last seven days: how many deals were asked about, mended, put off, and are still open."""

    asked: int = 0
    fixed: int = 0
    snoozed: int = 0
    open: int = 0


@dataclass(frozen=True, slots=True)
class TeamCounts:
    """Counts by check, and by person (their name) where the team shows names, else None."""

    by_check: Mapping[str, NudgeCounts]
    by_person: Mapping[str, NudgeCounts] | None = None


def count_team(session: Session, actor: Actor, at: datetime) -> TeamCounts:
    """Return the counts of the last seven days, of deals that the actor may see. Raises NotAllowed.

    A deal that was asked about on several days counts once for each check; what became of it last counts.
    """
    require(session, actor, Action.PEOPLE_READ)
    mine = (NudgeLine.tenant_id == actor.tenant, NudgeLine.asked_at >= at - SPAN)
    columns = (NudgeLine.check_name, NudgeLine.user_id, NudgeLine.deal_id, NudgeLine.gone_because)
    rows = session.execute(select(*columns).where(*mine).order_by(NudgeLine.id).limit(MOST_LINES)).all()
    seen = _visible(session, actor, {deal_id for _, _, deal_id, _ in rows})
    last = {(name, user_id, deal_id): why for name, user_id, deal_id, why in rows if deal_id in seen}
    checks, people = defaultdict[str, Counter[str]](Counter), defaultdict[int, Counter[str]](Counter)
    for (name, user_id, _), why in last.items():
        checks[name][why] += 1
        people[user_id][why] += 1
    by_check = {name: _counts(found) for name, found in sorted(checks.items())}
    if not get_plan(session, actor.tenant).shows_names:
        return TeamCounts(by_check)
    names = {
        each.id: each.display_name or each.email
        for each in session.scalars(select(User).where(User.tenant_id == actor.tenant))
    }
    return TeamCounts(by_check, {names[key]: _counts(found) for key, found in people.items() if key in names})


def _counts(found: Counter[str]) -> NudgeCounts:
    # A line that was only replaced was asked again, or is gone by itself: its last card says which.
    still = found[""] + found[REPLACED]
    return NudgeCounts(found.total(), found[FIXED], found[SNOOZED], still)


def _visible(session: Session, actor: Actor, deals: set[str]) -> set[str]:
    """Return which of these deals the actor may see; what is not known any more nobody sees."""
    sees: Sees = seen_by_person(session, actor.tenant, actor.user_id)
    mine = (TrackedObject.tenant_id == actor.tenant, TrackedObject.entity == DEAL)
    found = set()
    for part in chunks(sorted(deals)):
        query = select(TrackedObject.object_id, TrackedObject.state).where(*mine)
        for deal_id, state in session.execute(query.where(TrackedObject.object_id.in_(part))):
            if sees(unpacked(state)[1]):
                found.add(deal_id)
    return found
